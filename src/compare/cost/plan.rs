//! How much is measured.

use std::time::Duration;

use crate::compare::findings::{Depth, Shape};

/// The sizes of a measurement.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How many times the servers are started anew and measured in turns: no number may hang on how one process lies in memory.
    pub repeats: u32,
    /// First calls in each turn.
    pub first_calls: u32,
    /// Calls on a kept connection.
    pub kept: Amount,
    /// Calls on new connections.
    pub fresh: Amount,
    /// What a default run adds.
    pub more: Option<More>,
}

/// How many calls one shape gets in each turn.
#[derive(Debug, Clone, Copy)]
pub struct Amount {
    /// Calls of the closed loop.
    pub burst: u32,
    /// The longest that it may take, when the machine is slow.
    pub burst_limit: Duration,
    /// Calls of the open loop.
    pub steady: u32,
    /// The longest that it may take, likewise.
    pub steady_limit: Duration,
}

/// What is measured beside first, fresh and kept over TLS.
#[derive(Debug, Clone, Copy)]
pub struct More {
    /// Calls on connections that resume a session.
    pub resumed: Amount,
    /// Calls on an HTTP/2 connection.
    pub http2: Amount,
    /// Tokens that are fetched in each turn.
    pub tokens: Amount,
    /// For how long the server gets as much as it can take, in each turn.
    pub flood: Duration,
    /// Idle connections, once per start.
    pub idle: u32,
    /// How long each side of each break-even is tried, in each repeat.
    pub confirming: Duration,
}

/// Calls a second that are offered at most: more would be a load test, and a caller is seldom alone on its machine.
const KEPT_AT_MOST: f64 = 2000.0;
const FRESH_AT_MOST: f64 = 500.0;

/// The share of what the slowest mode can do in a closed loop that is offered to all: below it, queues stay short.
const SHARE: f64 = 0.5;

impl Plan {
    /// How much fits into a run of this depth: `docs/measuring.md` has the table.
    pub fn of(depth: Depth) -> Self {
        match depth {
            Depth::Quick => Self::quick(),
            Depth::Default => Self::full(),
            Depth::Thorough => Self::thorough(),
        }
    }

    /// Within twenty seconds for four modes: 1,000 calls behind each percentile of the kept connection.
    fn quick() -> Self {
        let (kept, fresh) = (Amount::of((1000, 160), (170, 160)), Amount::of((80, 160), (60, 200)));
        Self { repeats: 6, first_calls: 3, kept, fresh, more: None }
    }

    /// Within a minute.
    fn full() -> Self {
        Self {
            repeats: 6,
            first_calls: 5,
            kept: Amount::of((1200, 150), (340, 200)),
            fresh: Amount::of((100, 150), (170, 560)),
            more: Some(More {
                resumed: Amount::of((100, 110), (40, 100)),
                http2: Amount::of((800, 100), (170, 100)),
                tokens: Amount::of((40, 120), (0, 0)),
                flood: Duration::from_millis(200),
                idle: 120,
                confirming: Duration::from_millis(50),
            }),
        }
    }

    /// Within three minutes: 10,000 calls behind the percentiles of the kept connection.
    fn thorough() -> Self {
        Self {
            repeats: 12,
            first_calls: 10,
            kept: Amount::of((2000, 280), (900, 500)),
            fresh: Amount::of((150, 220), (170, 560)),
            more: Some(More {
                resumed: Amount::of((150, 160), (100, 300)),
                http2: Amount::of((1200, 160), (170, 100)),
                tokens: Amount::of((60, 150), (0, 0)),
                flood: Duration::from_millis(300),
                idle: 250,
                confirming: Duration::from_millis(60),
            }),
        }
    }

    /// How many calls of a shape a turn has; nothing when it is not measured. Without TLS there is no session to resume, and no
    /// agreement upon HTTP/2.
    pub fn amount(&self, shape: Shape, tls: bool) -> Option<Amount> {
        match shape {
            Shape::First => None,
            Shape::Fresh => Some(self.fresh),
            Shape::Kept => Some(self.kept),
            Shape::Resumed => self.more.filter(|_| tls).map(|more| more.resumed),
            Shape::Http2 => self.more.filter(|_| tls).map(|more| more.http2),
        }
    }
}

impl Amount {
    /// Calls and milliseconds of the closed loop, then of the open one.
    const fn of((burst, burst_limit): (u32, u64), (steady, steady_limit): (u32, u64)) -> Self {
        let (burst_limit, steady_limit) = (Duration::from_millis(burst_limit), Duration::from_millis(steady_limit));
        Self { burst, burst_limit, steady, steady_limit }
    }

    /// How many calls an open loop of this rate makes in one turn.
    pub fn calls_at(&self, per_second: f64) -> u32 {
        let mut calls = self.steady;
        while calls > 1 && f64::from(calls) / per_second > self.steady_limit.as_secs_f64() {
            calls -= 1;
        }
        calls
    }
}

/// How many calls a second are offered; the same to every mode.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
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

    /// For calls of this shape.
    pub fn of(self, shape: Shape) -> f64 {
        match shape {
            Shape::First | Shape::Fresh | Shape::Resumed => self.fresh,
            Shape::Kept | Shape::Http2 => self.kept,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_mode_is_offered_more_than_half_of_what_the_slowest_can_do() {
        let pace = Pace::bearable(Duration::from_micros(2500), Duration::from_micros(500));
        assert_eq!(pace, Pace { fresh: 200.0, kept: 1000.0 });
        assert_eq!(Pace::bearable(Duration::from_secs(9), Duration::ZERO), Pace { fresh: 1.0, kept: 2000.0 });
    }

    #[test]
    fn a_slow_machine_gets_fewer_calls_instead_of_more_time() {
        let amount = Amount::of((0, 0), (340, 1000));
        assert_eq!([1000.0, 100.0, 0.1].map(|rate| amount.calls_at(rate)), [340, 100, 1]);
    }

    #[test]
    fn the_loops_of_every_depth_fit_into_its_time() {
        for (depth, seconds) in [(Depth::Quick, 17.0), (Depth::Default, 50.0), (Depth::Thorough, 150.0)] {
            let plan = Plan::of(depth);
            assert!(plan.repeats >= 6, "fewer have no interval");
            let loops = |amount: Amount| (amount.burst_limit + amount.steady_limit).as_secs_f64();
            let turn = |tls: bool| -> f64 {
                let shapes = Shape::ALL.iter().filter_map(|shape| plan.amount(*shape, tls)).map(loops).sum::<f64>();
                shapes + plan.more.map_or(0.0, |more| more.flood.as_secs_f64())
            };
            let tokens = plan.more.map_or(0.0, |more| loops(more.tokens));
            let locks = 4.0 * turn(true) + tokens + if plan.more.is_some() { turn(false) } else { 0.0 };
            assert!(locks * f64::from(plan.repeats) <= seconds, "{depth}: {locks} s a turn");
        }
    }

    #[test]
    fn only_a_session_can_be_resumed() {
        let plan = Plan::full();
        let shapes = |plan: Plan, tls| Shape::ALL.iter().filter(|shape| plan.amount(**shape, tls).is_some()).count();
        assert_eq!([shapes(plan, true), shapes(plan, false), shapes(Plan::quick(), true)], [4, 2, 2]);
    }
}
