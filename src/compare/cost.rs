//! What each lock costs: the same calls behind each, taken in turns, with the checks that make a number worth printing.
//!
//! `docs/measuring.md` tells the method. Nothing else of this program may run meanwhile.

mod book;
mod break_even;
mod campaign;
mod confirm;
mod ledger;
mod plan;
#[cfg(test)]
mod tests;
mod watched;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use self::ledger::Ledger;
pub use self::{
    book::{Drift, unsteady},
    campaign::{campaign, steps},
    plan::{Amount, More, Pace, Plan},
    watched::watched,
};
use super::{
    bench::Stand,
    findings::{BreakEven, Cost, Load, Shape, median},
    load::{burst, first_call},
};
use crate::mode::Mode;

/// The longest that each warm-up may take.
const WARM: Duration = Duration::from_millis(200);

/// How many closed loops a control run has.
const CONTROL_BURSTS: usize = 5;

/// What was measured.
#[derive(Debug)]
pub struct Measured {
    /// One per stand and shape.
    pub costs: Vec<Cost>,
    /// One per pair of locks and thing that is paid for at the start.
    pub break_even: Vec<BreakEven>,
    /// How the load was offered.
    pub load: Load,
}

/// A measurement under way.
#[derive(Debug)]
pub struct Measuring {
    plan: Plan,
    ledgers: Vec<Ledger>,
    rounds: u32,
    pace: Option<Pace>,
    control: Option<Stand>,
    opening: Option<Drift>,
    closing: Option<Drift>,
    break_even: Vec<BreakEven>,
    load: Load,
}

impl Measuring {
    /// One that has seen nothing yet.
    pub fn new(plan: Plan) -> Self {
        Self {
            plan,
            ledgers: Vec::new(),
            rounds: 0,
            pace: None,
            control: None,
            opening: None,
            closing: None,
            break_even: Vec::new(),
            load: Load::default(),
        }
    }

    /// Measures freshly started servers in turns, the same ones in every one of [`Plan::repeats`] rounds. The
    /// first one over TLS of the first round is the control, which must live until the last one: what the same process costs at the
    /// beginning and at the end says whether the machine held still. `pinned`
    /// says whether the servers have a processor and this thread another; `progress` is told after the warm-up and each turn.
    ///
    /// Blocks its thread between calls, so run it by [`super::load::on_own_thread`].
    ///
    /// # Errors
    /// A sentence when there is nothing to measure, when a server does not serve its caller at all, or when `stop` was set.
    pub async fn round(
        &mut self,
        stands: &[Stand],
        pinned: bool,
        stop: &Arc<AtomicBool>,
        progress: impl Fn(),
    ) -> Result<(), String> {
        let first = stands.iter().find(|stand| stand.tls).ok_or("there is no server to measure")?;
        let control = self.control.get_or_insert_with(|| first.clone()).clone();
        if self.ledgers.is_empty() {
            self.ledgers = stands.iter().map(Ledger::of).collect();
            self.load.pinned = pinned;
            self.load.tls = agreed(&control).await;
        }
        for (ledger, stand) in self.ledgers.iter_mut().zip(stands) {
            ledger.idle(stand, self.plan).await;
        }
        let pace = warm_up(stands, stop).await?;
        let pace = *self.pace.get_or_insert(pace);
        progress();
        if self.opening.is_none() {
            self.opening = Some(control_run(&control, self.plan, stop).await);
        }
        for next in 0..stands.len() {
            // Nobody is always first.
            let index = (self.rounds as usize + next) % stands.len();
            self.ledgers[index].turn(&stands[index], self.plan, pace, pinned, stop).await?;
            progress();
        }
        self.rounds += 1;
        if self.rounds == self.plan.repeats {
            self.closing = Some(control_run(&control, self.plan, stop).await);
            self.ledgers.iter_mut().for_each(Ledger::derive);
            self.break_even = confirm::break_even(&self.ledgers, stands, self.plan, &self.drift(), stop).await;
        }
        if stop.load(Relaxed) { Err("it was interrupted".into()) } else { Ok(()) }
    }

    /// What was measured, once all rounds are over.
    pub fn done(self) -> Measured {
        let drift = self.drift();
        let pace = self.pace.unwrap_or_default();
        let load = Load {
            repeats: self.plan.repeats,
            fresh_per_second: pace.fresh,
            kept_per_second: pace.kept,
            drift: drift.as_ref().ok().map(|drift| thousandths(*drift)),
            ..self.load
        };
        let baseline = |ledger: &Ledger| {
            let (mode, tls) = if ledger.mode == Mode::Open { (Mode::Open, false) } else { (Mode::Open, true) };
            self.ledgers.iter().find(|base| ledger.tls && (base.mode, base.tls) == (mode, tls))
        };
        let costs = self.ledgers.iter().flat_map(|ledger| ledger.costs(baseline(ledger), &drift)).collect();
        Measured { costs, break_even: self.break_even, load }
    }

    fn drift(&self) -> Drift {
        let known = |run: &Option<Drift>| run.clone().unwrap_or_else(|| Err("there was no control run".into()));
        known(&self.opening).and_then(|opening| Ok(known(&self.closing)? / opening - 1.0))
    }
}

/// What TLS agrees upon, where there is TLS.
async fn agreed(stand: &Stand) -> Option<String> {
    stand.target.dial.connect().await.ok()?.agreed().map(str::to_owned)
}

/// Calls every server until its code, its allocator and the processor's caches have seen the work; what the slowest needs for
/// one call then decides how many are offered.
async fn warm_up(stands: &[Stand], stop: &AtomicBool) -> Result<Pace, String> {
    let (mut fresh, mut kept) = (Duration::ZERO, Duration::ZERO);
    for stand in stands {
        let unserved = |why| format!("{}: the caller is not served: {why}", stand.mode);
        first_call(&stand.target).await.map_err(unserved)?;
        for (shape, calls, slowest) in [(Shape::Fresh, 40, &mut fresh), (Shape::Kept, 300, &mut kept)] {
            let seen = burst(&stand.target, shape, calls, WARM, stop).await;
            if let Some(why) = seen.error {
                return Err(unserved(why));
            }
            *slowest = (seen.took / seen.calls.max(1)).max(*slowest);
        }
    }
    Ok(Pace::bearable(fresh, kept))
}

/// The median of a few closed loops: one alone may have been disturbed.
async fn control_run(control: &Stand, plan: Plan, stop: &AtomicBool) -> Drift {
    let Amount { burst: calls, burst_limit, .. } = plan.kept;
    let mut spent = Vec::new();
    for _ in 0..CONTROL_BURSTS {
        let (seen, server) = watched(control.pid, burst(&control.target, Shape::Kept, calls, burst_limit, stop)).await;
        if let Some(why) = seen.error {
            return Err(format!("a call of the control run failed: {why}"));
        }
        spent.push(server?);
    }
    median(&spent).ok_or_else(|| "there was no control run".into())
}

fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
