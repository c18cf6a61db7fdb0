//! How long something took, counted in fixed buckets: as much memory after a billion times as after none.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// The upper ends of the buckets, in nanoseconds: from a look-up in memory to a disk that hangs.
const ENDS: [u64; 22] = [
    1_000,
    2_000,
    5_000,
    10_000,
    20_000,
    50_000,
    100_000,
    200_000,
    500_000,
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    20_000_000,
    50_000_000,
    100_000_000,
    200_000_000,
    500_000_000,
    1_000_000_000,
    2_000_000_000,
    5_000_000_000,
    10_000_000_000,
];

/// Durations by bucket. Counting one is two additions, without a lock.
#[derive(Debug, Default)]
pub struct Histogram {
    /// The last one is for what took longer than all ends.
    buckets: [AtomicU64; ENDS.len() + 1],
    /// Nanoseconds: enough for centuries.
    sum: AtomicU64,
}

impl Histogram {
    /// Counts one. What took exactly as long as a bucket's end is in that bucket.
    pub fn count(&self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        // Looks at every end: a search would have to guess its way, and mostly guesses wrong.
        let at = ENDS.iter().filter(|end| **end < nanos).count();
        self.buckets[at].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(nanos, Ordering::Relaxed);
    }

    /// For each bucket its upper end, `None` for the last, and how many took no longer than that.
    pub fn cumulated(&self) -> impl Iterator<Item = (Option<Duration>, u64)> {
        let ends = ENDS.iter().map(|end| Some(Duration::from_nanos(*end))).chain([None]);
        ends.zip(&self.buckets).scan(0, |so_far, (end, bucket)| {
            *so_far += bucket.load(Ordering::Relaxed);
            Some((end, *so_far))
        })
    }

    /// All of them together.
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_duration_is_in_the_first_bucket_that_is_long_enough() {
        let at_most = |took: Duration| {
            let histogram = Histogram::default();
            histogram.count(took);
            histogram.cumulated().find(|(_, count)| *count == 1).unwrap().0
        };
        let (micros, seconds) = (Duration::from_micros, Duration::from_secs);
        assert_eq!(at_most(Duration::ZERO), Some(micros(1)));
        assert_eq!(at_most(micros(1)), Some(micros(1)));
        assert_eq!(at_most(Duration::from_nanos(1_001)), Some(micros(2)));
        assert_eq!(at_most(seconds(10)), Some(seconds(10)));
        assert_eq!(at_most(Duration::from_nanos(10_000_000_001)), None);
        assert_eq!(at_most(Duration::MAX), None);
    }

    #[test]
    fn the_buckets_add_up() {
        let histogram = Histogram::default();
        for micros in [1, 3, 3, 7, 20_000_000] {
            histogram.count(Duration::from_micros(micros));
        }
        let counts: Vec<u64> = histogram.cumulated().map(|(_, count)| count).collect();
        assert_eq!((counts[..4].to_vec(), counts.last()), (vec![1, 1, 3, 4], Some(&5)));
        assert_eq!(histogram.sum(), Duration::from_micros(20_000_014));
    }

    #[test]
    fn a_million_durations_that_nobody_reads_need_no_memory() {
        let histogram = Histogram::default();
        (0..1_000_000).for_each(|nanos| histogram.count(Duration::from_nanos(nanos)));
        // Nothing in it points anywhere else, so this is all that there is.
        assert_eq!(size_of_val(&histogram), (ENDS.len() + 2) * 8);
        assert_eq!(histogram.cumulated().last(), Some((None, 1_000_000)));
    }

    #[test]
    fn the_ends_rise() {
        assert!(ENDS.is_sorted());
    }
}
