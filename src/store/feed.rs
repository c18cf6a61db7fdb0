//! Brings what other processes commit into [`Memory`], within some 20 ms.
//!
//! `PRAGMA data_version` changes when another connection commits; asking costs a few microseconds. The journal table
//! then says which records to read again.

use std::{
    collections::HashSet,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rusqlite::Connection;

use super::{Change, Memory, Store, callers, certificates, failed, record::Which, tokens};
use crate::{clock, exit::Failure};

/// How often the store is looked at. A change is seen after half of it on average, after all of it at worst.
const PERIOD: Duration = Duration::from_millis(20);
/// How often what has expired is forgotten.
const SWEEP: Duration = Duration::from_secs(60);

/// The thread that follows the store. Dropping it ends the thread.
#[derive(Debug)]
pub struct Feed {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Reads the whole store into a memory, then follows it; `on_change` is called after each change has arrived there, and
/// at first for every certificate: one that was revoked while no server ran must not wait for the next change.
///
/// # Errors
/// Exit 3 when the store cannot be opened, is damaged, or cannot be read whole.
pub fn follow(state: &Path, on_change: impl Fn(&Change) + Send + 'static) -> Result<(Arc<Memory>, Feed), Failure> {
    let store = Store::open(state)?;
    store.check()?;
    let memory = Arc::new(Memory::empty());
    let mut follower = Follower { store, memory: Arc::clone(&memory), version: 0, seq: 0 };
    follower.look(&on_change).map_err(|error| failed(&error))?;
    let stop = Arc::new(AtomicBool::new(false));
    let until = Arc::clone(&stop);
    let thread = thread::Builder::new()
        .name("store-feed".into())
        .spawn(move || follower.run(&until, &on_change))
        .map_err(|error| Failure::environment(format!("no thread for the store's feed: {error}")))?;
    Ok((memory, Feed { stop, thread: Some(thread) }))
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Follower {
    store: Store,
    memory: Arc<Memory>,
    version: i64,
    seq: i64,
}

impl Follower {
    fn run(mut self, stop: &AtomicBool, on_change: &impl Fn(&Change)) {
        let (mut well, mut swept) = (true, Instant::now());
        while !stop.load(Ordering::Relaxed) {
            thread::sleep(PERIOD);
            let seen = self.look(on_change);
            if seen.is_ok() != well {
                well = seen.is_ok();
                match &seen {
                    Ok(()) => tracing::info!("the store can be read again"),
                    Err(error) => tracing::error!(%error, "the store cannot be read; callers are refused when that lasts"),
                }
            }
            if swept.elapsed() > SWEEP {
                swept = Instant::now();
                self.memory.forget_tokens(clock::now());
            }
        }
    }

    /// Looks once: nothing new, the journal's new lines, or everything.
    fn look(&mut self, on_change: &impl Fn(&Change)) -> rusqlite::Result<()> {
        let store = &self.store.connection;
        let version = store.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if version != self.version {
            // One read transaction, so that journal and records are of one moment.
            let moment = store.unchecked_transaction()?;
            self.seq = catch_up(&moment, &self.memory, self.seq, on_change)?;
            moment.finish()?;
            self.version = version;
        }
        self.memory.saw_store();
        Ok(())
    }
}

fn catch_up(store: &Connection, memory: &Memory, seq: i64, on_change: &impl Fn(&Change)) -> rusqlite::Result<i64> {
    let (oldest, newest): (Option<i64>, Option<i64>) =
        store.query_row("SELECT min(seq), max(seq) FROM changes", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if seq == 0 || oldest.is_some_and(|oldest| oldest > seq + 1) {
        read_all(store, memory, on_change)?;
    } else {
        for change in changes_since(store, memory, seq)? {
            on_change(&change);
        }
    }
    Ok(newest.unwrap_or(seq))
}

fn read_all(store: &Connection, memory: &Memory, on_change: &impl Fn(&Change)) -> rusqlite::Result<()> {
    for which in Which::ALL.iter().copied() {
        let mut ids = HashSet::new();
        for caller in callers::all(store, which)? {
            ids.insert(Arc::clone(&caller.id));
            memory.put_caller(caller);
        }
        memory.keep_callers(which, |id| ids.contains(id));
    }
    for record in certificates::all(store)? {
        on_change(&Change::Certificate(memory.put_certificate(record)));
    }
    for (issuer, jti, until) in tokens::all(store)? {
        memory.put_revoked_token(&issuer, &jti, until);
    }
    Ok(())
}

fn changes_since(store: &Connection, memory: &Memory, seq: i64) -> rusqlite::Result<Vec<Change>> {
    let mut select = store.prepare_cached("SELECT DISTINCT kind, first, second FROM changes WHERE seq > ?1")?;
    let mut rows = select.query([seq])?;
    let mut changes = Vec::new();
    while let Some(row) = rows.next()? {
        let kind: String = row.get(0)?;
        match kind.as_str() {
            "certificate" => {
                let (issuer, serial): (Vec<u8>, Vec<u8>) = (row.get(1)?, row.get(2)?);
                let record = certificates::read(store, &issuer, &serial)?;
                changes.extend(record.map(|record| Change::Certificate(memory.put_certificate(record))));
            }
            "token" => changes.extend(token_change(store, memory, &row.get::<_, String>(1)?, &row.get::<_, String>(2)?)?),
            which => changes.extend(caller_change(store, memory, which, &row.get::<_, String>(1)?)?),
        }
    }
    Ok(changes)
}

fn token_change(store: &Connection, memory: &Memory, issuer: &str, jti: &str) -> rusqlite::Result<Option<Change>> {
    let Some(until) = tokens::read(store, issuer, jti)? else { return Ok(None) };
    memory.put_revoked_token(issuer, jti, until);
    Ok(Some(Change::Token { jti: jti.into() }))
}

fn caller_change(store: &Connection, memory: &Memory, which: &str, id: &str) -> rusqlite::Result<Option<Change>> {
    let Ok(which) = which.parse() else { return Ok(None) };
    match callers::read(store, which, id)? {
        Some(caller) => memory.put_caller(caller),
        None => memory.drop_caller(which, id),
    }
    Ok(Some(Change::Caller(which, id.into())))
}
