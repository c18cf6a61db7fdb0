//! What each lock costs: the same calls behind each, taken in turns, with the checks that make a number worth printing.
//!
//! `docs/measuring.md` tells the method. Nothing else of this program may run meanwhile.

mod bench;
mod book;
mod plan;
#[cfg(test)]
mod tests;

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

use self::book::Book;
pub use self::{
    bench::{Bench, benches},
    plan::{Pace, Plan},
};
use super::{
    cpu,
    findings::{Cost, Figure, Load, Measure, Shape},
    load::{Burst, Target, burst, first_call, steady},
};
use crate::mode::Mode;

/// How long a server may go on working after its last answer; what it does then belongs to the calls.
const SETTLING: Duration = Duration::from_millis(30);

/// The longest that each warm-up may take.
const WARM: Duration = Duration::from_millis(200);

/// A running server of one mode, ready to be called.
#[derive(Debug, Clone)]
pub struct Stand {
    /// The lock.
    pub mode: Mode,
    /// The server's process, for its CPU time.
    pub pid: u32,
    /// What a call is.
    pub target: Target,
}

/// What was measured.
#[derive(Debug)]
pub struct Measured {
    /// Three per stand: first, fresh, kept.
    pub costs: Vec<Cost>,
    /// How the load was offered.
    pub load: Load,
}

/// Measures all stands in turns. The first one is the control: its cost at the beginning and at the end says whether the machine
/// held still. `progress` is told after each of [`steps`] steps.
///
/// Blocks its thread between calls, so run it by [`super::load::on_own_thread`].
///
/// # Errors
/// A sentence when there is nothing to measure, when a server does not serve its caller at all, or when `stop` was set.
pub async fn measure(stands: &[Stand], plan: Plan, stop: &AtomicBool, progress: impl Fn()) -> Result<Measured, String> {
    let control = stands.first().ok_or("there is no server to measure")?;
    let pace = warm_up(stands, stop).await?;
    progress();
    let opening = control_run(control, plan, stop).await;
    let mut books: Vec<Books> = stands.iter().map(|_| Books::default()).collect();
    for repeat in 0..plan.repeats as usize {
        for turn in 0..stands.len() {
            // Nobody is always first.
            let index = (repeat + turn) % stands.len();
            books[index].turn(&stands[index], plan, pace, stop).await?;
            progress();
        }
    }
    let closing = control_run(control, plan, stop).await;
    if stop.load(Relaxed) {
        return Err("it was interrupted".into());
    }
    let drift = opening.and_then(|opening| Ok(closing? / opening - 1.0));
    let costs = stands.iter().zip(&books).flat_map(|(stand, books)| books.costs(stand.mode, &drift)).collect();
    let load = Load {
        pinned: false,
        repeats: plan.repeats,
        fresh_per_second: pace.fresh,
        kept_per_second: pace.kept,
        drift: drift.ok().map(thousandths),
    };
    Ok(Measured { costs, load })
}

/// How many times `progress` is told.
pub fn steps(stands: usize, plan: Plan) -> u64 {
    stands as u64 * u64::from(plan.repeats) + 1
}

/// All observations of one mode.
#[derive(Debug, Default)]
struct Books {
    first: Vec<f64>,
    first_bytes: Vec<f64>,
    first_error: Option<String>,
    fresh: Book,
    kept: Book,
}

impl Books {
    async fn turn(&mut self, stand: &Stand, plan: Plan, pace: Pace, stop: &AtomicBool) -> Result<(), String> {
        self.first_calls(stand, plan, stop).await;
        for (shape, book, calls, per_second) in [
            (Shape::Kept, &mut self.kept, plan.kept_burst, pace.kept),
            (Shape::Fresh, &mut self.fresh, plan.fresh_burst, pace.fresh),
        ] {
            let (seen, server) = watched_burst(stand, shape, calls, plan.burst_limit, stop).await;
            book.burst(seen, server);
            book.steady(steady(&stand.target, shape, per_second, plan.calls_at(per_second), stop).await?);
        }
        Ok(())
    }

    async fn first_calls(&mut self, stand: &Stand, plan: Plan, stop: &AtomicBool) {
        for _ in 0..plan.first_calls {
            if stop.load(Relaxed) {
                return;
            }
            match first_call(&stand.target).await {
                Ok((took, bytes)) => {
                    self.first.push(took.as_secs_f64() * 1e6);
                    self.first_bytes.push(f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)));
                }
                Err(why) => self.first_error = Some(why),
            }
        }
    }

    fn costs(&self, mode: Mode, drift: &Result<f64, String>) -> Vec<Cost> {
        let first = |name, repeats: &[f64]| match &self.first_error {
            Some(why) => Figure::void(name, repeats.len() as u64, format!("a call failed: {why}")),
            None => Figure::measured(name, repeats, repeats.len() as u64),
        };
        let first = vec![first(Measure::FirstCall, &self.first), first(Measure::WireBytes, &self.first_bytes)];
        vec![
            Cost { mode, shape: Shape::First, figures: first },
            Cost { mode, shape: Shape::Fresh, figures: self.fresh.figures(drift) },
            Cost { mode, shape: Shape::Kept, figures: self.kept.figures(drift) },
        ]
    }
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

async fn control_run(control: &Stand, plan: Plan, stop: &AtomicBool) -> Result<f64, String> {
    let (seen, server) = watched_burst(control, Shape::Kept, plan.kept_burst, plan.burst_limit, stop).await;
    match seen.error {
        Some(why) => Err(format!("a call of the control run failed: {why}")),
        None => server,
    }
}

/// A closed loop, with the microseconds of CPU that the server spent per call.
async fn watched_burst(
    stand: &Stand,
    shape: Shape,
    calls: u32,
    limit: Duration,
    stop: &AtomicBool,
) -> (Burst, Result<f64, String>) {
    let before = cpu::process(stand.pid);
    let seen = burst(&stand.target, shape, calls, limit, stop).await;
    tokio::time::sleep(SETTLING).await;
    let server = before.and_then(|before| {
        let after = cpu::process(stand.pid)?;
        let spent = after.since(&before);
        // A clock of ticks cannot tell a short burst.
        if spent < after.grain() * 20 {
            return Err(format!("the system's clock of {:?} is too coarse for a burst of {spent:?}", after.grain()));
        }
        Ok(spent.as_secs_f64() * 1e6 / f64::from(seen.calls.max(1)))
    });
    (seen, server)
}

fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
