//! How much of a period is used up, and of which period: one word, so that both change together.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::calendar::Day;

/// The count has 40 bits, the number of the period's first day the 24 above them.
const COUNT: u64 = (1 << 40) - 1;

/// A count that begins anew with each period.
#[derive(Debug, Default)]
pub struct Spent(AtomicU64);

impl Spent {
    /// Takes one out of `limit` in the period that begins on that day, unless that many are used up; how many are then.
    pub fn take(&self, begins: Day, limit: u64) -> Option<u64> {
        self.change(begins, |used| (used < limit).then_some(used + 1))
    }

    /// Gives one back that was not needed, unless its period is over.
    pub fn give_back(&self, begins: Day) {
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |word| {
            let (of, used) = read(word);
            (of == begins.number()).then(|| write(begins, used.saturating_sub(1)))
        });
    }

    /// How many are used up in the period that begins on that day.
    pub fn used(&self, begins: Day) -> u64 {
        let (of, used) = read(self.0.load(Ordering::Relaxed));
        if of == begins.number() { used } else { 0 }
    }

    /// The first day of the period that it counts, if it has counted any.
    pub(super) fn begins(&self) -> Option<Day> {
        let (of, used) = read(self.0.load(Ordering::Relaxed));
        (used > 0).then(|| Day::numbered(of.into()))
    }

    /// Adds what others used up. What belongs to an earlier period than the present one is of no interest.
    pub(super) fn learn(&self, begins: Day, more: u64) {
        if read(self.0.load(Ordering::Relaxed)).0 <= begins.number() {
            self.change(begins, |used| Some(used.saturating_add(more)));
        }
    }

    fn change(&self, begins: Day, to: impl Fn(u64) -> Option<u64>) -> Option<u64> {
        let changed = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |word| {
            let (of, used) = read(word);
            to(if of == begins.number() { used } else { 0 }).map(|used| write(begins, used))
        });
        let was = changed.ok()?;
        let (of, used) = read(was);
        to(if of == begins.number() { used } else { 0 })
    }
}

fn read(word: u64) -> (u32, u64) {
    (u32::try_from(word >> 40).unwrap_or(u32::MAX), word & COUNT)
}

fn write(begins: Day, used: u64) -> u64 {
    u64::from(begins.number()) << 40 | used.min(COUNT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_and_no_more_until_the_next_period() {
        let (spent, monday) = (Spent::default(), "2026-11-23".parse::<Day>().unwrap());
        assert_eq!([(); 4].map(|()| spent.take(monday, 3)), [Some(1), Some(2), Some(3), None]);
        spent.give_back(monday);
        assert_eq!((spent.take(monday, 3), spent.take(monday, 3)), (Some(3), None));
        let next = monday.plus(7);
        assert_eq!((spent.used(monday), spent.used(next)), (3, 0));
        assert_eq!(spent.take(next, 3), Some(1));
        spent.give_back(monday);
        assert_eq!(spent.used(next), 1, "what is over is not given back");
        assert_eq!(spent.take(monday, 0), None);
        assert_eq!(spent.used(next), 1, "nor does a refusal begin another period");
    }

    #[test]
    fn what_others_used_up_counts() {
        let (spent, monday) = (Spent::default(), "2026-11-23".parse::<Day>().unwrap());
        spent.learn(monday, 2);
        assert_eq!((spent.take(monday, 3), spent.take(monday, 3)), (Some(3), None));
        spent.learn(monday.minus(7), 5);
        assert_eq!(spent.used(monday), 3, "of the week before");
        spent.learn(monday, COUNT);
        assert_eq!(spent.used(monday), COUNT, "no count is too large");
    }

    #[test]
    fn of_many_at_once_exactly_so_many_pass() {
        let (spent, monday) = (Spent::default(), "2026-11-23".parse::<Day>().unwrap());
        let passed = || (0..1000).filter(|_| spent.take(monday, 2500).is_some()).count();
        let passed: usize = std::thread::scope(|scope| {
            let all: Vec<_> = (0..4).map(|_| scope.spawn(passed)).collect();
            all.into_iter().map(|one| one.join().unwrap()).sum()
        });
        assert_eq!(passed, 2500);
    }
}
