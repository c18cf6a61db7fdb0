//! The audit log's part that is one with the database: a change and its line are kept together or not at all.
//!
//! A transaction seals the lines of what it does into the chain `changes`, keeps them in a table, and moves the chain's head. Then
//! they are written to the file, and leave the table when they are on disk there. Whatever crashes in between, the next writer
//! goes on where it stopped.

mod file;
mod who;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OptionalExtension, Row, params};

pub(super) use self::file::flush;
pub use self::who::this_process;
use super::{
    Store,
    column::unreadable,
    failed,
    record::{Caller, State, Which},
};
use crate::{
    chain::{CHANGES, Head},
    deed::{Deed, Entry, Event, Thing},
    exit::Failure,
};

/// Where the audit log lies.
pub fn audit_directory(state: &Path) -> PathBuf {
    state.join("audit")
}

impl Store {
    /// Tells of something that was changed beside the database.
    ///
    /// # Errors
    /// Exit 3 when the database fails: it was done, and nobody will know by whom.
    pub fn tell(&self, deeds: Vec<Deed>) -> Result<(), Failure> {
        if deeds.is_empty() { Ok(()) } else { self.transact(|_| Ok(((), deeds))) }
    }

    /// Writes the lines that wait to the file, as every change does.
    ///
    /// # Errors
    /// Exit 3 when they cannot be written; they go on waiting.
    pub fn write_trail(&self) -> Result<(), Failure> {
        flush(&self.connection, &self.state)
    }

    /// The end of every chain, by writer, and the lines that wait to be written to the file of `changes`: of one moment.
    ///
    /// # Errors
    /// Exit 3 when the database fails.
    pub fn trail(&self) -> Result<(BTreeMap<String, Head>, String), Failure> {
        let read = || {
            let moment = self.connection.unchecked_transaction()?;
            let mut select = moment.prepare("SELECT writer, seq, hash FROM audit_heads")?;
            let heads = select.query_map([], |row| Ok((row.get(0)?, head(row)?)))?.collect::<Result<_, _>>()?;
            Ok((heads, waiting(&moment)?.1))
        };
        read().map_err(|e: rusqlite::Error| failed(&e))
    }

    /// Keeps the end of another writer's chain. Whoever has one is known from then on.
    ///
    /// # Errors
    /// Exit 3 when the database fails.
    pub fn anchor(&self, writer: &str, head: &Head) -> Result<(), Failure> {
        self.unaudited(|store| anchor(store, writer, head).map_err(|e| failed(&e)))
    }
}

/// Seals the entries into the chain of changes, within the transaction that makes them true.
pub(super) fn enter(store: &Connection, entries: &[Entry]) -> rusqlite::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let select = "SELECT seq, hash FROM audit_heads WHERE writer = ?1";
    let mut head = store.prepare_cached(select)?.query_row([CHANGES], head).optional()?.unwrap_or(Head::START);
    let first = number(head.seq + 1);
    let lines: String = entries.iter().map(|entry| head.seal(CHANGES, entry)).collect();
    store.prepare_cached("INSERT INTO audit_waiting (first, lines) VALUES (?1, ?2)")?.execute(params![first, lines])?;
    anchor(store, CHANGES, &head)
}

pub(super) fn anchor(store: &Connection, writer: &str, head: &Head) -> rusqlite::Result<()> {
    let sql = "INSERT INTO audit_heads (writer, seq, hash) VALUES (?1, ?2, ?3)
               ON CONFLICT (writer) DO UPDATE SET seq = excluded.seq, hash = excluded.hash";
    store.prepare_cached(sql)?.execute(params![writer, number(head.seq), head.hash.to_string()]).map(drop)
}

/// The first number of the last transaction that waits, and all lines that wait.
fn waiting(store: &Connection) -> rusqlite::Result<(i64, String)> {
    let mut select = store.prepare_cached("SELECT first, lines FROM audit_waiting ORDER BY first")?;
    let mut rows = select.query([])?;
    let (mut last, mut all) = (0, String::new());
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        all.push_str(row.get_ref(1)?.as_str()?);
    }
    Ok((last, all))
}

fn head(row: &Row<'_>) -> rusqlite::Result<Head> {
    let (seq, hash): (i64, String) = (row.get("seq")?, row.get("hash")?);
    Ok(Head { seq: seq.unsigned_abs(), hash: hash.parse().map_err(|()| unreadable("audit_heads.hash"))? })
}

fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// What was done to a client or a key.
pub(super) fn of_caller(event: Event, caller: &Caller) -> Deed {
    let thing = match caller.which {
        Which::Client => Thing::Client,
        Which::Key => Thing::Key,
    };
    Deed::new(event, thing, &*caller.id).named(&*caller.name)
}

/// What it is called when a caller gets into a state.
pub(super) fn event_of(which: Which, state: State) -> Event {
    match (which, state) {
        (Which::Client, State::Active) => Event::ClientEnabled,
        (Which::Client, State::Disabled) => Event::ClientDisabled,
        (Which::Client, State::Revoked) => Event::ClientRevoked,
        (Which::Key, State::Active) => Event::KeyEnabled,
        (Which::Key, State::Disabled) => Event::KeyDisabled,
        (Which::Key, State::Revoked) => Event::KeyRevoked,
    }
}
