use std::{
    sync::{Arc, mpsc},
    time::{Duration, SystemTime},
};

use super::*;
use crate::{clock, network::Networks, peer::Serial, principal::Grant, secret::Digest};

fn partner(which: Which) -> Caller {
    let secret = StoredSecret { digest: Digest::of(b"one"), created: clock::now(), ends: None };
    let grant = Grant {
        scopes: Some(Arc::from(vec!["hello-world".to_owned()])),
        plan: Some("gold".into()),
        networks: Some(Networks::parse(&["127.0.0.0/8"]).unwrap()),
    };
    let (id, name) = ("an-id".into(), "partner".into());
    Caller {
        which,
        id,
        name,
        state: State::Active,
        grant,
        token_ttl: None,
        ends: None,
        created: clock::now(),
        secrets: vec![secret],
    }
}

fn certificate(serial: u8) -> CertificateRecord {
    CertificateRecord {
        issuer: Arc::from([1, 2, 3]),
        serial: Serial(Arc::from([serial])),
        name: "partner".into(),
        sans: vec!["DNS:partner".into()],
        state: CertificateState::Active,
        revoked: None,
        grant: Grant::default(),
        not_before: SystemTime::UNIX_EPOCH,
        not_after: clock::now() + Duration::from_secs(60),
    }
}

