//! When something last proved its caller: an atomic in the record itself, so that a request leaves it behind without a lock.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::SystemTime,
};

use crate::clock;

/// A time in whole seconds, or never. Later wins.
#[derive(Debug, Default)]
pub struct LastUse(AtomicU64);

impl LastUse {
    /// That time; `None` is never.
    pub fn new(at: Option<SystemTime>) -> Self {
        Self(AtomicU64::new(at.map_or(0, clock::seconds)))
    }

    /// The time, if there was any use.
    pub fn get(&self) -> Option<SystemTime> {
        let seconds = self.0.load(Ordering::Relaxed);
        (seconds > 0).then(|| clock::from_seconds(seconds))
    }

    /// Takes a later use over.
    pub(super) fn take_over(&self, other: &Self) {
        self.0.fetch_max(other.0.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Takes a use down; whether it is the first in its second.
    pub(super) fn is_news(&self, at: SystemTime) -> bool {
        let seconds = clock::seconds(at);
        self.0.load(Ordering::Relaxed) < seconds && self.0.fetch_max(seconds, Ordering::Relaxed) < seconds
    }
}

impl Clone for LastUse {
    fn clone(&self) -> Self {
        Self::new(self.get())
    }
}
