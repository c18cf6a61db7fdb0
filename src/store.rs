//! What commands did, kept for good: one `SQLite` database, shared by servers and commands.
//!
//! Commands write through [`Store`]; what they acknowledge survives `kill -9` and a power cut (WAL, full sync). A server
//! reads its [`Memory`] and nothing else: [`feed`] brings each change into it within some 20 ms.

mod callers;
mod certificates;
pub mod feed;
mod memory;
mod record;
mod schema;
mod tokens;

use std::{path::Path, time::Duration};

use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use self::{
    certificates::RevocationListDraft,
    memory::{Change, Memory},
    record::{Caller, CertificateRecord, CertificateState, Secrets, State, StoredSecret, Which},
};
use crate::{exit::Failure, files};

/// The open database.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
}

impl Store {
    /// Opens `STATE/authbench.db`, making it and its directory when missing.
    ///
    /// # Errors
    /// Exit 3 when the directory cannot be used, the file is damaged, or a newer authbench wrote it.
    pub fn open(state: &Path) -> Result<Self, Failure> {
        files::private_directory(state)?;
        let path = state.join("authbench.db");
        let fresh = !path.exists();
        let connection = Connection::open(&path).map_err(|error| unusable(&path, &error))?;
        if fresh {
            files::restrict(&path)?;
        }
        schema::prepare(&connection).map_err(|error| match error {
            schema::Unfit::Newer(version) => Failure::environment(format!(
                "{} was written by a newer authbench (format {version}, this one knows {})",
                path.display(),
                schema::VERSION
            ))
            .remedy("use the newer authbench, or another directory with --state"),
            schema::Unfit::Broken(error) => unusable(&path, &error),
        })?;
        Ok(Self { connection })
    }

    /// Checks every page of the database.
    ///
    /// # Errors
    /// Exit 3 when it is damaged: nobody can say then which revocations are lost.
    pub fn check(&self) -> Result<(), Failure> {
        let verdict: String = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(|e| failed(&e))?;
        if verdict == "ok" { Ok(()) } else { Err(damaged(&verdict)) }
    }

    /// Runs `change` as one transaction: all of it is kept, or nothing.
    fn transact<T>(&mut self, change: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(|e| failed(&e))?;
        let done = change(&transaction)?;
        transaction.commit().map_err(|e| failed(&e))?;
        Ok(done)
    }
}

/// How long a writer waits for another one.
const BUSY: Duration = Duration::from_secs(5);

fn unusable(path: &Path, error: &rusqlite::Error) -> Failure {
    Failure::environment(format!("{} cannot be used as the database: {error}", path.display())).remedy(
        "restore it from a copy, or name another directory with --state; never delete it lightly: it holds the revocations",
    )
}

fn failed(error: &rusqlite::Error) -> Failure {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => damaged(&error.to_string()),
        _ => Failure::environment(format!("the database in the state directory did not take it: {error}"))
            .remedy("check free space and permissions there, then run the command again: nothing was changed"),
    }
}

fn damaged(what: &str) -> Failure {
    Failure::environment(format!("the database in the state directory is damaged: {what}"))
        .remedy("restore it from a copy; a server does not start on a damaged one, for it may have lost revocations")
}

/// "There is no …" and "… is taken", exit 2.
fn unknown(kind: &str, name: &str) -> Failure {
    Failure::usage(format!("there is no {kind} named `{name}`"))
        .remedy(format!("`authbench {kind} list` shows the ones that are there"))
}

fn taken(kind: &str, name: &str) -> Failure {
    Failure::usage(format!("a {kind} named `{name}` is there already"))
        .remedy(format!("choose another name, or look at it with `authbench {kind} show {name}`"))
}

#[cfg(test)]
mod tests {
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
}
