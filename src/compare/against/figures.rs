//! Numbers of two runs: which of them moved, and which only wavered.

use crate::{
    compare::findings::{Event, Figure, Findings, Kind, Lasted, Measure, Shape, Unit},
    mode::Mode,
};

/// The numbers that both runs have.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Tolerance {
    /// Those whose intervals do not touch.
    pub(crate) moved: Vec<Moved>,
    /// How many lie within each other's interval.
    pub(crate) within: usize,
    /// How many are void in one run or both, or a latency under another load.
    pub(crate) void: usize,
}

/// A number that moved: the interval of one run has nothing in common with that of the other.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moved {
    /// The lock.
    pub(crate) mode: Mode,
    /// What it measures.
    pub(crate) what: What,
    /// What all six numbers count in.
    pub(crate) unit: Unit,
    /// In the earlier run.
    pub(crate) before: Seen,
    /// In the run at hand.
    pub(crate) now: Seen,
}

/// What a number measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A cost.
    Cost(Shape, Measure),
    /// How long a credential went on after its end.
    Lasted(Event, Kind),
}

/// A number with the interval that it stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Seen {
    /// The number.
    pub(crate) value: f64,
    /// The lowest and the highest that this run allows.
    pub(crate) interval: (f64, f64),
}

/// Compares every number of two runs; or says why that would mean nothing.
pub(super) fn tolerance(before: &Findings, now: &Findings) -> Result<Tolerance, String> {
    for (old, new) in [(machine(before), machine(now)), (processors(before).into(), processors(now).into())] {
        if old != new {
            return Err(format!("{old} before, {new} now"));
        }
    }
    let mut tolerance = Tolerance::default();
    for (mode, what, unit, before, now) in costs(before, now).chain(drills(before, now)) {
        match (before, now) {
            (Some(before), Some(now)) if before.touches(now) => tolerance.within += 1,
            (Some(before), Some(now)) => tolerance.moved.push(Moved { mode, what, unit, before, now }),
            _ => tolerance.void += 1,
        }
    }
    Ok(tolerance)
}

fn machine(findings: &Findings) -> String {
    let machine = &findings.machine;
    format!("a machine of {} × {}", machine.processors, machine.processor)
}

fn processors(findings: &Findings) -> &'static str {
    match &findings.load {
        None => "nothing measured",
        Some(load) if load.pinned => "processors of their own",
        Some(_) => "shared processors",
    }
}

/// Each run finds out for itself how many calls a second every lock can bear, so the rates waver as all that is measured does.
const RATES_WAVER: f64 = 0.1;

/// Whether a figure was taken under the same load in both runs. Only a latency depends on how many calls are offered.
fn same_load(before: &Findings, now: &Findings, shape: Shape, measure: Measure) -> bool {
    let latency = matches!(measure, Measure::P50 | Measure::P99 | Measure::P999);
    let offered = |findings: &Findings| {
        let load = findings.load.as_ref()?;
        Some(if matches!(shape, Shape::Kept | Shape::Http2) { load.kept_per_second } else { load.fresh_per_second })
    };
    let near = |old: f64, new: f64| (old - new).abs() <= RATES_WAVER * old.max(new);
    !latency || offered(before).zip(offered(now)).is_some_and(|(old, new)| near(old, new))
}

type Pair = (Mode, What, Unit, Option<Seen>, Option<Seen>);

fn costs<'a>(before: &'a Findings, now: &'a Findings) -> impl Iterator<Item = Pair> + 'a {
    let costs = now.costs.iter().filter(|cost| cost.tls);
    let figures = costs.flat_map(|cost| cost.figures.iter().map(move |figure| (cost.mode, cost.shape, figure)));
    figures.filter_map(|(mode, shape, figure)| {
        let old = before.figure(mode, shape, figure.name)?;
        let seen = |figure: &Figure| same_load(before, now, shape, figure.name).then(|| Seen::of(figure)).flatten();
        Some((mode, What::Cost(shape, figure.name), figure.unit, seen(old), seen(figure)))
    })
}

fn drills<'a>(before: &'a Findings, now: &'a Findings) -> impl Iterator<Item = Pair> + 'a {
    let lasted = now.drills.iter().flat_map(|drill| drill.lasted.iter().map(move |lasted| (drill, lasted)));
    lasted.filter_map(|(drill, lasted)| {
        let old = before.drills.iter().find(|old| old.event == drill.event && old.mode == drill.mode)?;
        let old = old.lasted.iter().find(|old| old.kind == lasted.kind)?;
        let seen = |lasted: &Lasted| {
            let micros = |millis: f64| millis * 1000.0;
            let interval = (micros(lasted.shortest()?), micros(lasted.longest()?));
            Some(Seen { value: micros(lasted.median()?), interval })
        };
        Some((drill.mode, What::Lasted(drill.event, lasted.kind), Unit::Microseconds, seen(old), seen(lasted)))
    })
}

impl Seen {
    /// The number of a figure that is not void.
    pub(crate) fn of(figure: &Figure) -> Option<Self> {
        let value = figure.value?;
        let (low, high) = figure.interval.or(figure.range).unwrap_or((value, value));
        // A pooled figure may lie beside its repeats.
        Some(Self { value, interval: (low.min(value), high.max(value)) })
    }

    fn touches(self, other: Self) -> bool {
        self.interval.0 <= other.interval.1 && other.interval.0 <= self.interval.1
    }
}
