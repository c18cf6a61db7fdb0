//! One token bucket: governor decides (GCRA), over a level that lies wherever its owner keeps it.
//!
//! A level is the moment at which its bucket is full again, on a count that belongs to nobody's plan. So a caller that is moved to
//! another plan, or whose plan is replaced while the server runs, goes on from the same level: what it spent of late counts, and
//! never as more than an empty bucket.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use governor::{
    RateLimiter,
    clock::Clock,
    middleware::StateInformationMiddleware,
    nanos::Nanos,
    state::{NotKeyed, StateStore},
};

/// The size of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Requests per second, in the long run.
    pub rate: NonZeroU32,
    /// Requests at once after a pause.
    pub burst: NonZeroU32,
}

impl Bucket {
    /// The time in which an empty bucket fills.
    pub fn window(self) -> Duration {
        self.quota().burst_size_replenished_in()
    }

    fn quota(self) -> governor::Quota {
        governor::Quota::per_second(self.rate).allow_burst(self.burst)
    }
}

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
pub(super) struct Moment(u64);

#[cfg(test)]
impl Moment {
    pub(super) fn seconds(self) -> usize {
        usize::try_from(self.0 / 1_000_000_000).unwrap()
    }
}

/// How full somebody's bucket is: the moment at which it is full again. The first one is full.
#[derive(Debug, Default)]
pub(super) struct Level(AtomicU64);

impl Level {
    /// Takes one out: how many are left, or the time after which there is one.
    pub(super) fn take(&self, bucket: Bucket, now: Moment) -> Result<u32, Duration> {
        let quota = bucket.quota();
        let state = Since { now, full_at: &self.0, most: quota.burst_size_replenished_in().into() };
        let limiter = RateLimiter::<_, _, _, StateInformationMiddleware>::new(quota, state, Still);
        match limiter.check() {
            Ok(left) => Ok(left.remaining_burst_capacity()),
            Err(not_until) => Err(not_until.wait_time_from(Still.now())),
        }
    }

    /// Whether it is as good as new.
    pub(super) fn is_full(&self, now: Moment) -> bool {
        self.0.load(Ordering::Relaxed) <= now.0
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
    full_at: &'l AtomicU64,
    /// An empty bucket is not emptier, whatever the plan was that emptied it.
    most: Nanos,
}

impl StateStore for Since<'_> {
    type Key = NotKeyed;

    fn measure_and_replace<T, F, E>(&self, _: &NotKeyed, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut full_at = self.full_at.load(Ordering::Relaxed);
        loop {
            let (outcome, fills) = decide(Some(Nanos::new(full_at.saturating_sub(self.now.0)).min(self.most)))?;
            let next = self.now.0.saturating_add(fills.as_u64());
            match self.full_at.compare_exchange_weak(full_at, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Ok(outcome),
                Err(other) => full_at = other,
            }
        }
    }
}
