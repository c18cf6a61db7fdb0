use super::*;
use crate::algorithm::Algorithm;

const ES256: KeyKind = KeyKind::strong(Algorithm::Es256);
const RULES: Rotation = Rotation { kind: ES256, spare: false, wait: secs(10), age: secs(100), longest: secs(50) };

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn at(second: u64) -> SystemTime {
    clock::from_seconds(1_000_000 + second)
}

/// Published at second zero.
fn key(kid: &str, signs: Option<u64>) -> SigningKey {
    SigningKey { kid: kid.into(), kind: ES256, jwk: "{}".into(), created: at(0), signs: signs.map(at), retired: None }
}

fn retired(key: SigningKey, second: u64) -> SigningKey {
    SigningKey { retired: Some(at(second)), ..key }
}

type Seen<'a> = Succession<'a, fn(&str) -> bool>;

fn seen<T>(keys: &[SigningKey], rotation: Rotation, second: u64, ask: impl FnOnce(&Seen<'_>) -> T) -> T {
    ask(&Succession { keys, rotation, held: |kid| !kid.starts_with("elsewhere"), now: at(second) })
}

fn signing(keys: &[SigningKey], second: u64) -> Option<String> {
    seen(keys, RULES, second, |all| all.signing().map(|key| key.kid.to_string()))
}

/// `state since until`, in seconds.
fn standings(keys: &[SigningKey], rotation: Rotation, second: u64) -> Vec<String> {
    let since = |moment: SystemTime| moment.duration_since(at(0)).unwrap().as_secs();
    let of = |all: &Seen<'_>, key: &SigningKey| {
        let standing = all.standing(key);
        let until = standing.until.map_or("-".into(), |until| since(until).to_string());
        format!("{} {} {} {until}", key.kid, standing.state, since(standing.since))
    };
    seen(keys, rotation, second, |all| keys.iter().map(|key| of(all, key)).collect())
}

#[test]
fn the_last_to_begin_signs_and_nobody_before_its_moment() {
    let keys = [key("a", Some(0)), key("b", Some(20)), key("spare", None), retired(key("gone", Some(21)), 22)];
    assert_eq!(signing(&keys, 19).as_deref(), Some("a"));
    assert_eq!(signing(&keys, 20).as_deref(), Some("b"));
    assert_eq!(signing(&keys[2..], 1000), None, "neither a spare nor a retired key signs");
    assert_eq!(signing(&[], 0), None);
    let twins = [key("a", Some(5)), key("b", Some(5))];
    let turned = [twins[1].clone(), twins[0].clone()];
    assert_eq!(signing(&twins, 5), signing(&turned, 5), "whatever the order");
}

#[test]
fn a_key_that_is_not_at_hand_or_of_another_kind_does_not_sign() {
    let rsa = SigningKey { kind: KeyKind::strong(Algorithm::Rs256), ..key("rsa", Some(2)) };
    let short = SigningKey { kind: KeyKind::COGNITO, ..key("short", Some(3)) };
    let keys = [key("a", Some(0)), key("elsewhere", Some(1)), rsa, short];
    assert_eq!(signing(&keys, 9).as_deref(), Some("a"));
    let of = |kind| seen(&keys, Rotation { kind, ..RULES }, 9, |all| all.signing().map(|key| key.kid.to_string()));
    assert_eq!(of(KeyKind::strong(Algorithm::Rs256)).as_deref(), Some("rsa"), "3072 bits and no fewer");
    assert_eq!(of(KeyKind::COGNITO).as_deref(), Some("short"));
    assert_eq!(of(KeyKind::strong(Algorithm::EdDsa)), None);
}

#[test]
fn a_life_is_published_signs_verifies_and_ends() {
    let keys = [key("a", Some(0)), key("b", Some(20)), key("spare", None), retired(key("gone", Some(0)), 7)];
    assert_eq!(standings(&keys, RULES, 15), ["a signs 0 20", "b published 0 20", "spare spare 0 -", "gone retired 7 -"]);
    assert_eq!(standings(&keys, RULES, 30), ["a verifies 20 70", "b signs 20 130", "spare spare 0 -", "gone retired 7 -"]);
    let elsewhere = [key("a", Some(0)), key("elsewhere", Some(20))];
    assert_eq!(standings(&elsewhere, RULES, 30), ["a signs 0 110", "elsewhere verifies 20 -"], "nobody knows who else signs");
}

