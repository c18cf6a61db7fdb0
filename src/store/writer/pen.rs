//! The writing thread's own connection, and its care that it still writes into the database that everybody reads.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use rusqlite::Connection;

use super::{Anchor, Lost, job::Waiting};
use crate::{
    clock, deed,
    exit::Failure,
    store::{
        Memory, Store,
        column::stamp,
        failed, path_in,
        place::FileId,
        tokens, trail,
        usage::{self, Entry, Ledger},
        uses::Uses,
    },
};

/// How long a used assertion is remembered after its end: the clock may be set back by a day, and then it would be new again.
const KEPT: Duration = Duration::from_secs(25 * 60 * 60);

/// So many callers and so many last uses are written in one transaction.
pub(super) const AT_ONCE: usize = 4096;

/// A connection that is opened again when another file takes the database's name.
pub(super) struct Pen {
    state: PathBuf,
    memory: Arc<Memory>,
    ledger: Arc<Ledger>,
    /// Last uses that are not written.
    uses: Uses,
    anchor: Arc<Mutex<Option<Anchor>>>,
    /// Whether the audit log could be written, when it last was to be.
    is_well: bool,
    open: Option<(Store, FileId)>,
}

impl Pen {
    pub(super) fn open(
        state: &Path,
        memory: Arc<Memory>,
        ledger: Arc<Ledger>,
        anchor: Arc<Mutex<Option<Anchor>>>,
    ) -> Result<Self, Failure> {
        let mut pen = Self { state: state.into(), memory, ledger, uses: Uses::default(), anchor, is_well: true, open: None };
        pen.store()?;
        Ok(pen)
    }

    /// All jobs in one transaction; each waiting one is told what became of its own.
    pub(super) fn write(&mut self, batch: Vec<Waiting>) {
        let memory = Arc::clone(&self.memory);
        let mut turn = None;
        let written = self.commit_telling(|store| {
            // Taken only now that nobody else writes: the feed must not wait for another process's transaction.
            turn = Some(memory.turn());
            let outcomes = batch.iter().map(|one| one.job.write(store)).collect::<Result<Vec<_>, _>>()?;
            let changed = batch.iter().zip(&outcomes).filter(|(_, changed)| **changed);
            let entries = changed.filter_map(|(one, _)| one.job.entry()).collect();
            Ok((outcomes, entries))
        });
        match written {
            Ok(outcomes) => {
                for one in &batch {
                    one.job.arrive(&memory);
                }
                drop(turn);
                for (one, outcome) in batch.into_iter().zip(outcomes) {
                    let _ = one.told.send(Ok(outcome));
                }
                // Only now: it is kept, and nobody need wait for a second file.
                self.write_trail();
            }
            Err(error) => {
                tracing::error!(%error, "the store does not take what requests leave behind; they are refused");
                let lost = Lost(error.to_string());
                for one in batch {
                    let _ = one.told.send(Err(lost.clone()));
                }
            }
        }
    }

    /// Writes what callers were served and when they last proved themselves, and takes over what others wrote. What cannot be
    /// written is kept until the next time.
    pub(super) fn keep_book(&mut self) {
        let mut uses = std::mem::take(&mut self.uses);
        self.memory.each_used(|used| uses.add(used));
        let mut entries = self.ledger.take();
        // In turns, for as long as one takes nobody else can write.
        while !entries.is_empty() || !uses.is_empty() {
            let (later_uses, later_entries) = (uses.split_off(AT_ONCE), entries.split_off(entries.len().min(AT_ONCE)));
            if let Err(error) = self.keep(&uses, &entries) {
                tracing::warn!(%error, "usage could not be written down; it is kept until the next time");
                uses.append(later_uses);
                self.uses = uses;
                self.ledger.put_back(entries);
                return self.ledger.put_back(later_entries);
            }
            (uses, entries) = (later_uses, later_entries);
        }
    }

    fn keep(&mut self, uses: &Uses, entries: &[Entry]) -> Result<(), Failure> {
        let standings = self.commit(|store| {
            uses.write(store)?;
            entries.iter().map(|entry| entry.write(store)).collect::<Result<Vec<_>, _>>()
        })?;
        for (entry, standing) in entries.iter().zip(standings) {
            if let Some(standing) = standing {
                self.ledger.learn(entry, standing);
            }
        }
        Ok(())
    }

    /// Forgets assertions and revocations of tokens that nobody can use any more, and days that are past keeping. For who has seen
    /// that the clock is right.
    pub(super) fn sweep(&mut self) {
        let horizon = clock::now().checked_sub(KEPT).unwrap_or(SystemTime::UNIX_EPOCH);
        let swept = self.commit(|store| {
            store.prepare_cached("DELETE FROM assertions WHERE until < ?1")?.execute([stamp(horizon)])?;
            tokens::sweep(store)?;
            usage::sweep(store, clock::now())
        });
        if let Err(error) = swept {
            tracing::warn!(%error, "what is past keeping could not be forgotten; it is tried again");
        }
    }

    /// Anchors this process's own chain, and writes what lines others could not write.
    pub(super) fn keep_trail(&mut self) {
        let taken = self.anchor.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((writer, head)) = taken
            && let Err(error) = self.commit(|store| trail::anchor(store, &writer, &head))
        {
            tracing::warn!(%error, "the end of the audit log could not be kept; it is tried again");
            self.anchor.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert((writer, head));
        }
        self.write_trail();
    }

    fn write_trail(&mut self) {
        // A database that is gone is told by who needs it.
        let Some((store, _)) = &self.open else { return };
        let written = store.write_trail();
        if let Err(failure) = &written
            && self.is_well
        {
            tracing::error!(%failure, "the audit log of changes cannot be written");
        }
        self.is_well = written.is_ok();
    }

    /// Runs `change` as one transaction of the database that has the name before and after.
    fn commit<T>(&mut self, change: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Failure> {
        self.commit_telling(|store| change(store).map(|done| (done, Vec::new())))
    }

    /// The same, with the lines of the audit log that tell of it.
    fn commit_telling<T>(
        &mut self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<(T, Vec<deed::Entry>)>,
    ) -> Result<T, Failure> {
        let (path, memory) = (path_in(&self.state), Arc::clone(&self.memory));
        let (store, file) = self.store()?;
        let file = *file;
        let began = Instant::now();
        let done = store.transact_for(|transaction| change(transaction).map_err(|error| failed(&error)))?;
        memory.took_to_write(began.elapsed());
        // What went into a file that lost its name is gone with it.
        if FileId::of(&path).ok() == Some(file) { Ok(done) } else { Err(Failure::environment("the database was replaced")) }
    }

    /// The open database. An open one outlives its name, so the name is asked each time.
    fn store(&mut self) -> Result<&mut (Store, FileId), Failure> {
        let gone = |error| Failure::environment(format!("the database is gone: {error}"));
        let file = FileId::of(&path_in(&self.state)).map_err(gone)?;
        let open = self.open.take().filter(|(_, opened)| *opened == file);
        let open = open.map_or_else(|| Store::open_existing(&self.state).map(|store| (store, file)), Ok)?;
        Ok(self.open.insert(open))
    }
}
