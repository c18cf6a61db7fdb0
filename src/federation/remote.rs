//! One issuer whose keys are fetched: in time, and once more when a token names a key that is not there.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep_until, timeout},
};

use super::{Endpoint, Schedule, budget::Budget, file::tell};
use crate::authn::{
    Waiting,
    jwt::{KeySet, LiveKeys, Refetch},
};

/// From the beginning of one fetch to that of the next, whoever asks: a part of what a request waits, so that one which came
/// too late for a fetch still gets the next.
const SPACING: Duration = Duration::from_millis(250);
/// How long a request waits.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a fetch may take while a request waits for it, from connecting to the last octet, unless the one before failed.
const WHILE_WAITED_FOR: Duration = Duration::from_secs(1);
/// How long it may take otherwise.
const IN_BACKGROUND: Duration = Duration::from_secs(5);
/// After a fetch that failed, the next one is tried so much later.
const RETRY: Duration = Duration::from_secs(5);

/// One issuer, its keys, and who waits for them.
#[derive(Debug)]
pub(super) struct Remote {
    issuer: Arc<str>,
    endpoint: Endpoint,
    schedule: Schedule,
    keys: LiveKeys,
    progress: Mutex<Progress>,
    /// Told when a fetch becomes due.
    asked: Notify,
    /// The number of the last fetch that has ended.
    ended: watch::Sender<u64>,
    budget: Budget,
}

/// Never locked across an await.
#[derive(Debug, Default)]
struct Progress {
    /// The number of the last fetch that has begun.
    begun: u64,
    /// Whether somebody asked for another one since.
    due: bool,
    /// When the keys were fetched; `None` when there are none.
    fetched: Option<Instant>,
    /// What was fetched then.
    text: Vec<u8>,
    /// Why the last fetch failed, if it did.
    fault: Option<String>,
}

impl Remote {
    /// Without keys as yet.
    pub(super) fn new(issuer: &str, endpoint: Endpoint, schedule: Schedule) -> (Self, LiveKeys) {
        let keys = LiveKeys::new(KeySet::lost());
        let remote = Self {
            issuer: issuer.into(),
            endpoint,
            schedule,
            keys: keys.clone(),
            progress: Mutex::default(),
            asked: Notify::new(),
            ended: watch::Sender::new(0),
            budget: Budget::new(),
        };
        (remote, keys)
    }

    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Seconds since the keys were fetched; infinite when there are none.
    pub(super) fn age(&self) -> f64 {
        self.progress().fetched.map_or(f64::INFINITY, |at| at.elapsed().as_secs_f64())
    }

    /// How long ago they were fetched, and for how long they count yet; `None` when there are none.
    pub(super) fn life(&self) -> Option<(Duration, Duration)> {
        let since = self.progress().fetched?.elapsed();
        Some((since, self.schedule.keep.saturating_sub(since)))
    }

    /// Fetches and forgets, for ever. One task, so that neither is in the other's way, and so that a request which goes away
    /// takes no fetch along.
    pub(super) async fn run(&self) {
        tokio::join!(self.fetch_again_and_again(), self.forget_in_time());
    }

    /// Fetches once, with the patience of the background.
    pub(super) async fn fetch_once(&self) -> Result<(), String> {
        let fetched = self.endpoint.fetch(IN_BACKGROUND).await;
        self.take(fetched)
    }

    async fn fetch_again_and_again(&self) {
        let mut next = Instant::now();
        loop {
            while Instant::now() < next && !self.progress().due {
                tokio::select! {
                    () = sleep_until(next) => {}
                    () = self.asked.notified() => {}
                }
            }
            let (number, waited_for) = self.begin();
            let began = Instant::now();
            let fetched = Box::pin(self.fetch(waited_for)).await;
            let again = if self.take(fetched).is_ok() { self.schedule.refresh } else { RETRY.min(self.schedule.refresh) };
            self.ended.send_replace(number);
            next = Instant::now() + again;
            sleep_until(began + SPACING).await;
        }
    }

    /// A fetch in the background has time, until somebody waits for the one after it. One after a failure has it in any case:
    /// or who keeps asking, for whatever key, would keep the keys of a slow issuer away.
    async fn fetch(&self, waited_for: bool) -> Result<bytes::Bytes, String> {
        if self.progress().fault.is_some() {
            return self.endpoint.fetch(IN_BACKGROUND).await;
        }
        if waited_for {
            return self.endpoint.fetch(WHILE_WAITED_FOR).await;
        }
        let mut fetch = std::pin::pin!(self.endpoint.fetch(IN_BACKGROUND));
        tokio::select! {
            fetched = &mut fetch => return fetched,
            () = self.asked.notified() => {}
        }
        // The word that was taken here is said again, for the next round.
        self.asked.notify_one();
        let late = || Err(format!("no whole answer within {WHILE_WAITED_FOR:?}, while a request waited"));
        timeout(WHILE_WAITED_FOR, fetch).await.unwrap_or_else(|_| late())
    }

