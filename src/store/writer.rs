//! The few things that a request must leave behind for good: written by one thread, on a connection of its own.
//!
//! Whoever waits for an answer knows that the change is on disk, that no other file has taken the database's place meanwhile,
//! and that this process honours it already. Jobs that wait together share one transaction, and so one sync.

mod job;
mod pen;

use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime},
};

use tokio::{sync::oneshot, time::timeout};

use self::{
    job::{Job, Waiting},
    pen::Pen,
};
use super::{Memory, usage::Ledger};
use crate::{
    chain::Head,
    clock::Steady,
    deed::{Source, Who},
    exit::Failure,
};

/// More jobs than this, and the next one is turned away.
const QUEUE: usize = 1024;
/// How many jobs share a transaction at most.
const TOGETHER: usize = 256;
/// How long one waits for the disk, or for another process that writes.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often usage is written down: so much of it is lost when the process is killed.
const BOOK: Duration = Duration::from_secs(1);
/// How often the clock is looked at, and what has ended long ago is forgotten.
const SWEEP: Duration = Duration::from_secs(60);

/// The change was not kept, as far as anybody can tell: the database is lost, or too much waits for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost(pub String);

/// Something that works once: the `jti` of a client's assertion (RFC 7523 §3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// The client that signed it.
    pub client: Arc<str>,
    /// Its name.
    pub jti: String,
    /// When it ends by itself.
    pub until: SystemTime,
}

/// Who asks for a change over the network, and from where.
#[derive(Debug, Clone)]
pub struct By {
    /// Who.
    pub who: Who,
    /// From where.
    pub source: Source,
}

/// The end of the chain that this process writes, and its name.
pub(super) type Anchor = (Arc<str>, Head);

/// The way to the writing thread.
#[derive(Debug)]
pub struct Writer {
    jobs: SyncSender<Waiting>,
    anchor: Arc<Mutex<Option<Anchor>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Opens the database that `memory` follows, and starts the thread. It writes what `ledger` counts every second.
    ///
    /// # Errors
    /// Exit 3 when there is no database, or no thread.
    pub fn start(state: &Path, memory: &Arc<Memory>, ledger: &Arc<Ledger>) -> Result<Self, Failure> {
        let (memory, ledger) = (Arc::clone(memory), Arc::clone(ledger));
        let anchor = Arc::default();
        let pen = Pen::open(state, memory, Arc::clone(&ledger), Arc::clone(&anchor))?;
        let (jobs, waiting) = sync_channel(QUEUE);
        let thread = thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || write_all(pen, &waiting, &ledger))
            .map_err(|error| Failure::environment(format!("no thread for the store's writer: {error}")))?;
        Ok(Self { jobs, anchor, thread: Mutex::new(Some(thread)) })
    }

    /// Puts a token of this server on the denylist. When this returns, this server refuses it already.
    ///
    /// # Errors
    /// [`Lost`]: the token may still count.
    pub async fn revoke(&self, jti: &str, until: SystemTime, by: By) -> Result<(), Lost> {
        self.done(Job::Revoke { jti: jti.into(), until, by: Box::new(by) }).await.map(drop)
    }

    /// Keeps the end of the chain that this process writes: within a second, and before this ends.
    pub fn anchor(&self, writer: &Arc<str>, head: Head) {
        *self.anchor.lock().unwrap_or_else(PoisonError::into_inner) = Some((Arc::clone(writer), head));
    }

    /// Whether this is the first use ever, of all servers on this state: then it is used up, for good.
    ///
    /// # Errors
    /// [`Lost`]: nobody can say, so it must not count.
    pub async fn use_once(&self, once: Once) -> Result<bool, Lost> {
        self.done(Job::UseOnce(once)).await
    }

    /// Writes what waits, usage among it, and ends the thread: for at most so long as one job may take.
    pub fn finish(&self) {
        let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let _ = self.jobs.try_send(Waiting { job: Job::Stop, told: oneshot::channel().0 });
        let until = Instant::now() + PATIENCE;
        while !thread.is_finished() && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
    }

    async fn done(&self, job: Job) -> Result<bool, Lost> {
        let (told, answer) = oneshot::channel();
        self.jobs.try_send(Waiting { job, told }).map_err(|error| match error {
            TrySendError::Full(_) => Lost("too many changes wait for the database".into()),
            TrySendError::Disconnected(_) => Lost("the thread that writes has ended".into()),
        })?;
        match timeout(PATIENCE, answer).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(Lost("the thread that writes has ended".into())),
            Err(_) => Err(Lost("the database took too long".into())),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.finish();
    }
}

fn write_all(mut pen: Pen, waiting: &Receiver<Waiting>, ledger: &Ledger) {
    let (mut kept, mut swept, mut steady) = (Instant::now(), Instant::now(), Steady::watch());
    loop {
        let mut stop = false;
        match waiting.recv_timeout(BOOK.saturating_sub(kept.elapsed())) {
            Ok(first) => {
                let batch = std::iter::once(first).chain(waiting.try_iter().take(TOGETHER - 1)).collect::<Vec<_>>();
                stop = batch.iter().any(|one| matches!(one.job, Job::Stop));
                pen.write(batch);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => stop = true,
        }
        if stop || kept.elapsed() >= BOOK {
            kept = Instant::now();
            pen.keep_book();
            pen.keep_trail();
        }
        if stop {
            return;
        }
        if swept.elapsed() >= SWEEP {
            swept = Instant::now();
            if steady.is_proven() {
                ledger.believe_clock();
                pen.sweep();
            }
        }
    }
}

#[cfg(test)]
mod tests;
