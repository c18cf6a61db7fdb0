//! What is different between two runs, as data.

mod figures;

pub(super) use self::figures::{Moved, Seen, Tolerance, What};
use super::findings::{Cell, Entry, Findings, Verdict};

/// All that is different. What the same machine did a little faster or slower is not: see [`Moved`].
#[derive(Debug)]
pub(super) struct Changes<'a> {
    /// Cells that both runs tried and that ended otherwise, in the order of the matrix.
    pub(super) outcomes: Vec<Turned<'a>>,
    /// How many cells both runs have.
    pub(super) shared: usize,
    /// What only the run at hand tried.
    pub(super) only_now: Alone<'a>,
    /// What only the earlier run tried.
    pub(super) only_before: Alone<'a>,
    /// Costs and times of drills; or why they are not compared.
    pub(super) figures: Result<Tolerance, String>,
    /// Faults of drills that the earlier run did not have.
    pub(super) new_faults: Vec<String>,
    /// Faults of drills that only the earlier run had.
    pub(super) gone_faults: Vec<String>,
    /// How the two runs were made differently, in sentences.
    pub(super) conditions: Vec<String>,
}

/// A cell that ended otherwise.
#[derive(Debug)]
pub(super) struct Turned<'a> {
    /// Its scenario.
    pub(super) entry: &'a Entry,
    /// As it ended in the earlier run.
    pub(super) before: &'a Cell,
    /// As it ended in the run at hand.
    pub(super) now: &'a Cell,
}

/// Cells of one run that the other does not have.
#[derive(Debug, Default)]
pub(super) struct Alone<'a> {
    /// Scenarios of which the other run has no cell.
    pub(super) scenarios: Vec<&'a Entry>,
    /// How many cells of other scenarios.
    pub(super) cells: usize,
}

/// Compares a run with an earlier one.
pub(super) fn changes<'a>(before: &'a Findings, now: &'a Findings) -> Changes<'a> {
    let pairs = || now.scenarios.iter().filter_map(|cell| Some((same(before, cell)?, cell)));
    let turned = |(before, cell): (&'a Cell, &'a Cell)| {
        let entry = now.catalogue.iter().find(|entry| entry.id == cell.id)?;
        (ended(before) != ended(cell)).then_some(Turned { entry, before, now: cell })
    };
    let missing = |all: &[String], from: &[String]| all.iter().filter(|one| !from.contains(one)).cloned().collect();
    let (old_faults, faults) = (before.faults(), now.faults());
    Changes {
        outcomes: pairs().filter_map(turned).collect(),
        shared: pairs().count(),
        only_now: alone(now, before),
        only_before: alone(before, now),
        figures: figures::tolerance(before, now),
        new_faults: missing(&faults, &old_faults),
        gone_faults: missing(&old_faults, &faults),
        conditions: conditions(before, now),
    }
}

/// The cell of the same scenario, mode and profile.
fn same<'a>(findings: &'a Findings, cell: &Cell) -> Option<&'a Cell> {
    findings.scenarios.iter().find(|other| other.id == cell.id && other.mode == cell.mode && other.profile == cell.profile)
}

/// What is looked at: whether it differs, and how it ended if it was tried.
fn ended(cell: &Cell) -> (Verdict, &str) {
    (cell.verdict, if cell.verdict == Verdict::Skipped { "" } else { &cell.observed })
}

fn alone<'a>(findings: &'a Findings, other: &Findings) -> Alone<'a> {
    let mut alone = Alone::default();
    for cell in findings.scenarios.iter().filter(|cell| same(other, cell).is_none()) {
        if other.scenarios.iter().any(|known| known.id == cell.id) {
            alone.cells += 1;
        } else if alone.scenarios.iter().all(|known| known.id != cell.id) {
            alone.scenarios.extend(findings.catalogue.iter().find(|entry| entry.id == cell.id));
        }
    }
    alone
}

fn conditions(before: &Findings, now: &Findings) -> Vec<String> {
    let (old, new) = (&before.machine, &now.machine);
    let depth = (before.settings.depth.as_str(), now.settings.depth.as_str());
    [
        ("authbench", old.authbench.as_str(), new.authbench.as_str()),
        ("system", &old.system, &new.system),
        ("depth", depth.0, depth.1),
    ]
    .into_iter()
    .filter(|(_, old, new)| old != new)
    .map(|(what, old, new)| format!("{what}: {old} before, {new} now"))
    .collect()
}

#[cfg(test)]
mod tests;