#[test]
fn the_next_is_the_first_to_begin_and_a_spare_only_when_nobody_waits() {
    let next = |keys: &[SigningKey], second| seen(keys, RULES, second, |all| all.next().map(|key| key.kid.to_string()));
    assert_eq!(next(&[key("spare", None), key("b", Some(20))], 10).as_deref(), Some("b"));
    assert_eq!(next(&[key("spare", None), key("b", Some(20))], 20).as_deref(), Some("spare"));
    assert_eq!(next(&[key("elsewhere", None), retired(key("gone", None), 1)], 0), None);
}

#[test]
fn what_is_due_and_when() {
    let due = |keys: &[SigningKey], rotation, second| {
        seen(keys, rotation, second, |all| Some(all.due()?.duration_since(at(0)).unwrap().as_secs()))
    };
    let spare = Rotation { spare: true, ..RULES };
    assert_eq!(due(&[], RULES, 3), Some(3), "nobody signs");
    assert_eq!(due(&[key("a", Some(0))], RULES, 3), Some(100), "age");
    assert_eq!(
        due(&[key("a", Some(0)), key("b", Some(20))], RULES, 10),
        None,
        "a rotation is under way: the clock does the rest"
    );
    assert_eq!(due(&[key("a", Some(0)), key("b", Some(20))], RULES, 20), Some(70), "the old one's last token ends");
    assert_eq!(due(&[key("a", Some(0)), key("b", Some(110))], RULES, 10), None, "it ends when age would end it");
    assert_eq!(due(&[key("a", Some(0)), key("b", Some(9000))], RULES, 10), Some(100), "a clock that was wrong does not stop age");
    assert_eq!(due(&[key("a", Some(0)), key("b", Some(9000))], RULES, 9000 - 11), Some(100));
    assert_eq!(due(&[key("a", Some(0)), key("b", Some(9000))], RULES, 9000 - 10), None, "brought forward once");
    assert_eq!(due(&[key("a", Some(0))], spare, 3), Some(3), "no spare");
    assert_eq!(due(&[key("a", Some(0)), key("s", None)], spare, 3), Some(100), "a spare is no rotation under way");
    assert_eq!(due(&[key("a", Some(0)), key("b", Some(20))], spare, 10), Some(20), "then a spare is missing");
}

#[test]
fn a_key_of_another_kind_is_left_alone_until_its_server_should_have_replaced_it() {
    let other = KeyKind::strong(Algorithm::EdDsa);
    let keys = [
        SigningKey { kind: other, ..key("other", Some(0)) },
        SigningKey { kind: other, ..key("spare", None) },
        key("a", Some(5)),
    ];
    let ends = |key: &SigningKey| seen(&keys, RULES, 9, |all| all.outlived_from(key));
    assert_eq!(ends(&keys[0]), Some(at(100 + 10 + 50)), "age, wait, and the longest token");
    assert_eq!(ends(&keys[1]), Some(at(160)));
    assert_eq!(ends(&keys[2]), None, "the own one signs until it is replaced");
    let replaced = [keys[0].clone(), SigningKey { kind: other, ..key("newer", Some(6)) }];
    assert_eq!(seen(&replaced, RULES, 9, |all| all.outlived_from(&replaced[0])), Some(at(6 + 50)), "or is by its own kind");
}

#[test]
fn the_signing_key_is_published_first_and_a_retired_one_not_at_all() {
    let keys = [key("spare", None), key("b", Some(20)), key("a", Some(0)), retired(key("gone", Some(0)), 7)];
    let order =
        |second| seen(&keys, RULES, second, |all| all.published().iter().map(|key| key.kid.to_string()).collect::<Vec<_>>());
    assert_eq!(order(10), ["a", "spare", "b"]);
    assert_eq!(order(20), ["b", "spare", "a"]);
}
