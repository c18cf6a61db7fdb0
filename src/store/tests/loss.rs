//! A database that is deleted, replaced, emptied or damaged.

use super::*;
use crate::principal::Kind;

/// Looks again and again, for five seconds at most.
fn eventually(what: &str, holds: impl Fn() -> bool) {
    let end = std::time::Instant::now() + Duration::from_secs(5);
    while !holds() {
        assert!(std::time::Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// How many clients, keys and certificates there are.
fn held(memory: &Memory) -> (u64, u64, u64) {
    let census = memory.census(clock::now());
    let of = |kind| census.credentials.iter().filter(|((of, _), _)| *of == kind).map(|(_, count)| count).sum();
    (of(Kind::Client), of(Kind::Key), of(Kind::Certificate))
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
        held(&memory) == (0, 1, 0) && !memory.is_token_revoked("", "a-jti") && memory.age() < Duration::from_millis(100)
    });
}

#[test]
fn a_database_moved_over_the_old_one_is_read_whole() {
    let (state, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    Store::open(state.path()).unwrap().add_caller(&partner(Which::Client)).unwrap();
    Store::open(other.path()).unwrap().add_caller(&partner(Which::Key)).unwrap();
    let (memory, _feed) = feed::follow(state.path(), |_| ()).unwrap();
    std::fs::rename(other.path().join("authbench.db"), state.path().join("authbench.db")).unwrap();
    eventually("the new one is in memory, and only it", || held(&memory) == (0, 1, 0));
    Store::open(state.path()).unwrap().remove_caller(Which::Key, "partner").unwrap();
    eventually("and it is followed", || held(&memory) == (0, 0, 0));
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
    eventually("what the copy does not hold is dropped", || held(&memory) == (1, 0, 0));
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
        "UPDATE callers SET denied = '[]'",
        "UPDATE certificates SET denied = 'no list'",
        "UPDATE callers SET name = CAST(x'ff' AS TEXT)",
        "UPDATE secrets SET digest = x'00'",
        "UPDATE certificates SET sans = 'no list'",
        "UPDATE certificates SET state = 'asleep'",
        "UPDATE signing_keys SET algorithm = 'HS256'",
        "UPDATE signing_keys SET jwk = 'no key'",
        "UPDATE signing_keys SET jwk = '{\"alg\":\"ES256\"}'",
    ] {
        let state = tempfile::tempdir().unwrap();
        let mut store = Store::open(state.path()).unwrap();
        store.add_caller(&partner(Which::Key)).unwrap();
        store.add_certificate(&certificate(1), false).unwrap();
        store.put_signing_keys(&[], &[signing_key("a-kid", clock::now())]).unwrap();
        store.connection.execute_batch(wrong).unwrap();
        let rest = || store.certificates().map(drop).and_then(|()| store.signing_keys().map(drop));
        let failure = store.callers(Which::Key).map(drop).and_then(|()| rest()).unwrap_err();
        assert!(failure.to_string().contains("is damaged: "), "{wrong}: {failure}");
        let failure = feed::follow(state.path(), |_| ()).unwrap_err();
        assert!(failure.to_string().contains("is damaged: "), "{wrong}: {failure}");
    }
}

#[test]
fn an_index_that_holds_something_else_is_damage() {
    let state = tempfile::tempdir().unwrap();
    let mut store = Store::open(state.path()).unwrap();
    store.add_certificate(&certificate(1), false).unwrap();
    // As many entries as there should be, but of another column: the name is found nowhere.
    let change = "DROP INDEX certificates_by_name;
                CREATE INDEX certificates_by_name ON certificates (state);
                PRAGMA writable_schema = ON;
                UPDATE sqlite_schema SET sql = 'CREATE INDEX certificates_by_name ON certificates (name)'
                    WHERE name = 'certificates_by_name';
                PRAGMA writable_schema = RESET;";
    store.connection.execute_batch(change).unwrap();
    drop(store);
    let failure = feed::follow(state.path(), |_| ()).unwrap_err().to_string();
    assert!(failure.contains("is damaged: "), "{failure}");
}
