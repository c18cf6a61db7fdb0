use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::{
    algorithm::Algorithm,
    issuer::signing::{KeyState, RULES},
    store::{Caller, State, Which},
};

const SPARE: Rotation = Rotation { spare: true, ..RULES };

/// What each key does, the newest first.
fn states(kept: &SigningKeys, now: SystemTime) -> Vec<&'static str> {
    kept.standings(now).iter().map(|(_, standing, _)| standing.state.as_str()).collect()
}

fn kid_that(kept: &SigningKeys, state: KeyState, now: SystemTime) -> String {
    let found = kept.standings(now).into_iter().find(|(_, standing, _)| standing.state == state);
    found.map_or_else(|| panic!("none {state}"), |(key, ..)| key.kid.to_string())
}

fn file(state: &Path, kid: &str) -> PathBuf {
    state.join("signing-keys").join(format!("{kid}.pem"))
}

#[test]
fn a_rotation_publishes_waits_signs_and_retires() {
    let state = tempfile::tempdir().unwrap();
    let mut kept = SigningKeys::open(state.path(), RULES).unwrap();
    let begin = clock::now();
    kept.ensure(begin).unwrap();
    kept.ensure(begin).unwrap();
    assert_eq!(states(&kept, begin), ["signs"], "once is enough");
    let first = kid_that(&kept, KeyState::Signs, begin);
    assert_eq!(file(state.path(), &first).metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(
        kept.retire(&first, begin)
            .unwrap_err()
            .to_string()
            .contains("is the only one that can sign\n  mend: `authbench signing-key rotate`")
    );

    let next = kept.rotate(RULES.wait, begin).unwrap();
    assert_eq!(kept.rotate(RULES.wait * 2, begin).unwrap(), next, "a rotation under way is not put off");
    let sooner = kept.rotate(RULES.wait / 2, begin).unwrap();
    assert!(sooner.kid == next.kid && sooner.signs < next.signs, "but it can be brought forward");
    assert!(kept.retire(&first, begin).is_err(), "the next one does not sign yet");
    let later = clock::after(begin, RULES.wait);
    let mut all = states(&kept, later);
    all.sort_unstable();
    assert_eq!(all, ["signs", "verifies"]);
    assert_eq!(kid_that(&kept, KeyState::Signs, later), *next.kid);

    let gone = kept.retire(&first, later).unwrap();
    assert!(gone.retired.is_some() && !file(state.path(), &first).exists());
    let again = kept.retire(&first, clock::after(later, RULES.wait)).unwrap();
    assert_eq!(again.retired, gone.retired, "retired once");
    insta::assert_snapshot!(kept.retire("nobody", later).unwrap_err(), @"
    there is no signing key `nobody`
      mend: `authbench signing-key list` shows the ones that are there
    ");
    drop(kept);
    let kept = SigningKeys::open(state.path(), RULES).unwrap();
    assert_eq!(kept.keys().len(), 2, "all of it is kept");
}

#[test]
fn old_keys_are_replaced_and_retired_when_their_last_token_has_ended() {
    let state = tempfile::tempdir().unwrap();
    let begin = clock::now();
    let mut store = Store::open(state.path()).unwrap();
    let longest = Duration::from_secs(3 * 86_400);
    let (which, id) = (Which::Client, "an-id");
    let client = Caller {
        jwks: None,
        which,
        id: id.into(),
        name: "partner".into(),
        state: State::Active,
        grant: crate::principal::Grant::default(),
        token_ttl: Some(longest),
        ends: None,
        created: begin,
        secrets: Vec::new(),
    };
    store.add_caller(&client).unwrap();
    let mut kept = SigningKeys::open(state.path(), RULES).unwrap();
    let mut at = |moment: SystemTime| {
        kept.maintain(moment).unwrap();
        kept.maintain(moment).unwrap();
        let mut states = states(&kept, moment);
        states.sort_unstable();
        states.join(" ")
    };
    let second = Duration::from_secs(1);
    assert_eq!(at(begin), "signs");
    let old = clock::after(begin, RULES.age);
    assert_eq!(at(old - second), "signs");
    assert_eq!(at(old + second), "published signs");
    let signs = old + second + RULES.wait;
    assert_eq!(at(signs - second), "published signs");
    assert_eq!(at(signs), "signs verifies");
    assert_eq!(at(signs + longest - second), "signs verifies", "the client's tokens live longer than the usual ones");
    assert_eq!(at(signs + longest), "retired signs");
    assert_eq!(fs::read_dir(state.path().join("signing-keys")).unwrap().count(), 2, "one key and the lock");
}

#[test]
fn a_spare_is_there_at_all_times() {
    let state = tempfile::tempdir().unwrap();
    let begin = clock::now();
    let now = clock::after(begin, Duration::from_secs(1));
    let mut kept = SigningKeys::open(state.path(), SPARE).unwrap();
    let sorted = |kept: &SigningKeys| {
        let mut states = states(kept, now);
        states.sort_unstable();
        states.join(" ")
    };
    kept.ensure(begin).unwrap();
    assert_eq!(sorted(&kept), "signs spare");
    let spare = kid_that(&kept, KeyState::Spare, now);
    assert_eq!(*kept.rotate(SPARE.wait, now).unwrap().kid, spare, "a rotation takes it");
    assert_eq!(sorted(&kept), "published signs", "and still one does not sign yet");
    kept.rotate(Duration::ZERO, now).unwrap();
    assert_eq!(sorted(&kept), "signs spare verifies");
    let spare = kid_that(&kept, KeyState::Spare, now);
    kept.retire(&spare, now).unwrap();
    assert_eq!(sorted(&kept), "retired signs spare verifies", "a spare may have been stolen too");
}

#[test]
fn a_key_whose_file_is_gone_does_not_sign() {
    let state = tempfile::tempdir().unwrap();
    let now = clock::now();
    let mut kept = SigningKeys::open(state.path(), RULES).unwrap();
    kept.ensure(now).unwrap();
    let first = kid_that(&kept, KeyState::Signs, now);
    let second = kept.rotate(Duration::ZERO, now).unwrap().kid;
    let now = clock::after(now, TICK);
    assert_eq!(kid_that(&kept, KeyState::Signs, now), *second, "also when both begin within one tick");
    fs::remove_file(file(state.path(), &second)).unwrap();
    assert_eq!(kid_that(&kept, KeyState::Signs, now), first);
    fs::remove_file(file(state.path(), &first)).unwrap();
    kept.ensure(now).unwrap();
    let fresh = kid_that(&kept, KeyState::Signs, now);
    assert!(fresh != first && fresh != *second);
}

#[test]
fn a_change_of_algorithm_leaves_the_old_key_and_a_prepared_one_is_taken() {
    let state = tempfile::tempdir().unwrap();
    let now = clock::now();
    let other = Rotation { kind: KeyKind::strong(Algorithm::EdDsa), ..RULES };
    SigningKeys::open(state.path(), RULES).unwrap().ensure(now).unwrap();
    let prepared = SigningKeys::open(state.path(), other).unwrap().rotate(Duration::ZERO, now).unwrap();
    let mut kept = SigningKeys::open(state.path(), other).unwrap();
    kept.ensure(now).unwrap();
    assert_eq!(kid_that(&kept, KeyState::Signs, now), *prepared.kid);
    assert_eq!(kept.keys().len(), 2);
    let old = kept.keys().iter().find(|key| key.kid != prepared.kid).unwrap().kid.to_string();
    kept.retire(&old, now).expect("no server with these rules signs with it");
}

#[test]
fn no_more_keys_than_a_reader_takes() {
    let state = tempfile::tempdir().unwrap();
    let now = clock::now();
    let mut kept = SigningKeys::open(state.path(), RULES).unwrap();
    let mut rotate = |second| kept.rotate(Duration::ZERO, now + Duration::from_secs(second));
    (0..16).for_each(|second| drop(rotate(second).unwrap()));
    let message = rotate(16).unwrap_err().to_string();
    assert!(message.starts_with("16 signing keys are published, and no more may be\n  mend: "), "{message}");
    assert_eq!(fs::read_dir(state.path().join("signing-keys")).unwrap().count(), MOST_LIVE + 1, "no file without a row");
}

#[test]
fn what_was_made_before_there_were_rows_is_taken_over() {
    let state = tempfile::tempdir().unwrap();
    drop(Store::open(state.path()).unwrap());
    let (private, pem) = PrivateKey::generate(RULES.kind).unwrap();
    files::write(&state.path().join("signing-keys/any name.pem"), pem.as_bytes(), Readers::Owner).unwrap();
    let mut kept = SigningKeys::open(state.path(), RULES).unwrap();
    let now = clock::now();
    kept.ensure(now).unwrap();
    assert_eq!(kept.keys().len(), 1);
    assert_eq!(kid_that(&kept, KeyState::Signs, now), private.kid());
    assert!(file(state.path(), private.kid()).is_file());
}

#[test]
fn a_broken_key_file_is_named_with_its_remedy() {
    let state = tempfile::tempdir().unwrap();
    drop(Store::open(state.path()).unwrap());
    let directory = state.path().join("signing-keys");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("k.pem"), "nonsense").unwrap();
    let message = SigningKeys::open(state.path(), RULES).unwrap_err().to_string();
    assert!(message.contains("k.pem cannot be used") && message.contains("mend: put the right file back"), "{message}");
}

#[test]
fn who_starts_at_once_makes_one_key_together() {
    let state = tempfile::tempdir().unwrap();
    let now = clock::now();
    let start = || {
        let mut kept = SigningKeys::open(state.path(), SPARE)?;
        kept.maintain(now)
    };
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
        for one in all {
            one.join().unwrap().unwrap();
        }
    });
    assert_eq!(SigningKeys::open(state.path(), SPARE).unwrap().keys().len(), 2, "one that signs and one spare");
    let late = clock::after(now, RULES.age);
    let rotate = || SigningKeys::open(state.path(), RULES)?.maintain(late);
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(rotate)).collect();
        for one in all {
            one.join().unwrap().unwrap();
        }
    });
    assert_eq!(SigningKeys::open(state.path(), RULES).unwrap().keys().len(), 2, "one rotation by age: it took the spare");
}