    /// Keys that were fetched too long ago count no more.
    async fn forget_in_time(&self) {
        let mut ended = self.ended.subscribe();
        loop {
            let end = self.progress().fetched.map(|at| at + self.schedule.keep);
            match end {
                Some(end) if end <= Instant::now() => self.forget(),
                Some(end) => {
                    tokio::select! {
                        () = sleep_until(end) => {}
                        _ = ended.changed() => {}
                    }
                }
                None => drop(ended.changed().await),
            }
        }
    }

    fn forget(&self) {
        self.keys.replace(KeySet::lost());
        let mut progress = self.progress();
        (progress.fetched, progress.text) = (None, Vec::new());
        tracing::error!(issuer = %self.issuer, "the keys of an issuer are too old; its tokens are refused until it can be reached");
    }

    /// The number of the fetch that begins now, and whether somebody waits for it.
    fn begin(&self) -> (u64, bool) {
        let mut progress = self.progress();
        progress.begun += 1;
        (progress.begun, std::mem::take(&mut progress.due))
    }

    /// Keys that are good replace the old ones; anything else changes nothing.
    fn take(&self, fetched: Result<bytes::Bytes, String>) -> Result<(), String> {
        let taken = fetched.and_then(|text| self.take_text(&text));
        let mut progress = self.progress();
        let fault = taken.as_ref().err().cloned();
        if progress.fault != fault {
            if let Some(why) = &fault {
                tracing::warn!(issuer = %self.issuer, why, "the keys of an issuer cannot be fetched; it is tried again");
            } else {
                tracing::info!(issuer = %self.issuer, "the keys of an issuer can be fetched again");
            }
            progress.fault = fault;
        }
        taken
    }

    fn take_text(&self, text: &[u8]) -> Result<(), String> {
        // The same text leaves the same set in force, with all that was verified by it.
        if self.progress().text != text {
            let published = KeySet::published(text)?;
            tell(&self.issuer, &published);
            self.keys.replace(published.keys);
        }
        let mut progress = self.progress();
        (progress.fetched, progress.text) = (Some(Instant::now()), text.to_vec());
        Ok(())
    }

    async fn look_for(&self, kid: &str, from: IpAddr) {
        let mut ended = self.ended.subscribe();
        let there = || self.keys.now().find(kid).is_some();
        // One that is under way may bring it, and costs nobody anything. Its task outlives all who wait, so no wait fails.
        let arrived = self.progress().begun;
        let _ = ended.wait_for(|number| *number >= arrived).await.is_ok();
        if there() {
            return;
        }
        if let Some(next) = self.ask(arrived, from) {
            let _ = ended.wait_for(|number| *number >= next || there()).await.is_ok();
        }
    }

    /// The first fetch that begins after the one of this number: one that has begun since, one that somebody asked for already,
    /// or one that this address may still ask for.
    fn ask(&self, arrived: u64, from: IpAddr) -> Option<u64> {
        let mut progress = self.progress();
        if progress.begun == arrived && !progress.due {
            if !self.budget.spend(from) {
                return None;
            }
            progress.due = true;
            self.asked.notify_one();
        }
        Some(arrived + 1)
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Refetch for Remote {
    fn refetch(self: Arc<Self>, kid: String, from: IpAddr) -> Waiting {
        Box::pin(async move {
            // Patience at its end is no reason to say anything: the decision comes next.
            let _ = timeout(PATIENCE, self.look_for(&kid, from)).await.is_ok();
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remote() -> Remote {
        let ca = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap().cert.pem().into_bytes();
        let endpoint = Endpoint::new("https://localhost:1/jwks", Some(ca)).unwrap();
        let hour = Duration::from_secs(3600);
        Remote::new("https://issuer.example", endpoint, Schedule { refresh: hour, keep: hour }).0
    }

    #[test]
    fn who_comes_while_a_fetch_begins_joins_it_and_pays_nothing() {
        let (remote, here) = (remote(), IpAddr::from([192, 0, 2, 1]));
        assert_eq!((remote.ask(0, here), remote.ask(0, here)), (Some(1), Some(1)), "one fetch for both");
        assert_eq!(remote.begin(), (1, true));
        // Looked before it began, and asks after.
        assert_eq!(remote.ask(0, here), Some(1));
        assert_eq!(remote.begin(), (2, false), "nobody has asked for another one");
        assert_eq!(remote.ask(2, here), Some(3), "the second of two at once");
        assert_eq!(remote.begin(), (3, true));
        assert_eq!(remote.ask(3, here), None, "the budget is spent");
        assert_eq!(remote.ask(2, here), Some(3), "what has begun is free");
    }
}
