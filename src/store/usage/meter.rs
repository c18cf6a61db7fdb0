//! What one caller was served: counters that a request adds to without a lock.

use std::{
    array,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
};

use super::{Served, Spent, Standing, Term};
use crate::{
    calendar::{Day, Period},
    principal::Kind,
    wire::Operation,
};

const OPERATIONS: usize = Operation::ALL.len();
/// No period is longer.
const LONGEST: u32 = 31;

/// One caller's counters: what was served and is not written yet, and how much of the present quota is used up.
#[derive(Debug)]
pub struct Meter {
    /// By which kind of credential it is known.
    pub kind: Kind,
    /// Its stable id.
    pub id: Arc<str>,
    /// Its name, for people.
    pub name: Arc<str>,
    /// How much of the period of its quota is used up, by all servers on this state.
    pub spent: Spent,
    /// Served and not written yet, by operation. A day counts in one of two places and the next day in the other: what is left
    /// of yesterday is known as yesterday's.
    served: [[AtomicU64; 2]; OPERATIONS],
    /// The number of the first day on which it was served in its plan, and one more; zero: never.
    first: AtomicU32,
    /// Whether the ledger was told that there is something to write.
    waits: AtomicBool,
    kept: Mutex<Kept>,
}

/// What is known of what is on disk.
#[derive(Debug, Default)]
struct Kept {
    period: Option<Period>,
    /// What this server wrote of the period.
    own: u64,
    /// What others wrote, as far as [`Meter::spent`] knows of it.
    others: u64,
    /// Whether its plan asks for its first period.
    has_offset: bool,
}

impl Meter {
    /// For a caller of whom nothing is known yet.
    pub fn new(kind: Kind, id: Arc<str>, name: Arc<str>) -> Self {
        Self {
            kind,
            id,
            name,
            spent: Spent::default(),
            served: array::from_fn(|_| [AtomicU64::new(0), AtomicU64::new(0)]),
            first: AtomicU32::new(0),
            waits: AtomicBool::new(false),
            kept: Mutex::default(),
        }
    }

    /// How many requests its plan gives it in a period.
    pub fn limit(&self, term: &Term, period: Period) -> u64 {
        let first = self.first.load(Ordering::Relaxed).checked_sub(1);
        term.limit(first.is_none_or(|first| first >= period.begins.number()))
    }

    /// Whether nothing is lost when it is forgotten: all is handed over, and no quota that still runs is touched.
    pub fn is_settled(&self, today: Day) -> bool {
        let is_over = self.spent.begins().is_none_or(|begins| begins.plus(LONGEST) <= today);
        is_over && !self.waits.load(Ordering::Acquire) && !self.kept().has_offset
    }

    /// Adds one; whether the ledger must be told.
    pub(super) fn count(&self, operation: Operation, day: Day) -> bool {
        if self.first.load(Ordering::Relaxed) == 0 {
            self.first.store(day.number() + 1, Ordering::Relaxed);
        }
        // Ordered with `take`: who adds after the counter was emptied sees that the ledger must be told again.
        self.served[operation as usize][place(day)].fetch_add(1, Ordering::AcqRel);
        !self.waits.load(Ordering::Relaxed) && !self.waits.swap(true, Ordering::AcqRel)
    }

    /// Empties the counters. The day is asked after that, so that nothing is taken for yesterday's that is tomorrow's.
    pub(super) fn take(&self, today: impl FnOnce() -> Day) -> Vec<Served> {
        self.waits.store(false, Ordering::Release);
        let counts = self.served.each_ref().map(|places| places.each_ref().map(|count| count.swap(0, Ordering::AcqRel)));
        let today = today();
        let of_day = |day: Day| {
            let counted = Operation::ALL.iter().zip(&counts).map(move |(operation, counts)| (*operation, counts[place(day)]));
            counted.filter(|(_, count)| *count > 0).map(move |(operation, count)| Served { operation, day, count })
        };
        of_day(today.minus(1)).chain(of_day(today)).collect()
    }

    /// Goes on from what is on disk of a period, this server having written `own` more of it there.
    pub(super) fn learn(&self, term: &Term, own: u64, standing: Standing) {
        let Standing { period, used, first } = standing;
        let mut kept = self.kept();
        kept.has_offset = term.offset > 0;
        if kept.period != Some(period) {
            (kept.period, kept.own, kept.others) = (Some(period), 0, 0);
        }
        kept.own += own;
        let others = used.saturating_sub(kept.own);
        self.spent.learn(period.begins, others.saturating_sub(kept.others));
        kept.others = others;
        self.first.store(first.number() + 1, Ordering::Relaxed);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const fn place(day: Day) -> usize {
    (day.number() % 2) as usize
}
