//! The findings in rows and columns: groups of scenarios by modes.

use super::mark::Mark;
use crate::{
    compare::findings::{Cell, Entry, Findings, Verdict},
    mode::{Mode, Profile},
};

/// The rows of one profile.
#[derive(Debug)]
pub(super) struct Matrix<'a> {
    /// Whose habits the server had.
    pub(super) profile: Profile,
    /// In the order of the catalogue.
    pub(super) groups: Vec<Group<'a>>,
}

/// Rows that belong together.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// The catalogue's word.
    pub(super) name: &'a str,
    /// Its scenarios.
    pub(super) rows: Vec<Row<'a>>,
}

/// One scenario over all modes.
#[derive(Debug)]
pub(super) struct Row<'a> {
    /// The claim.
    pub(super) entry: &'a Entry,
    /// One per column, in the order of the columns.
    pub(super) cells: Vec<Seen<'a>>,
}

/// One scenario in one mode.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    /// The column.
    pub(super) mode: Mode,
    /// The judgement.
    pub(super) mark: Mark,
    /// What happened, if anything did.
    pub(super) cell: Option<&'a Cell>,
}

/// One matrix per profile that was tried; none when nothing was.
pub(super) fn matrices(findings: &Findings) -> Vec<Matrix<'_>> {
    let tried = |profile: &&Profile| findings.scenarios.iter().any(|cell| cell.profile == **profile);
    Profile::ALL.iter().filter(tried).map(|profile| matrix(findings, *profile)).collect()
}

fn matrix(findings: &Findings, profile: Profile) -> Matrix<'_> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for entry in &findings.catalogue {
        let row = row(findings, entry, profile);
        match groups.iter_mut().find(|group| group.name == entry.group) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group { name: &entry.group, rows: vec![row] }),
        }
    }
    Matrix { profile, groups }
}

fn row<'a>(findings: &'a Findings, entry: &'a Entry, profile: Profile) -> Row<'a> {
    let cells = findings.settings.modes.iter().map(|mode| {
        let here = |cell: &&Cell| cell.id == entry.id && cell.mode == *mode && cell.profile == profile;
        // Of several trials the worst counts: one that differs is a failure.
        let cell = findings.scenarios.iter().filter(here).max_by_key(|cell| cell.verdict == Verdict::Differs);
        let without = if entry.modes.contains(mode) { Mark::Untried } else { Mark::NotApplicable };
        Seen { mode: *mode, mark: cell.map_or(without, |cell| Mark::of(entry.want, cell)), cell }
    });
    Row { entry, cells: cells.collect() }
}

impl<'a> Matrix<'a> {
    /// Every row, group by group.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Row<'a>> {
        self.groups.iter().flat_map(|group| &group.rows)
    }
}

impl<'a> Row<'a> {
    /// The cell of a mode.
    pub(super) fn cell(&self, mode: Mode) -> Option<Seen<'a>> {
        self.cells.iter().find(|seen| seen.mode == mode).copied()
    }
}

impl Seen<'_> {
    /// The observed outcome; empty where nothing was tried.
    pub(super) fn observed(&self) -> &str {
        self.cell.filter(|cell| cell.verdict != Verdict::Skipped).map_or("", |cell| &cell.observed)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    #[test]
    fn a_mode_without_meaning_is_not_a_trial_that_is_missing() {
        let mut findings = sample::findings();
        findings.scenarios.retain(|cell| cell.id != "jwt/algorithm_none");
        let all = matrices(&findings);
        let row = all[0].rows().find(|row| row.entry.id == "jwt/algorithm_none").unwrap();
        let marks: Vec<_> = row.cells.iter().map(|seen| (seen.mode, seen.mark)).collect();
        assert_eq!(
            marks,
            [
                (Mode::Open, Mark::NotApplicable),
                (Mode::Jwt, Mark::Untried),
                (Mode::Mtls, Mark::NotApplicable),
                (Mode::Apikey, Mark::NotApplicable)
            ]
        );
    }

    #[test]
    fn of_several_trials_the_one_that_differs_counts() {
        let mut findings = sample::findings();
        let mut again = findings.scenarios[1].clone();
        again.verdict = Verdict::Differs;
        findings.scenarios.insert(0, again);
        assert_eq!(matrices(&findings)[0].groups[0].rows[0].cells[1].mark, Mark::Differs);
    }

    #[test]
    fn nothing_tried_is_no_matrix() {
        let findings = Findings { scenarios: Vec::new(), ..sample::findings() };
        assert!(matrices(&findings).is_empty());
    }
}