#[test]
fn a_caller_comes_back_as_it_was_kept_and_names_are_unique_in_their_kind() {
    let state = tempfile::tempdir().unwrap();
    let mut store = Store::open(state.path()).unwrap();
    store.add_caller(&partner(Which::Client)).unwrap();
    store.add_caller(&partner(Which::Key)).unwrap();
    let kept = store.caller(Which::Client, "an-id").unwrap();
    assert_eq!(kept.grant, partner(Which::Client).grant);
    let twice = store.add_caller(&Caller { id: "other".into(), ..partner(Which::Key) }).unwrap_err();
    insta::assert_snapshot!(twice, @"
    a key named `partner` is there already
      mend: choose another name, or look at it with `authbench key show partner`
    ");
    insta::assert_snapshot!(store.caller(Which::Key, "nobody").unwrap_err(), @"
    there is no key named `nobody`
      mend: `authbench key list` shows the ones that are there
    ");
}

#[test]
fn a_rotation_keeps_the_newest_old_secret_for_the_overlap_only() {
    let state = tempfile::tempdir().unwrap();
    let mut store = Store::open(state.path()).unwrap();
    store.add_caller(&partner(Which::Key)).unwrap();
    let both = store.rotate_secret(Which::Key, "partner", Digest::of(b"two"), Duration::from_secs(60)).unwrap();
    let hashes: Vec<_> = both.secrets.iter().map(|secret| secret.digest).collect();
    assert_eq!(hashes, [Digest::of(b"two"), Digest::of(b"one")]);
    assert!(both.secrets[0].ends.is_none() && both.secrets[1].ends.is_some());
    let one = store.rotate_secret(Which::Key, "partner", Digest::of(b"three"), Duration::ZERO).unwrap();
    assert_eq!(one.secrets.len(), 1);
}

#[test]
fn what_is_revoked_stays_revoked() {
    let state = tempfile::tempdir().unwrap();
    let mut store = Store::open(state.path()).unwrap();
    store.add_caller(&partner(Which::Key)).unwrap();
    store.set_caller_state(Which::Key, "partner", State::Revoked).unwrap();
    assert!(store.set_caller_state(Which::Key, "partner", State::Active).is_err());
    assert!(store.rotate_secret(Which::Key, "partner", Digest::of(b"two"), Duration::ZERO).is_err());
}

#[test]
fn a_name_has_one_first_certificate_and_then_renewals() {
    let state = tempfile::tempdir().unwrap();
    let mut store = Store::open(state.path()).unwrap();
    assert!(store.add_certificate(&certificate(1), true).is_err(), "nothing to renew");
    store.add_certificate(&certificate(1), false).unwrap();
    assert!(store.add_certificate(&certificate(2), false).is_err(), "the name is taken");
    store.add_certificate(&certificate(2), true).unwrap();
    assert_eq!(store.revoke_certificates("partner").unwrap().len(), 2);
    let draft = store.draft_revocation_list(&[1, 2, 3], 0).unwrap();
    assert_eq!((draft.number, draft.revoked.len()), (3, 2), "each revocation takes a number too");
    assert_eq!(store.draft_revocation_list(&[1, 2, 3], 7).unwrap().number, 8);
}

#[test]
fn the_feed_brings_every_change_into_memory() {
    let state = tempfile::tempdir().unwrap();
    let mut store = Store::open(state.path()).unwrap();
    store.add_caller(&partner(Which::Client)).unwrap();
    let (tell, told) = mpsc::channel();
    let (memory, _feed) = feed::follow(state.path(), move |change| drop(tell.send(change.clone()))).unwrap();
    assert!(memory.caller(Which::Client, "an-id").is_some(), "what was there before");
    let arrives = || told.recv_timeout(Duration::from_secs(5)).unwrap();

    store.set_caller_state(Which::Client, "partner", State::Disabled).unwrap();
    arrives();
    assert_eq!(memory.caller(Which::Client, "an-id").unwrap().state, State::Disabled);
    store.remove_caller(Which::Client, "partner").unwrap();
    arrives();
    assert!(memory.caller(Which::Client, "an-id").is_none());
    store.add_certificate(&certificate(7), false).unwrap();
    arrives();
    assert!(memory.certificate(&[1, 2, 3], &Serial(Arc::from([7]))).is_some());
    store.revoke_token("", "a-jti", clock::now() + Duration::from_secs(60)).unwrap();
    arrives();
    assert!(memory.is_token_revoked("", "a-jti") && !memory.is_token_revoked("https://other.example", "a-jti"));
}

#[test]
fn a_newer_a_damaged_and_a_foreign_file_are_refused_by_name() {
    let state = tempfile::tempdir().unwrap();
    let path = state.path().join("authbench.db");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 999).unwrap();
    let newer = Store::open(state.path()).unwrap_err().to_string();
    assert!(newer.contains("authbench.db was written by a newer authbench (format 999"), "{newer}");
    std::fs::write(&path, b"this is a letter, and no database, although it is long enough for a header of one").unwrap();
    let foreign = Store::open(state.path()).unwrap_err().to_string();
    assert!(foreign.contains("authbench.db cannot be used as the database"), "{foreign}");
}

/// Looks again and again, for five seconds at most.
fn eventually(what: &str, holds: impl Fn() -> bool) {
    let end = std::time::Instant::now() + Duration::from_secs(5);
    while !holds() {
        assert!(std::time::Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn delete_database(state: &Path) {
    for name in ["authbench.db", "authbench.db-wal", "authbench.db-shm"] {
        let _ = std::fs::remove_file(state.join(name));
    }
}

#[test]
fn a_deleted_database_makes_the_memory_old_until_another_one_is_there() {
    let (state, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut store = Store::open(state.path()).unwrap();
    store.add_caller(&partner(Which::Client)).unwrap();
    store.add_certificate(&certificate(7), false).unwrap();
    store.revoke_token("", "a-jti", clock::now() + Duration::from_secs(60)).unwrap();
    drop(store);
    let (memory, _feed) = feed::follow(state.path(), |_| ()).unwrap();
    assert!(memory.is_token_revoked("", "a-jti"));

    delete_database(state.path());
    eventually("its age grows", || memory.age() > Duration::from_millis(200));
    assert!(memory.caller(Which::Client, "an-id").is_some(), "decisions go on until the memory is too old");
    assert!(!state.path().join("authbench.db").exists(), "a follower makes no database");

    Store::open(other.path()).unwrap().add_caller(&partner(Which::Key)).unwrap();
    std::fs::rename(other.path().join("authbench.db"), state.path().join("authbench.db")).unwrap();
    eventually("the other one is read", || memory.caller(Which::Key, "an-id").is_some());
    eventually("what it does not hold is dropped", || {
        memory.counts() == (0, 1, 0) && !memory.is_token_revoked("", "a-jti") && memory.age() < Duration::from_millis(100)
    });
}

#[test]
fn a_database_moved_over_the_old_one_is_read_whole() {
    let (state, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    Store::open(state.path()).unwrap().add_caller(&partner(Which::Client)).unwrap();
    Store::open(other.path()).unwrap().add_caller(&partner(Which::Key)).unwrap();
    let (memory, _feed) = feed::follow(state.path(), |_| ()).unwrap();
    std::fs::rename(other.path().join("authbench.db"), state.path().join("authbench.db")).unwrap();
    eventually("the new one is in memory, and only it", || memory.counts() == (0, 1, 0));
    Store::open(state.path()).unwrap().remove_caller(Which::Key, "partner").unwrap();
    eventually("and it is followed", || memory.counts() == (0, 0, 0));
}

#[test]
fn a_journal_that_ends_before_ours_is_another_one() {
    let state = tempfile::tempdir().unwrap();
    let mut store = Store::open(state.path()).unwrap();
    store.add_caller(&partner(Which::Client)).unwrap();
    store.add_caller(&partner(Which::Key)).unwrap();
    let (memory, _feed) = feed::follow(state.path(), |_| ()).unwrap();
    // As the online backup puts a copy back: the same file, with the pages of an earlier day.
    let earlier = "BEGIN; DELETE FROM callers WHERE which = 'key'; DELETE FROM changes WHERE seq > 1; COMMIT";
    store.connection.execute_batch(earlier).unwrap();
    eventually("what the copy does not hold is dropped", || memory.counts() == (1, 0, 0));
}

#[test]
fn no_time_is_too_far_away() {
    let far = SystemTime::UNIX_EPOCH + Duration::from_secs(i64::MAX.unsigned_abs());
    assert!(callers::time(callers::stamp(far)) > clock::now());
    assert_eq!(callers::time(i64::MIN), SystemTime::UNIX_EPOCH);
    let state = tempfile::tempdir().unwrap();
    let mut store = Store::open(state.path()).unwrap();
    store.add_caller(&Caller { ends: Some(far), ..partner(Which::Key) }).unwrap();
    let rotated = store.rotate_secret(Which::Key, "partner", Digest::of(b"two"), Duration::MAX).unwrap();
    assert!(rotated.secrets[1].ends.is_some_and(|end| end > clock::now()));
}

#[test]
fn an_empty_or_missing_database_beside_signing_keys_is_a_loss() {
    let state = tempfile::tempdir().unwrap();
    let (path, keys) = (state.path().join("authbench.db"), state.path().join("signing-keys"));
    std::fs::write(&path, b"").unwrap();
    drop(Store::open(state.path()).expect("a first command may have died before it wrote the tables"));
    std::fs::create_dir(&keys).unwrap();
    std::fs::write(keys.join(".lock"), b"").unwrap();
    delete_database(state.path());
    let first = Store::open(state.path()).expect("no server has signed anything yet");
    std::fs::write(keys.join("a-kid.pem"), b"").unwrap();
    let held = Store::open(state.path()).expect("it is there");
    drop(Store::open(state.path()).expect("also while everything is still in the write-ahead log"));
    drop((first, held));
    let refused = || Store::open(state.path()).unwrap_err().to_string().replace(&state.path().display().to_string(), "STATE");
    delete_database(state.path());
    insta::assert_snapshot!(refused(), @"
    the database STATE/authbench.db is gone, so every credential and revocation is lost
      mend: restore it from a copy; to begin anew, move STATE/signing-keys away too: tokens of its keys stop then
    ");
    assert!(!path.exists(), "none was made");
    std::fs::write(&path, b"").unwrap();
    insta::assert_snapshot!(refused(), @"
    the database STATE/authbench.db holds nothing, so every credential and revocation is lost
      mend: restore it from a copy; to begin anew, move STATE/signing-keys away too: tokens of its keys stop then
    ");
    assert!(Store::open_existing(state.path()).is_err(), "and none is filled while a server runs");
    assert!(feed::follow(state.path(), |_| ()).is_err());
    assert_eq!(path.metadata().unwrap().len(), 0, "left as it was");
}

#[test]
fn a_row_that_cannot_be_read_is_damage() {
    for wrong in [
        "UPDATE callers SET state = 'asleep'",
        "UPDATE callers SET scopes = 'no list'",
        "UPDATE callers SET networks = '[\"nowhere\"]'",
        "UPDATE callers SET name = CAST(x'ff' AS TEXT)",
        "UPDATE secrets SET digest = x'00'",
        "UPDATE certificates SET sans = 'no list'",
        "UPDATE certificates SET state = 'asleep'",
    ] {
        let state = tempfile::tempdir().unwrap();
        let mut store = Store::open(state.path()).unwrap();
        store.add_caller(&partner(Which::Key)).unwrap();
        store.add_certificate(&certificate(1), false).unwrap();
        store.connection.execute_batch(wrong).unwrap();
        let failure = store.callers(Which::Key).map(drop).and_then(|()| store.certificates().map(drop)).unwrap_err();
        assert!(failure.to_string().contains("is damaged: "), "{wrong}: {failure}");
        let failure = feed::follow(state.path(), |_| ()).unwrap_err();
        assert!(failure.to_string().contains("is damaged: "), "{wrong}: {failure}");
    }
}
