use std::{
    sync::{Arc, mpsc},
    time::{Duration, SystemTime},
};

use super::*;
use crate::{clock, key_type::KeyType, network::Networks, peer::Serial, principal::Grant, secret::Digest};

mod census;
mod loss;

fn partner(which: Which) -> Caller {
    let grant = Grant {
        scopes: Some(Arc::from(vec!["hello-world".to_owned()])),
        plan: Some("gold".into()),
        networks: Some(Networks::parse(&["127.0.0.0/8"]).unwrap()),
        denied: Some(Networks::parse(&["127.0.0.9"]).unwrap()),
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
        secrets: vec![secret("one")],
        jwks: None,
    }
}

fn secret(text: &str) -> StoredSecret {
    StoredSecret::new(Digest::of(text.as_bytes()), clock::now())
}

fn opaque(text: &str) -> StoredSecret {
    StoredSecret { opaque: true, ..secret(text) }
}

fn certificate(serial: u8) -> CertificateRecord {
    CertificateRecord {
        issuer: Arc::from([1, 2, 3]),
        serial: Serial(Arc::from([serial])),
        name: "partner".into(),
        sans: vec!["DNS:partner".into()],
        key_type: Some(KeyType::P256),
        state: CertificateState::Active,
        revoked: None,
        grant: Grant::default(),
        not_before: SystemTime::UNIX_EPOCH,
        not_after: clock::now() + Duration::from_secs(60),
        last_used: LastUse::default(),
    }
}

