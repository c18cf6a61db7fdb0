//! The size of a token bucket, and what its level says.

use std::{num::NonZeroU32, time::Duration};

/// The size of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Requests per second, in the long run.
    pub rate: NonZeroU32,
    /// Requests at once after a pause.
    pub burst: NonZeroU32,
}

/// One a nanosecond, the grain of every level.
const FASTEST: NonZeroU32 = NonZeroU32::new(1_000_000_000).unwrap();

/// What is in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    /// Requests that would pass now.
    pub(super) left: u32,
    /// The time after which one more would; nothing when it is full.
    pub(super) next: Duration,
}

impl Bucket {
    /// The time in which an empty bucket fills.
    pub(super) fn window(self) -> Duration {
        self.quota().burst_size_replenished_in()
    }

    /// What is in it when it takes so many nanoseconds to be full.
    pub(super) fn reading(self, until_full: u64) -> Reading {
        let every = nanos(self.quota().replenish_interval());
        let until_full = until_full.min(nanos(self.window()));
        let missing = until_full.div_ceil(every);
        let left = u64::from(self.burst.get()).saturating_sub(missing);
        let next = until_full - missing.saturating_sub(1) * every;
        Reading { left: u32::try_from(left).unwrap_or(u32::MAX), next: Duration::from_nanos(next) }
    }

    pub(super) fn quota(self) -> governor::Quota {
        governor::Quota::per_second(self.rate.min(FASTEST)).allow_burst(self.burst)
    }
}

/// A bucket's times are below 137 years.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
