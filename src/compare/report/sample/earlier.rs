//! An earlier run, to compare the sample with.

use super::findings;
use crate::{
    compare::findings::{Figure, Findings, Measure, Shape, Verdict},
    mode::Mode,
};

/// The day before, by an older program: a weakness that is mended since, a scenario that is gone and one that is new, a figure that
/// moved and one that only wavered.
pub(crate) fn earlier() -> Findings {
    let mut findings = findings();
    findings.made = "2026-11-22T09:05:11Z".into();
    findings.machine.authbench = "authbench 0.0.9".into();
    for cell in &mut findings.scenarios {
        match (cell.id.as_str(), cell.mode) {
            ("shared/revoked_kept", Mode::Apikey) => cell.observed = "allowed".into(),
            ("shared/expired", Mode::Mtls) => cell.verdict = Verdict::Skipped,
            _ => {}
        }
    }
    findings.catalogue.iter_mut().filter(|entry| entry.id == "shared/restart").for_each(|entry| {
        entry.id = "shared/renamed".into();
        entry.title = "A scenario of former times".into();
    });
    findings.scenarios.iter_mut().filter(|cell| cell.id == "shared/restart").for_each(|cell| cell.id = "shared/renamed".into());
    for cost in findings.costs.iter_mut().filter(|cost| cost.mode == Mode::Jwt && cost.shape == Shape::Kept) {
        for figure in &mut cost.figures {
            match figure.name {
                Measure::ServerCpu => *figure = Figure::measured(figure.name, &[80.1, 82.0, 85.3], 1200),
                Measure::P50 => *figure = Figure::measured(figure.name, &[174.0, 178.0, 181.0], 1200),
                _ => {}
            }
        }
    }
    findings
}
