//! How costs grow: the same calls before servers that differ in one thing, taken in turns.
//!
//! `docs/measuring.md` tells the method, which is that of [`super::cost`]: servers on one processor, the caller on another, a closed
//! loop, CPU time from `/proc`, and a first server that is measured again at the end.

mod certificates;
mod credentials;
mod lists;
mod size;
mod tokens;
mod turns;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

pub use self::turns::Plan;
use self::turns::{Kind, Loop};
use super::{
    bench::Bench,
    findings::{Axis, Depth, Grown, Point, Sweep},
    load::on_own_thread,
    pin,
};
use crate::mode::Mode;

/// How many credentials, or revoked certificates, there are.
const SIZES: [u64; 3] = [1, 1_000, 100_000];

/// Every sweep, with the lock that it is about.
const ALL: [(Axis, Mode); 7] = [
    (Axis::TokenKey, Mode::Jwt),
    (Axis::ClientKey, Mode::Mtls),
    (Axis::ServerKey, Mode::Open),
    (Axis::Credentials, Mode::Jwt),
    (Axis::Credentials, Mode::Apikey),
    (Axis::Credentials, Mode::Mtls),
    (Axis::Revoked, Mode::Mtls),
];

impl Plan {
    /// How much fits into a run of this depth: about two minutes, and about one.
    pub fn of(depth: Depth) -> Self {
        let turns = if depth == Depth::Quick { 3 } else { 7 };
        Self { turns, limit: Duration::from_millis(400), calls: 2000 }
    }
}

/// How many times `tick` is told.
pub fn steps(modes: &[Mode], plan: Plan) -> u64 {
    wanted(modes).count() as u64 * plan.turns as u64
}

fn wanted(modes: &[Mode]) -> impl Iterator<Item = (Axis, Mode)> {
    ALL.into_iter().filter(|(_, mode)| modes.contains(mode))
}

/// Measures all that concerns these modes, one sweep after the other. What cannot be measured is void, and says why.
pub async fn sweeps(modes: &[Mode], plan: Plan, stop: &Arc<AtomicBool>, tick: impl Fn() + Clone + Send + 'static) -> Vec<Sweep> {
    let mut all = Vec::new();
    for (of, mode) in wanted(modes) {
        if stop.load(Relaxed) {
            break;
        }
        let swept = match prepare(of, mode).await {
            Ok(prepared) => prepared.measure(plan, stop, tick.clone()).await,
            Err(why) => Err(why),
        };
        all.push(swept.unwrap_or_else(|why| Prepared::void(of, mode, format!("It could not be measured: {why}.")).sweep));
    }
    all
}

async fn prepare(of: Axis, mode: Mode) -> Result<Prepared, String> {
    match (of, mode) {
        (Axis::TokenKey, _) => tokens::prepare().await,
        (Axis::ClientKey, _) => certificates::of_callers().await,
        (Axis::ServerKey, _) => certificates::of_servers().await,
        (Axis::Credentials, Mode::Mtls) => Ok(credentials::of_certificates()),
        (Axis::Credentials, _) => credentials::prepare(mode).await,
        (Axis::Revoked, _) => lists::prepare().await,
    }
}

/// The servers of one sweep, and what is to be done with them.
struct Prepared {
    sweep: Sweep,
    /// Each with the point that it is about.
    loops: Vec<(usize, Loop)>,
    benches: Vec<(usize, Bench)>,
}

impl Prepared {
    fn new(of: Axis, mode: Mode) -> Self {
        let sweep = Sweep { of, mode, points: Vec::new(), pinned: false, drift: None, void: None };
        Self { sweep, loops: Vec::new(), benches: Vec::new() }
    }

    /// There is nothing to measure.
    fn void(of: Axis, mode: Mode, why: String) -> Self {
        let mut prepared = Self::new(of, mode);
        prepared.sweep.void = Some(why);
        prepared
    }

    /// A further point on the axis: its place.
    fn point(&mut self, at: &str, number: Option<u64>) -> usize {
        self.sweep.points.push(Point { at: at.to_owned(), number, figures: Vec::new() });
        self.sweep.points.len() - 1
    }

    /// What is known of the point already.
    fn figure(&mut self, point: usize, figure: Grown) {
        self.sweep.points[point].figures.push(figure);
    }

    /// What is to be measured there.
    fn put(&mut self, point: usize, bench: &Bench, kind: Kind) {
        self.loops.push((point, Loop { pid: bench.stand.pid, target: bench.stand.target.clone(), kind }));
    }

    /// The server goes on until all is measured.
    fn keep(&mut self, point: usize, bench: Bench) {
        self.benches.push((point, bench));
    }

    async fn measure(mut self, plan: Plan, stop: &Arc<AtomicBool>, tick: impl Fn() + Send + 'static) -> Result<Sweep, String> {
        if self.sweep.void.is_some() {
            (0..plan.turns).for_each(|_| tick());
            return Ok(self.sweep);
        }
        let loops: Vec<Loop> = self.loops.iter().map(|(_, one)| one.clone()).collect();
        let stop = Arc::clone(stop);
        let measuring = on_own_thread(async move || {
            let pinned = pin::apart(&loops.iter().map(|one| one.pid).collect::<Vec<_>>());
            (pinned, turns::measure(&loops, plan, &stop, tick).await)
        });
        let (pinned, (figures, drift)) = measuring.await?;
        self.sweep.pinned = pinned;
        self.sweep.drift = drift.ok().map(|drift| (drift * 1000.0).round() / 1000.0);
        for ((point, _), figures) in self.loops.iter().zip(figures) {
            self.sweep.points[*point].figures.extend(figures);
        }
        for (point, bench) in self.benches {
            let Point { number, figures, .. } = &mut self.sweep.points[point];
            if let Some(size) = number {
                figures.extend(size::size(&bench));
                if self.sweep.of == Axis::Revoked {
                    figures.extend(lists::in_force(&bench, *size).await);
                }
            }
            bench.close().await?;
        }
        Ok(self.sweep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_some_locks_sweeps_what_concerns_them() {
        let of = |modes: &[Mode]| wanted(modes).map(|(axis, _)| axis.as_str()).collect::<Vec<_>>();
        assert_eq!(of(&[Mode::Apikey]), ["credentials"]);
        assert_eq!(of(&[Mode::Mtls]), ["client_key", "credentials", "revoked"]);
        assert_eq!((of(Mode::ALL).len(), of(&[]).len()), (ALL.len(), 0));
        assert_eq!(steps(Mode::ALL, Plan::of(Depth::Thorough)), 49);
    }

    #[test]
    fn a_sweep_fits_its_time_by_design() {
        // Every loop of every sweep, in every turn and the one that is dropped, as long as it may take.
        let plan = Plan::of(Depth::Thorough);
        let loops = 4 * 3 + 4 + 4 + 2 * 3 + 3;
        let longest = (plan.limit + Duration::from_millis(30)) * loops * u32::try_from(plan.turns + 1).unwrap();
        assert!(longest < Duration::from_secs(110), "{longest:?}");
    }
}
