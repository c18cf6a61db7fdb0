//! Needs that a figure shows.

use std::time::Duration;

use super::judge::{Judged, Verdict, World};
use crate::{
    compare::{
        findings::{Figure, Measure, Shape},
        report::number::{digits, with_unit},
    },
    mode::{Mode, Profile},
};

/// Seconds of a day.
pub(super) const DAY: f64 = 86_400.0;

/// Met when a time stays below `limit`.
pub(super) fn within(world: World<'_>, mode: Mode, of: (Shape, Measure), limit: Duration) -> Judged {
    at_most(world, mode, of, limit.as_secs_f64() * 1e6)
}

/// Met when a figure stays below `limit`, in its own unit.
pub(super) fn at_most(world: World<'_>, mode: Mode, (shape, measure): (Shape, Measure), limit: f64) -> Judged {
    taken(world, mode, shape, measure, |value| (value <= limit, String::new()))
}

/// Met when the servers have the cores for so many calls a second.
pub(super) fn cores(world: World<'_>, mode: Mode, shape: Shape, calls: f64) -> Judged {
    let has = world.needs.server_cores;
    taken(world, mode, shape, Measure::ServerCpu, |micros| {
        let needs = micros * calls / 1e6;
        (needs <= has, format!(" of CPU each, {} of {} at {} calls a second", digits(needs), cores_of(has), digits(calls)))
    })
}

fn cores_of(cores: f64) -> String {
    if (cores - 1.0).abs() < f64::EPSILON { "1 core".into() } else { format!("{cores} cores") }
}

/// Judges the figure by what the repeats say: met when the worst of them meets it, unmet when the figure does not.
fn taken(world: World<'_>, mode: Mode, shape: Shape, measure: Measure, meets: impl Fn(f64) -> (bool, String)) -> Judged {
    if world.needs.profile != Profile::Standard {
        return Judged::unknown(format!("nothing is measured in profile {}", world.needs.profile));
    }
    let row = Some("cost".into());
    let Some(figure) = world.findings.figure(mode, shape, measure) else { return Judged::unknown("it was not measured") };
    let Some(value) = figure.value else {
        return Judged { row, ..Judged::unknown(figure.void.clone().unwrap_or_else(|| "the figure is void".into())) };
    };
    let worst = worst(figure, value);
    let (fits, detail) = meets(value);
    let verdict = match (fits, meets(worst).0) {
        (true, true) => Verdict::Met,
        (true, false) => Verdict::Unknown,
        (false, _) => Verdict::Unmet,
    };
    let spread = if verdict == Verdict::Unknown {
        format!(", and perhaps up to {}", with_unit(worst, figure.unit))
    } else {
        String::new()
    };
    Judged { verdict, because: format!("{}{detail}{spread}", with_unit(value, figure.unit)), row }
}

fn worst(figure: &Figure, value: f64) -> f64 {
    figure.interval.or(figure.range).map_or(value, |(_, highest)| highest.max(value))
}
