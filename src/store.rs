//! What commands did, kept for good: one `SQLite` database, shared by servers and commands.
//!
//! Commands write through [`Store`]; what they acknowledge survives `kill -9` and a power cut (WAL, full sync). A server
//! reads its [`Memory`] and nothing else: [`feed`] brings each change into it within some 20 ms. The few things that a request
//! must leave behind go through a [`Writer`], a thread with a connection of its own.

mod callers;
mod census;
mod certificates;
mod column;
pub mod feed;
mod last_use;
mod memory;
mod place;
mod record;
mod schema;
mod secrets;
mod signing_keys;
mod tokens;
mod trail;
pub mod usage;
mod uses;
mod writer;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

pub use self::{
    certificates::RevocationListDraft,
    last_use::LastUse,
    memory::{Change, Memory},
    record::{Caller, CertificateRecord, CertificateState, Secrets, State, StoredSecret, Which},
    signing_keys::SigningKey,
    trail::{audit_directory, this_process},
    writer::{By, Lost, Once, Writer},
};
use crate::{
    clock,
    deed::{Deed, Entry, Who},
    exit::Failure,
    files,
};

/// The open database.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    state: PathBuf,
    /// Who changes it through here.
    who: Who,
}

impl Store {
    /// Opens `STATE/authbench.db`, making it and its directory when missing.
    ///
    /// # Errors
    /// Exit 3 when the directory cannot be used, the file is damaged or a newer authbench wrote it, and when it is empty or
    /// missing in a directory that was used before.
    pub fn open(state: &Path) -> Result<Self, Failure> {
        files::private_directory(state)?;
        // SQLite does not wait for the switch to WAL: without this, of two first starts one finds the database locked.
        let _opening = files::lock(&state.join("authbench.lock"))?;
        let path = path_in(state);
        let fresh = !is_there(&path, state)?;
        let connection = Connection::open(&path).map_err(|error| unusable(&path, &error))?;
        if fresh {
            files::restrict(&path)?;
        }
        Self::prepared(connection, &path, state)
    }

    /// The same, for one that must be there already.
    ///
    /// # Errors
    /// As [`Store::open`], and exit 3 when it is not there.
    pub fn open_existing(state: &Path) -> Result<Self, Failure> {
        let path = path_in(state);
        is_there(&path, state)?;
        let flags = OpenFlags::default() - OpenFlags::SQLITE_OPEN_CREATE;
        let connection = Connection::open_with_flags(&path, flags).map_err(|error| unusable(&path, &error))?;
        Self::prepared(connection, &path, state)
    }

    fn prepared(connection: Connection, path: &Path, state: &Path) -> Result<Self, Failure> {
        schema::prepare(&connection).map_err(|error| match error {
            schema::Unfit::Newer(version) => Failure::environment(format!(
                "{} was written by a newer authbench (format {version}, this one knows {})",
                path.display(),
                schema::VERSION
            ))
            .remedy("use the newer authbench, or another directory with --state"),
            schema::Unfit::Broken(error) => unusable(path, &error),
        })?;
        Ok(Self { connection, state: state.into(), who: this_process() })
    }

    /// Checks every page and every index of the database, whatever its size: it runs when a server opens it.
    ///
    /// # Errors
    /// Exit 3 when it is damaged: nobody can say then which revocations are lost.
    pub fn check(&self) -> Result<(), Failure> {
        // The quick one does not compare what indices hold with their tables: a name could not be found, and not be revoked.
        let verdict: String =
            self.connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(|e| failed(&e))?;
        if verdict == "ok" { Ok(()) } else { Err(damaged(&verdict)) }
    }

    /// Runs `change` as one transaction: all of it is kept, with the lines of the audit log that tell of its deeds, or nothing.
    /// The only way to change a credential.
    ///
    /// # Errors
    /// As `change`'s, and exit 3 when the database fails. A log that cannot be written is no error: its lines wait.
    fn transact<T>(&self, change: impl FnOnce(&Transaction<'_>) -> Result<(T, Vec<Deed>), Failure>) -> Result<T, Failure> {
        let who = self.who.clone();
        let done = self.transact_for(|transaction| {
            let (done, deeds) = change(transaction)?;
            let at = clock::now();
            Ok((done, deeds.into_iter().map(|deed| Entry::of(deed, at, who.clone(), None)).collect()))
        })?;
        if let Err(failure) = self.write_trail() {
            tracing::warn!("it is done, but {failure}");
        }
        Ok(done)
    }

    /// The same for others than who runs this process. The lines wait: whoever has told them that it is done writes them.
    fn transact_for<T>(&self, change: impl FnOnce(&Transaction<'_>) -> Result<(T, Vec<Entry>), Failure>) -> Result<T, Failure> {
        self.unaudited(|transaction| {
            let (done, entries) = change(transaction)?;
            trail::enter(transaction, &entries).map_err(|e| failed(&e))?;
            Ok(done)
        })
    }

    /// The same for what the audit log does not tell of: use, and what is past keeping.
    fn unaudited<T>(&self, change: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        // No transaction is ever begun within another one here.
        let begun = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate);
        let transaction = begun.map_err(|e| failed(&e))?;
        let done = change(&transaction)?;
        transaction.commit().map_err(|e| failed(&e))?;
        Ok(done)
    }
}

fn path_in(state: &Path) -> PathBuf {
    state.join("authbench.db")
}

/// How long a writer waits for another one.
const BUSY: Duration = Duration::from_secs(5);

fn unusable(path: &Path, error: &rusqlite::Error) -> Failure {
    Failure::environment(format!("{} cannot be used as the database: {error}", path.display())).remedy(
        "restore it from a copy, or name another directory with --state; never delete it lightly: it holds the revocations",
    )
}

/// Whether a server has signed tokens here.
fn is_used(state: &Path) -> bool {
    let keys = state.join("signing-keys").read_dir();
    let is_key = |path: &Path| path.extension().is_some_and(|extension| extension == "pem");
    keys.is_ok_and(|mut entries| entries.any(|entry| entry.is_ok_and(|entry| is_key(&entry.path()))))
}

/// Whether the database has a file; an error when it holds nothing, or is not there, in a directory that was used.
fn is_there(path: &Path, state: &Path) -> Result<bool, Failure> {
    // Looked for first: a server makes its signing key after the database, so whoever sees the key finds the database.
    let used = is_used(state);
    let length = path.metadata().map(|found| found.len()).ok();
    if used && length.unwrap_or(0) == 0 { Err(lost(path, state, length.is_some())) } else { Ok(length.is_some()) }
}

fn lost(path: &Path, state: &Path, is_there: bool) -> Failure {
    let what = if is_there { "holds nothing" } else { "is gone" };
    let keys = state.join("signing-keys");
    Failure::environment(format!("the database {} {what}, so every credential and revocation is lost", path.display()))
        .remedy(format!("restore it from a copy; to begin anew, move {} away too: tokens of its keys stop then", keys.display()))
}

fn failed(error: &rusqlite::Error) -> Failure {
    use rusqlite::{Error, ErrorCode};
    // A value that does not fit its record is damage too: no command of ours wrote it, and free space does not mend it.
    let is_misfit = matches!(
        error,
        Error::InvalidColumnName(_)
            | Error::InvalidColumnType(..)
            | Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::Utf8Error(..)
    );
    match error.sqlite_error_code() {
        _ if is_misfit => damaged(&error.to_string()),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => damaged(&error.to_string()),
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
mod tests;