fn signing_key(name: &str, created: SystemTime) -> SigningKey {
    let jwk = format!(r#"{{"kid":"{name}","alg":"EdDSA"}}"#);
    let kind = crate::algorithm::KeyKind::strong(crate::algorithm::Algorithm::EdDsa);
    SigningKey { kid: name.into(), kind, jwk: jwk.into(), created, signs: Some(created), retired: None }
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
    let both = store.rotate_secret(Which::Key, "partner", &secret("two"), Duration::from_secs(60)).unwrap();
    let hashes: Vec<_> = both.secrets.iter().map(|secret| secret.digest).collect();
    assert_eq!(hashes, [Digest::of(b"two"), Digest::of(b"one")]);
    assert!(both.secrets[0].ends.is_none() && both.secrets[1].ends.is_some());
    let one = store.rotate_secret(Which::Key, "partner", &secret("three"), Duration::ZERO).unwrap();
    assert_eq!(one.secrets.len(), 1);
}

#[test]
fn a_key_that_tells_no_id_is_found_by_its_hash_for_as_long_as_somebody_has_it() {
    let state = tempfile::tempdir().unwrap();
    let mut store = Store::open(state.path()).unwrap();
    let (memory, _feed) = feed::follow(state.path(), |_| ()).unwrap();
    let arrives = |expected: [(&str, Option<&str>); 3]| {
        let holder = |key: &str| memory.caller_of_opaque(&Digest::of(key.as_bytes())).map(|caller| caller.name.to_string());
        let until = std::time::Instant::now() + Duration::from_secs(5);
        while !expected.iter().all(|(key, name)| holder(key).as_deref() == *name) {
            assert!(std::time::Instant::now() < until, "{expected:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    let imported = |id: &str, name: &str, key: &str| Caller {
        id: id.into(),
        name: name.into(),
        secrets: vec![opaque(key)],
        ..partner(Which::Key)
    };
    store.add_caller(&partner(Which::Key)).unwrap();
    store.add_caller(&imported("a", "a", "first")).unwrap();
    arrives([("first", Some("a")), ("second", None), ("one", None)]);
    let twice = store.add_caller(&imported("b", "b", "first")).unwrap_err();
    insta::assert_snapshot!(twice, @"
    this key is in use already
      mend: every caller has a key of its own: make a fresh one
    ");
    assert!(store.caller(Which::Key, "b").is_err(), "nothing of it is kept");
    store.rotate_secret(Which::Key, "a", &opaque("second"), Duration::from_secs(60)).unwrap();
    arrives([("first", Some("a")), ("second", Some("a")), ("third", None)]);
    store.rotate_secret(Which::Key, "a", &secret("third"), Duration::ZERO).unwrap();
    arrives([("first", None), ("second", None), ("third", None)]);
    store.add_caller(&imported("b", "b", "first")).unwrap();
    arrives([("first", Some("b")), ("second", None), ("third", None)]);
    store.remove_caller(Which::Key, "b").unwrap();
    arrives([("first", None), ("second", None), ("third", None)]);
}

#[test]
fn what_is_revoked_stays_revoked() {
    let state = tempfile::tempdir().unwrap();
    let mut store = Store::open(state.path()).unwrap();
    store.add_caller(&partner(Which::Key)).unwrap();
    store.set_caller_state(Which::Key, "partner", State::Revoked).unwrap();
    assert!(store.set_caller_state(Which::Key, "partner", State::Active).is_err());
    assert!(store.rotate_secret(Which::Key, "partner", &secret("two"), Duration::ZERO).is_err());
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
    assert!(matches!(arrives(), Change::SigningKeys(keys) if keys.is_empty()), "what is there at first is told too");

    store.set_caller_state(Which::Client, "partner", State::Disabled).unwrap();
    arrives();
    assert_eq!(memory.caller(Which::Client, "an-id").unwrap().state, State::Disabled);
    store.remove_caller(Which::Client, "partner").unwrap();
    arrives();
    assert!(memory.caller(Which::Client, "an-id").is_none());
    store.add_certificate(&certificate(7), false).unwrap();
    arrives();
    assert!(memory.certificate(&[1, 2, 3], &Serial(Arc::from([7]))).is_some());
    let key = signing_key("a-kid", clock::now());
    store.put_signing_keys(&[], std::slice::from_ref(&key)).unwrap();
    assert!(matches!(arrives(), Change::SigningKeys(keys) if *keys[0].kid == *"a-kid"));
    assert_eq!(memory.signing_keys().len(), 1);
    store.revoke_token("", "a-jti", clock::now() + Duration::from_secs(60)).unwrap();
    arrives();
    assert!(memory.is_token_revoked("", "a-jti") && !memory.is_token_revoked("https://other.example", "a-jti"));
}

#[test]
fn signing_keys_are_kept_together_and_what_is_retired_stays_so() {
    let state = tempfile::tempdir().unwrap();
    let mut store = Store::open(state.path()).unwrap();
    let now = clock::from_seconds(1_000);
    let keys = [signing_key("b", now + Duration::from_secs(1)), SigningKey { signs: None, ..signing_key("a", now) }];
    store.put_signing_keys(&[], &keys).unwrap();
    assert_eq!(store.signing_keys().unwrap(), keys, "the newest first, as they were");
    let retired = SigningKey { retired: Some(now), ..keys[0].clone() };
    store.put_signing_keys(&keys, std::slice::from_ref(&retired)).unwrap();
    insta::assert_snapshot!(store.put_signing_keys(&keys, &keys).unwrap_err(), @"
    the signing keys were changed by another process at the same time
      mend: run the command again: nothing was changed
    ");
    let seen = store.signing_keys().unwrap();
    store.put_signing_keys(&seen, &keys).unwrap();
    assert_eq!(store.signing_keys().unwrap(), [retired, keys[1].clone()]);
    assert_eq!(store.longest_token_ttl().unwrap(), None);
    store.add_caller(&Caller { token_ttl: Some(Duration::from_secs(7)), ..partner(Which::Client) }).unwrap();
    assert_eq!(store.longest_token_ttl().unwrap(), Some(Duration::from_secs(7)));
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

#[test]
fn no_time_is_too_far_away() {
    let far = SystemTime::UNIX_EPOCH + Duration::from_secs(i64::MAX.unsigned_abs());
    assert!(column::time(column::stamp(far)) > clock::now());
    assert_eq!(column::time(i64::MIN), SystemTime::UNIX_EPOCH);
    let state = tempfile::tempdir().unwrap();
    let mut store = Store::open(state.path()).unwrap();
    store.add_caller(&Caller { ends: Some(far), ..partner(Which::Key) }).unwrap();
    let rotated = store.rotate_secret(Which::Key, "partner", &secret("two"), Duration::MAX).unwrap();
    assert!(rotated.secrets[1].ends.is_some_and(|end| end > clock::now()));
}

#[test]
fn a_revocation_outlives_its_token_by_a_week() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let state = tempfile::tempdir().unwrap();
    let mut store = Store::open(state.path()).unwrap();
    let now = clock::now();
    store.revoke_token("", "six days", now - DAY * 6).unwrap();
    store.revoke_token("", "eight days", now - DAY * 8).unwrap();
    // A command has just begun: it cannot know whether the clock is right, so it forgets nothing.
    store.revoke_token("", "another", now).unwrap();
    let kept = |store: &Store| {
        let all = tokens::all(&store.connection).unwrap();
        all.into_iter().map(|(_, jti, _)| jti).collect::<Vec<_>>()
    };
    assert_eq!(kept(&store), ["another", "eight days", "six days"]);
    tokens::sweep(&store.connection).unwrap();
    assert_eq!(kept(&store), ["another", "six days"]);

    let memory = Memory::empty();
    memory.put_revoked_token("", "a-jti", now);
    memory.forget_tokens(now + DAY * 6);
    assert!(memory.is_token_revoked("", "a-jti"), "the clock may have been wrong");
    memory.forget_tokens(now + DAY * 8);
    assert!(!memory.is_token_revoked("", "a-jti"));
}
