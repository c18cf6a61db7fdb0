//! Brings what other processes commit into [`Memory`], within some 20 ms.
//!
//! `PRAGMA data_version` changes when another connection commits; asking costs a few microseconds. The journal table
//! then says which records to read again.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rusqlite::Connection;

use super::{Change, Memory, Store, callers, certificates, failed, place::FileId, record::Which, signing_keys, tokens};
use crate::{
    clock::{self, Steady},
    exit::Failure,
};

/// How often the store is looked at. A change is seen after half of it on average, after all of it at worst.
const PERIOD: Duration = Duration::from_millis(20);
/// How often what has expired is forgotten.
const SWEEP: Duration = Duration::from_secs(60);
/// How often a database that could not be opened is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// The thread that follows the store. Dropping it ends the thread.
#[derive(Debug)]
pub struct Feed {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Reads the whole store into a memory, then follows it; `on_change` is called after each change has arrived there, and
/// at first for every certificate and the signing keys: what was revoked while no server ran must not wait for the next change.
///
/// # Errors
/// Exit 3 when the store cannot be opened, is damaged, or cannot be read whole.
pub fn follow(state: &Path, on_change: impl Fn(&Change) + Send + 'static) -> Result<(Arc<Memory>, Feed), Failure> {
    // Made when missing, as every command does.
    drop(Store::open(state)?);
    let memory = Arc::new(Memory::empty());
    let mut follower = Follower { state: state.into(), memory: Arc::clone(&memory), source: None, failed: None };
    follower.look(&on_change)?;
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
    state: PathBuf,
    memory: Arc<Memory>,
    /// Absent while the database is gone or unfit.
    source: Option<Source>,
    /// When it last could not be opened.
    failed: Option<Instant>,
}

/// One open database, and how far it was read.
struct Source {
    store: Store,
    file: FileId,
    version: Option<i64>,
    seq: i64,
}

impl Source {
    /// The database must be there: a follower that made one would take the loss of every credential for a change.
    fn open(state: &Path) -> Result<Self, Failure> {
        // Looked at first: if another file comes between, the next look sees it.
        let file = file_in(state)?;
        let store = Store::open_existing(state)?;
        store.check()?;
        Ok(Self { store, file, version: None, seq: 0 })
    }

    /// Reads what is new: nothing, the journal's new lines, or everything.
    fn read(&mut self, memory: &Memory, on_change: &impl Fn(&Change)) -> rusqlite::Result<()> {
        let store = &self.store.connection;
        let version = store.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if self.version != Some(version) {
            let _turn = memory.turn();
            let began = Instant::now();
            // One read transaction, so that journal and records are of one moment.
            let moment = store.unchecked_transaction()?;
            self.seq = catch_up(&moment, memory, self.seq, on_change)?;
            moment.finish()?;
            memory.took_to_read(began.elapsed());
            self.version = Some(version);
        }
        Ok(())
    }
}

impl Follower {
    fn run(mut self, stop: &AtomicBool, on_change: &impl Fn(&Change)) {
        let (mut well, mut swept, mut steady) = (true, Instant::now(), Steady::watch());
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
                if steady.is_proven() {
                    self.memory.forget_tokens(clock::now());
                }
            }
        }
    }

    /// Looks once. An open database outlives its name, so the name is asked too: who deleted or replaced the file must not
    /// be answered from the old one for ever.
    fn look(&mut self, on_change: &impl Fn(&Change)) -> Result<(), Failure> {
        let there = file_in(&self.state);
        if self.source.as_ref().is_some_and(|source| there.as_ref().ok() != Some(&source.file)) {
            // Closed before another one is opened: both would share the files beside the database, and their locks.
            self.source = None;
            tracing::warn!(state = %self.state.display(), "the database was deleted or replaced");
        }
        there?;
        let source = match self.source.take() {
            Some(source) => source,
            None => self.open()?,
        };
        self.source.insert(source).read(&self.memory, on_change).map_err(|error| failed(&error))?;
        self.memory.saw_store();
        Ok(())
    }

    /// Opens, but not at every look when that fails: the check reads every page.
    fn open(&mut self) -> Result<Source, Failure> {
        if self.failed.is_some_and(|at| at.elapsed() < RETRY) {
            return Err(Failure::environment("the database could not be opened; it is tried again soon"));
        }
        let opened = Source::open(&self.state);
        self.failed = opened.is_err().then(Instant::now);
        opened
    }
}

