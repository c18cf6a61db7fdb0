//! The break-even points tried: that very number of calls behind both locks, in turns.

use std::sync::atomic::AtomicBool;

use super::{
    Plan, Stand,
    book::{Drift, drifted},
    break_even::{computed, over},
    ledger::Ledger,
    watched,
};
use crate::{
    compare::{
        findings::{Answer, BreakEven, Confirmed, Measure, Over, Per},
        load::{Start, Visit, visits},
        statistics::median,
    },
    mode::Mode,
};

/// More calls than this per start take too long to try; the start would drown in the noise of so many.
const MOST: f64 = 1000.0;
/// Where an answer names no number of calls, it is tried at this one.
const SOME: u32 = 100;
/// Visits in one repeat, for starts that are followed by few calls.
const VISITS: u32 = 200;

/// Computes the break-even points, and tries each of them.
pub(super) async fn break_even(
    ledgers: &[Ledger],
    stands: &[Stand],
    plan: Plan,
    drift: &Drift,
    stop: &AtomicBool,
) -> Vec<BreakEven> {
    let Some(more) = plan.more else { return Vec::new() };
    let mut found = computed(ledgers);
    for one in found.iter_mut().filter(|one| one.measure == Measure::ServerCpu) {
        one.void = one.void.take().or_else(|| drifted(Measure::ServerCpu, drift));
        if one.void.is_some() {
            one.answer = None;
        }
    }
    // CPU and bytes of one pair at one number of calls are seen in the same visits.
    let mut points: Vec<(Per, Mode, Mode, u32)> =
        found.iter().filter_map(|one| Some((one.per, one.starter, one.other, point(one)?))).collect();
    points.sort_unstable();
    points.dedup();
    for (per, starter, other, calls) in points {
        let find = |mode| stands.iter().find(|stand| stand.mode == mode && stand.tls);
        let (Some(one), Some(two)) = (find(starter), find(other)) else { continue };
        let seen = Seen::of(per, calls, [one, two], plan.repeats, more.confirming, stop).await;
        for one in found.iter_mut().filter(|one| (one.per, one.starter, one.other) == (per, starter, other)) {
            if point(one) == Some(calls) {
                one.tried = seen.tried(one, calls);
            }
        }
    }
    found
}

/// At how many calls an answer is tried; nothing when at none.
fn point(one: &BreakEven) -> Option<u32> {
    one.answer?;
    match one.calls {
        Some(calls) if calls > MOST => None,
        Some(calls) => (1..=1000).min_by(|one, two| (f64::from(*one) - calls).abs().total_cmp(&(f64::from(*two) - calls).abs())),
        None => Some(SOME),
    }
}

/// What both locks spent, repeat by repeat.
#[derive(Debug, Default)]
struct Seen {
    cpu: [Vec<f64>; 2],
    bytes: [Vec<f64>; 2],
    failed: bool,
}

impl Seen {
    async fn of(per: Per, calls: u32, stands: [&Stand; 2], repeats: u32, limit: std::time::Duration, stop: &AtomicBool) -> Self {
        let starts = match per {
            Per::Token => [Start::Token, Start::Nothing],
            Per::Connection => [Start::Connection; 2],
        };
        let mut seen = Self::default();
        for repeat in 0..repeats as usize {
            for side in [repeat % 2, (repeat + 1) % 2] {
                let visit = Visit { start: starts[side], calls };
                let work = visits(&stands[side].target, visit, VISITS, limit, stop);
                let (burst, server) = watched(stands[side].pid, work).await;
                seen.failed |= burst.error.is_some();
                let visits = f64::from(burst.calls.max(1));
                seen.cpu[side].push(server.unwrap_or(f64::NAN));
                seen.bytes[side].push(f64::from(u32::try_from(burst.bytes).unwrap_or(u32::MAX)) / visits);
            }
        }
        seen
    }

    /// What it says about an answer; nothing when a call failed.
    fn tried(&self, one: &BreakEven, calls: u32) -> Option<Confirmed> {
        let [starter, other] = if one.measure == Measure::WireBytes { &self.bytes } else { &self.cpu };
        let ratios: Vec<f64> = starter.iter().zip(other).map(|(one, other)| one / other).collect();
        let ratio = over(&ratios, 1e4).filter(|_| !self.failed)?;
        let (starter, other) = (median(starter)?, median(other)?);
        // A number of calls is whole: it may lie by half a call beside the number at which both cost the same.
        let half = one.saving.map_or(0.0, |saving| saving.value.abs() / 2.0 / other);
        let tenths = |value: f64| (value * 10.0).round() / 10.0;
        let agrees = agrees(one, ratio, half);
        Some(Confirmed { calls, starter: tenths(starter), other: tenths(other), ratio, agrees })
    }
}

/// Whether a ratio is what the answer says, give or take a share; nothing when the answer says nothing about it.
fn agrees(one: &BreakEven, ratio: Over, share: f64) -> Option<bool> {
    let (low, high) = ratio.interval.unwrap_or((ratio.value, ratio.value));
    match (one.answer?, one.calls) {
        (Answer::At, _) | (Answer::Undecided, Some(_)) => Some(low - share <= 1.0 && 1.0 <= high + share),
        (Answer::Never, _) => Some(low > 1.0),
        (Answer::Always, _) => Some(high - share <= 1.0),
        (Answer::Undecided, None) => None,
    }
}
