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
    /// The columns: the modes that were asked for, as far as the profile has them.
    pub(super) modes: Vec<Mode>,
    /// In the order of the catalogue.
    pub(super) groups: Vec<Group<'a>>,
}

/// Rows that belong together.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// The catalogue's word.
    pub(super) name: &'a str,
    /// First what several locks have in common, then what one alone has.
    pub(super) parts: Vec<Part<'a>>,
}

/// The rows of a group in which the same locks have a cell.
#[derive(Debug)]
pub(super) struct Part<'a> {
    /// The only lock in which these claims have a meaning; nothing when several have it.
    pub(super) only: Option<Mode>,
    /// Its scenarios, in the order of the catalogue.
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
    // In another profile than the usual one, a lock that was not tried is no column.
    let tried = |mode: &Mode| findings.scenarios.iter().any(|cell| cell.profile == profile && cell.mode == *mode);
    let served = |mode: &Mode| profile == Profile::Standard || tried(mode);
    let modes: Vec<Mode> = findings.settings.modes.iter().copied().filter(served).collect();
    let mut groups: Vec<Group<'_>> = Vec::new();
    for entry in &findings.catalogue {
        let row = row(findings, entry, profile, &modes);
        // A row of another profile, or of locks that are not looked at, is none.
        if !entry.profiles.contains(&profile) || row.cells.iter().all(|seen| seen.mark == Mark::NotApplicable) {
            continue;
        }
        let at = groups.iter().position(|group| group.name == entry.group).unwrap_or_else(|| {
            groups.push(Group { name: &entry.group, parts: Vec::new() });
            groups.len() - 1
        });
        groups[at].add(only(entry, &modes), row);
    }
    Matrix { profile, modes, groups }
}

/// The only lock of `modes` that knows the claim, where there is more than one to choose from.
fn only(entry: &Entry, modes: &[Mode]) -> Option<Mode> {
    let locks = modes.iter().copied().filter(|mode| *mode != Mode::Open);
    let mut having = locks.clone().filter(|mode| entry.modes.contains(mode));
    let first = having.next().filter(|_| having.next().is_none() && locks.count() > 1)?;
    Some(first)
}

fn row<'a>(findings: &'a Findings, entry: &'a Entry, profile: Profile, modes: &[Mode]) -> Row<'a> {
    let cells = modes.iter().map(|mode| {
        let here = |cell: &&Cell| cell.id == entry.id && cell.mode == *mode && cell.profile == profile;
        // Of several trials the worst counts: one that differs is a failure.
        let cell = findings.scenarios.iter().filter(here).max_by_key(|cell| cell.verdict == Verdict::Differs);
        let without = if entry.modes.contains(mode) { Mark::Untried } else { Mark::NotApplicable };
        Seen { mode: *mode, mark: cell.map_or(without, |cell| Mark::of(entry.want, cell)), cell }
    });
    Row { entry, cells: cells.collect() }
}

impl<'a> Group<'a> {
    fn add(&mut self, only: Option<Mode>, row: Row<'a>) {
        match self.parts.iter_mut().find(|part| part.only == only) {
            Some(part) => part.rows.push(row),
            None => self.parts.push(Part { only, rows: vec![row] }),
        }
        self.parts.sort_by_key(|part| part.only);
    }
}

impl<'a> Matrix<'a> {
    /// Every row, group by group.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Row<'a>> {
        self.groups.iter().flat_map(|group| &group.parts).flat_map(|part| &part.rows)
    }
}

impl<'a> Row<'a> {
    /// The cells up to where the row has none any more, and how many those are; a single empty one is a cell like any other.
    pub(super) fn split(&self) -> (&[Seen<'a>], usize) {
        let empty = self.cells.iter().rev().take_while(|seen| seen.mark == Mark::NotApplicable).count();
        let empty = if empty > 1 { empty } else { 0 };
        (&self.cells[..self.cells.len() - empty], empty)
    }

    /// The cell of a mode.
    pub(super) fn cell(&self, mode: Mode) -> Option<Seen<'a>> {
        self.cells.iter().find(|seen| seen.mode == mode).copied()
    }
}

impl<'a> Row<'a> {
    /// Why a lock of these columns is left out. That the open door has no such thing needs no word.
    pub(super) fn why_not(&self) -> Option<&'a str> {
        let left_out = self.cells.iter().any(|seen| seen.mark == Mark::NotApplicable && seen.mode != Mode::Open);
        self.entry.why_not.as_deref().filter(|_| left_out)
    }
}

impl Seen<'_> {
    /// How many variants of the deciding step and of the others were tried; zero when there were none.
    pub(super) fn variants(&self) -> usize {
        self.cell.map_or(0, |cell| cell.proof.iter().map(|step| step.variants.len()).sum())
    }

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
        assert_eq!(matrices(&findings)[0].groups[0].parts[0].rows[0].cells[1].mark, Mark::Differs);
    }

    #[test]
    fn another_profile_has_its_own_rows() {
        let findings = sample::both_profiles();
        let all = matrices(&findings);
        let [standard, aws] = &all[..] else { panic!("{} matrices", all.len()) };
        assert_eq!([&standard.modes[..], &aws.modes[..]], [Mode::ALL; 2]);
        let ids: Vec<_> = aws.rows().map(|row| row.entry.id.as_str()).collect();
        assert_eq!(ids, ["shared/nothing_presented", "shared/revoked_new", "jwt/algorithm_none"]);
        assert!(aws.rows().all(|row| row.cells.len() == 4));
        let only: Vec<_> = aws.groups.iter().flat_map(|group| &group.parts).map(|part| part.only).collect();
        assert_eq!(only, [None, None, Some(Mode::Jwt)]);
    }

    #[test]
    fn what_one_lock_alone_has_stands_below_what_several_have() {
        let findings = sample::findings();
        let all = matrices(&findings);
        let forgery = all[0].groups.iter().find(|group| group.name == "forgery").unwrap();
        let parts: Vec<_> = forgery.parts.iter().map(|part| (part.only, part.rows.len())).collect();
        assert_eq!(parts, [(None, 1), (Some(Mode::Jwt), 1)]);
        let split = |part: usize| (forgery.parts[part].rows[0].split().0.len(), forgery.parts[part].rows[0].split().1);
        assert_eq!((split(0), split(1)), ((4, 0), (2, 2)));
    }

    #[test]
    fn a_mode_that_nobody_asked_for_leaves_no_empty_row() {
        let mut findings = sample::findings();
        findings.settings.modes = vec![Mode::Open, Mode::Apikey];
        findings.scenarios.retain(|cell| cell.mode == Mode::Apikey);
        assert!(matrices(&findings)[0].rows().all(|row| row.entry.id != "jwt/algorithm_none"));
    }

    #[test]
    fn nothing_tried_is_no_matrix() {
        let findings = Findings { scenarios: Vec::new(), ..sample::findings() };
        assert!(matrices(&findings).is_empty());
    }
}
