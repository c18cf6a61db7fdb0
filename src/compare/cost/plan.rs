//! How much is measured.

use std::time::Duration;

use crate::compare::findings::Depth;

/// The sizes of a measurement.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How many times each mode has its turn.
    pub repeats: u32,
    /// First calls in each turn.
    pub first_calls: u32,
    /// Calls of the closed loop in each turn, on the kept connection.
    pub kept_burst: u32,
    /// The same, each on a new connection.
    pub fresh_burst: u32,
    /// The longest that a closed loop may take, when the machine is slow.
    pub burst_limit: Duration,
    /// Calls of the open loop in each turn, per shape.
    pub steady_calls: u32,
    /// The longest that an open loop may take, when the machine is slow.
    pub steady_limit: Duration,
}

/// Calls a second that are offered at most: more would be a load test, and a caller is seldom alone on its machine.
const KEPT_AT_MOST: f64 = 1000.0;
const FRESH_AT_MOST: f64 = 500.0;

/// The share of what the slowest mode can do in a closed loop that is offered to all: below it, queues stay short.
const SHARE: f64 = 0.5;

impl Plan {
    /// How much fits into a run of this depth.
    pub fn of(depth: Depth) -> Self {
        match depth {
            Depth::Quick => Self::quick(),
            Depth::Default => Self::full(),
            Depth::Thorough => Self { repeats: 10, ..Self::full() },
        }
    }

    /// Within twenty seconds for four modes: 1,000 calls behind each percentile.
    fn quick() -> Self {
        Self {
            repeats: 3,
            first_calls: 3,
            kept_burst: 1500,
            fresh_burst: 120,
            burst_limit: Duration::from_millis(250),
            steady_calls: 340,
            steady_limit: Duration::from_secs(1),
        }
    }

    /// About a minute: 3,000 calls behind each percentile.
    fn full() -> Self {
        Self {
            repeats: 5,
            first_calls: 5,
            kept_burst: 3000,
            fresh_burst: 300,
            burst_limit: Duration::from_secs(1),
            steady_calls: 600,
            steady_limit: Duration::from_millis(2500),
        }
    }

    /// How many calls an open loop of this rate makes in one turn.
    pub fn calls_at(&self, per_second: f64) -> u32 {
        let mut calls = self.steady_calls;
        while calls > 1 && f64::from(calls) / per_second > self.steady_limit.as_secs_f64() {
            calls -= 1;
        }
        calls
    }
}

/// How many calls a second are offered; the same to every mode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Each on a new connection.
    pub fresh: f64,
    /// On the kept connection.
    pub kept: f64,
}

impl Pace {
    /// From the time that one call takes in a closed loop, behind the slowest lock.
    pub fn bearable(fresh: Duration, kept: Duration) -> Self {
        let share = |took: Duration, most: f64| (SHARE / took.as_secs_f64()).floor().clamp(1.0, most);
        Self { fresh: share(fresh, FRESH_AT_MOST), kept: share(kept, KEPT_AT_MOST) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_mode_is_offered_more_than_half_of_what_the_slowest_can_do() {
        let pace = Pace::bearable(Duration::from_micros(2500), Duration::from_micros(100));
        assert_eq!(pace, Pace { fresh: 200.0, kept: 1000.0 });
        assert_eq!(Pace::bearable(Duration::from_secs(9), Duration::ZERO), Pace { fresh: 1.0, kept: 1000.0 });
    }

    #[test]
    fn a_slow_machine_gets_fewer_calls_instead_of_more_time() {
        let plan = Plan::quick();
        assert_eq!(plan.calls_at(1000.0), 340);
        assert_eq!(plan.calls_at(100.0), 100);
        assert_eq!(plan.calls_at(0.1), 1);
    }
}
