//! The writing thread's own connection, and its care that it still writes into the database that everybody reads.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use rusqlite::{Connection, params};

use super::{Lost, Uses, job::Waiting};
use crate::{
    clock,
    exit::Failure,
    store::{Memory, Store, column::stamp, failed, path_in, place::FileId, tokens},
};

/// How long a used assertion is remembered after its end: the clock may be set back by a day, and then it would be new again.
const KEPT: Duration = Duration::from_secs(25 * 60 * 60);

/// A connection that is opened again when another file takes the database's name.
pub(super) struct Pen {
    state: PathBuf,
    memory: Arc<Memory>,
    open: Option<(Store, FileId)>,
}

impl Pen {
    pub(super) fn open(state: &Path, memory: Arc<Memory>) -> Result<Self, Failure> {
        let mut pen = Self { state: state.into(), memory, open: None };
        pen.store()?;
        Ok(pen)
    }

    /// All jobs in one transaction; each waiting one is told what became of its own.
    pub(super) fn write(&mut self, batch: Vec<Waiting>) {
        let memory = Arc::clone(&self.memory);
        let mut turn = None;
        let written = self.commit(|store| {
            // Taken only now that nobody else writes: the feed must not wait for another process's transaction.
            turn = Some(memory.turn());
            batch.iter().map(|one| one.job.write(store)).collect::<Result<Vec<_>, _>>()
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

    /// Writes last uses; gives them back when that fails. With `forget`, which is for who has seen that the clock is right, forgets
    /// assertions and revocations of tokens that nobody can use any more.
    pub(super) fn tidy(&mut self, uses: Uses, forget: bool) -> Result<(), Uses> {
        let horizon = clock::now().checked_sub(KEPT).unwrap_or(SystemTime::UNIX_EPOCH);
        let tidied = self.commit(|store| {
            if forget {
                store.prepare_cached("DELETE FROM assertions WHERE until < ?1")?.execute([stamp(horizon)])?;
                tokens::sweep(store)?;
            }
            let sql = "INSERT INTO uses (which, id, digest, last)
                       SELECT which, id, digest, ?4 FROM secrets WHERE which = ?1 AND id = ?2 AND digest = ?3
                       ON CONFLICT (which, id, digest) DO UPDATE SET last = max(last, excluded.last)";
            let mut insert = store.prepare_cached(sql)?;
            uses.iter().try_for_each(|((which, id, digest), at)| {
                insert.execute(params![which.as_str(), &**id, digest, stamp(*at)]).map(drop)
            })
        });
        tidied.map_err(|error| {
            tracing::warn!(%error, "last uses could not be written down; they are kept until the next time");
            uses
        })
    }

    /// Runs `change` as one transaction of the database that has the name before and after.
    fn commit<T>(&mut self, change: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Failure> {
        let path = path_in(&self.state);
        let (store, file) = self.store()?;
        let file = *file;
        let done = store.transact(|transaction| change(transaction).map_err(|error| failed(&error)))?;
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
