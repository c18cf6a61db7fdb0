//! How full somebody's bucket is. governor decides (GCRA), over a state that lies wherever its owner keeps it.
//!
//! A level is the moment at which its bucket is full again, on a count that belongs to nobody's plan. So a caller that is moved to
//! another plan, or whose plan is replaced while the server runs, goes on from the same level: what it spent of late counts, and
//! never as more than an empty bucket.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use governor::{
    RateLimiter,
    clock::Clock,
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{NotKeyed, StateStore},
};

use super::bucket::{Bucket, Reading};

/// The machine's monotonic count: setting the time of day neither frees nor locks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Uptime(Instant);

impl Uptime {
    /// Counts from now on.
    pub(super) fn begin() -> Self {
        Self(Instant::now())
    }

    /// How far it has counted.
    pub(super) fn now(self) -> Moment {
        Moment(u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }
}

/// Nanoseconds of an [`Uptime`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(pub(super) u64);

/// The moment at which a bucket is full again. The first one is full.
#[derive(Debug, Default)]
pub(super) struct Level(AtomicU64);

/// One request was taken out of a level.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    before: u64,
    after: u64,
}

impl Level {
    /// Takes one request out.
    ///
    /// # Errors
    /// The time after which there is one.
    pub(super) fn take(&self, bucket: Bucket, now: Moment) -> Result<Taken, Duration> {
        let taken = Cell::new(Taken { before: 0, after: 0 });
        let state = Since { now, level: &self.0, most: bucket.window().into(), taken: &taken };
        let limiter = RateLimiter::<_, _, _, NoOpMiddleware<Nanos>>::new(bucket.quota(), state, Still);
        limiter.check().map_err(|not_until| not_until.wait_time_from(Still.now()))?;
        Ok(taken.get())
    }

    /// Puts back what was taken, if nobody has come in between: the level is as if it had never been taken, or stays as it is, and
    /// nobody gets more than the bucket holds.
    pub(super) fn give_back(&self, taken: Taken) {
        let _ = self.0.compare_exchange(taken.after, taken.before, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// What is in the bucket. When nothing is left, [`Self::take`] would say the same time.
    pub(super) fn read(&self, bucket: Bucket, now: Moment) -> Reading {
        bucket.reading(self.0.load(Ordering::Relaxed).saturating_sub(now.0))
    }

    /// Whether it is as good as new.
    pub(super) fn is_full(&self, now: Moment) -> bool {
        self.0.load(Ordering::Relaxed) <= now.0
    }
}

impl Taken {
    /// What was in the bucket after it.
    pub(super) fn left(self, bucket: Bucket, now: Moment) -> Reading {
        bucket.reading(self.after.saturating_sub(now.0))
    }
}

/// governor counts from the start of a limiter. A limiter is made for one question, so its start is now, and its clock stands still.
#[derive(Debug)]
struct Still;

impl Clock for Still {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(0)
    }
}

/// A level as governor sees it: how long from now until it is full.
struct Since<'l> {
    now: Moment,
    level: &'l AtomicU64,
    /// An empty bucket is not emptier, whatever the plan was that emptied it.
    most: Nanos,
    taken: &'l Cell<Taken>,
}

impl StateStore for Since<'_> {
    type Key = NotKeyed;

    fn measure_and_replace<T, F, E>(&self, _: &NotKeyed, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut before = self.level.load(Ordering::Relaxed);
        loop {
            let until_full = Nanos::new(before.saturating_sub(self.now.0)).min(self.most);
            let (outcome, fills) = decide(Some(until_full))?;
            let after = self.now.0.saturating_add(fills.as_u64());
            match self.level.compare_exchange_weak(before, after, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => {
                    self.taken.set(Taken { before, after });
                    return Ok(outcome);
                }
                Err(other) => before = other,
            }
        }
    }
}

#[cfg(test)]
mod tests;