fn file_in(state: &Path) -> Result<FileId, Failure> {
    let path = super::path_in(state);
    FileId::of(&path).map_err(|error| {
        Failure::environment(format!("the database {} is gone: {error}", path.display())).remedy("restore it from a copy")
    })
}

fn catch_up(store: &Connection, memory: &Memory, seq: i64, on_change: &impl Fn(&Change)) -> rusqlite::Result<i64> {
    let (oldest, newest): (Option<i64>, Option<i64>) =
        store.query_row("SELECT min(seq), max(seq) FROM changes", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    // The journal never loses its newest line: one that ends before ours is another journal, of a copy put back.
    let is_another = newest.unwrap_or(0) < seq;
    if seq == 0 || is_another || oldest.is_some_and(|oldest| oldest > seq + 1) {
        read_all(store, memory, on_change)?;
    } else {
        for change in changes_since(store, memory, seq)? {
            on_change(&change);
        }
    }
    Ok(newest.unwrap_or(0))
}

/// Takes everything that the store holds, and drops what it does not hold any more.
fn read_all(store: &Connection, memory: &Memory, on_change: &impl Fn(&Change)) -> rusqlite::Result<()> {
    for which in Which::ALL.iter().copied() {
        let (mut ids, is_first) = (HashSet::new(), memory.has_none(which));
        callers::each(store, which, |caller| {
            // At the start there is nothing to drop, and there may be a million of them.
            if !is_first {
                ids.insert(Arc::clone(&caller.id));
            }
            memory.put_caller(caller);
        })?;
        if !is_first {
            memory.keep_callers(which, |id| ids.contains(id));
        }
    }
    let mut certificates = HashSet::new();
    for record in certificates::all(store)? {
        certificates.insert((Arc::clone(&record.issuer), record.serial.clone()));
        on_change(&Change::Certificate(memory.put_certificate(record)));
    }
    memory.keep_certificates(|issuer, serial| certificates.contains(&(Arc::clone(issuer), serial.clone())));
    let mut tokens = HashSet::new();
    for (issuer, jti, until) in tokens::all(store)? {
        memory.put_revoked_token(&issuer, &jti, until);
        tokens.insert((issuer, jti));
    }
    memory.keep_revoked_tokens(|issuer, jti| tokens.contains(&(issuer.to_owned(), jti.to_owned())));
    on_change(&signing_key_change(store, memory)?);
    Ok(())
}

fn changes_since(store: &Connection, memory: &Memory, seq: i64) -> rusqlite::Result<Vec<Change>> {
    let mut select = store.prepare_cached("SELECT DISTINCT kind, first, second FROM changes WHERE seq > ?1")?;
    let mut rows = select.query([seq])?;
    let (mut changes, mut signing_keys) = (Vec::new(), false);
    while let Some(row) = rows.next()? {
        let kind: String = row.get(0)?;
        match kind.as_str() {
            "certificate" => {
                let (issuer, serial): (Vec<u8>, Vec<u8>) = (row.get(1)?, row.get(2)?);
                let record = certificates::read(store, &issuer, &serial)?;
                changes.extend(record.map(|record| Change::Certificate(memory.put_certificate(record))));
            }
            "token" => changes.extend(token_change(store, memory, &row.get::<_, String>(1)?, &row.get::<_, String>(2)?)?),
            // They are few and belong together: read once, whichever of them changed.
            "signing_key" => signing_keys = true,
            which => changes.extend(caller_change(store, memory, which, &row.get::<_, String>(1)?)?),
        }
    }
    if signing_keys {
        changes.push(signing_key_change(store, memory)?);
    }
    Ok(changes)
}

fn signing_key_change(store: &Connection, memory: &Memory) -> rusqlite::Result<Change> {
    Ok(Change::SigningKeys(memory.put_signing_keys(signing_keys::all(store)?)))
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
