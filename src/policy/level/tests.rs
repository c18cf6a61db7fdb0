//! governor over our levels, against a model in whole numbers; and what is read of a level, against what governor does.

use std::num::NonZeroU32;

use proptest::prelude::*;

use super::*;

/// A token bucket as a textbook has it, counted in nanoseconds' worth of tokens.
struct Model {
    every: u128,
    most: u128,
    filled: u128,
    at: u128,
}

impl Model {
    fn new(bucket: Bucket) -> Self {
        let every = (1_000_000_000 / u128::from(bucket.rate.get())).max(1);
        let most = every * u128::from(bucket.burst.get());
        Self { every, most, filled: most, at: 0 }
    }

    fn take(&mut self, now: u128) -> Result<u128, u128> {
        self.filled = (self.filled + now - self.at).min(self.most);
        self.at = now;
        if self.filled < self.every {
            return Err(self.every - self.filled);
        }
        self.filled -= self.every;
        Ok(self.filled / self.every)
    }
}

fn sizes() -> impl Strategy<Value = NonZeroU32> {
    let any = prop_oneof![1..=5u32, 1..=2000u32, any::<u32>()];
    any.prop_map(|size| NonZeroU32::new(size).unwrap_or(NonZeroU32::MIN))
}

fn buckets() -> impl Strategy<Value = Bucket> {
    (sizes(), sizes()).prop_map(|(rate, burst)| Bucket { rate, burst })
}

/// Pauses from nothing to an hour, many of them about as long as it takes for one more.
fn pauses(bucket: Bucket) -> impl Strategy<Value = Vec<u64>> {
    let every = 1_000_000_000 / u64::from(bucket.rate.get());
    let pause = prop_oneof![Just(0), 0..=3u64, 0..=2 * every, every.saturating_sub(1)..=every + 1, 0..3_600_000_000_000u64];
    proptest::collection::vec(pause, 1..200)
}

proptest! {
    #[test]
    fn governor_and_the_model_agree((bucket, pauses) in buckets().prop_flat_map(|bucket| (Just(bucket), pauses(bucket)))) {
        let (level, mut model, mut now) = (Level::default(), Model::new(bucket), 0);
        for pause in pauses {
            now += pause;
            let at = Moment(now);
            let before = level.read(bucket, at);
            let taken = level.take(bucket, at);
            let seen = taken.map(|taken| u128::from(taken.left(bucket, at).left)).map_err(|wait| wait.as_nanos());
            prop_assert_eq!(seen, model.take(u128::from(now)));
            match taken {
                Ok(_) => prop_assert_eq!(before.left, level.read(bucket, at).left + 1),
                Err(wait) => prop_assert_eq!(before, Reading { left: 0, next: wait }),
            }
        }
    }

    #[test]
    fn after_the_time_that_is_read_there_is_one_more(bucket in buckets(), spent in 1..50usize) {
        let (level, now) = (Level::default(), Moment(7));
        let taken = (0..spent).filter(|_| level.take(bucket, now).is_ok()).count();
        prop_assert!(taken > 0);
        let reading = level.read(bucket, now);
        let then = |nanos| level.read(bucket, Moment(now.0 + nanos)).left;
        let wait = u64::try_from(reading.next.as_nanos()).unwrap();
        prop_assert_eq!((then(wait - 1), then(wait)), (reading.left, reading.left + 1));
    }

    #[test]
    fn a_plan_that_is_exchanged_neither_frees_nor_locks(one in buckets(), other in buckets(), spent in 0..100usize) {
        let (level, now) = (Level::default(), Moment(1));
        for _ in 0..spent {
            let _ = level.take(one, now);
        }
        let reading = level.read(other, now);
        let admitted = (0..200).filter(|_| level.take(other, now).is_ok()).count();
        prop_assert_eq!(admitted, usize::try_from(reading.left).unwrap().min(200));
        prop_assert!(reading.next <= other.window() / other.burst.get());
    }
}

#[test]
fn what_is_given_back_was_never_taken_unless_somebody_came_in_between() {
    let bucket = Bucket { rate: NonZeroU32::MIN, burst: NonZeroU32::new(3).unwrap() };
    let (level, now) = (Level::default(), Moment(5));
    let first = level.take(bucket, now).unwrap();
    level.give_back(first);
    assert_eq!(level.read(bucket, now).left, 3);
    let early = level.take(bucket, now).unwrap();
    let late = level.take(bucket, now).unwrap();
    level.give_back(early);
    assert_eq!(level.read(bucket, now).left, 1, "it stays taken: nobody gets more than there is");
    level.give_back(late);
    assert_eq!(level.read(bucket, now).left, 2);
}

#[test]
fn threads_take_no_more_than_there_is() {
    let bucket = Bucket { rate: NonZeroU32::MIN, burst: NonZeroU32::new(1000).unwrap() };
    let (level, now) = (Level::default(), Moment(0));
    let take = || (0..500).filter(|_| level.take(bucket, now).is_ok()).count();
    let taken: usize = std::thread::scope(|scope| {
        let threads = [(); 4].map(|()| scope.spawn(take));
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(taken, 1000);
}
