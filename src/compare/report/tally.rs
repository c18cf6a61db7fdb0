//! What each lock stopped and let through, counted over a matrix.

use super::{
    mark::passed,
    matrix::{Group, Matrix, Row},
};
use crate::{
    compare::findings::{Entry, Want, decided},
    mode::Mode,
};

/// The count of one mode.
#[derive(Debug)]
pub(super) struct Tally<'a> {
    /// The column.
    pub(super) mode: Mode,
    /// Attacks and errors that were tried.
    pub(super) attacks: usize,
    /// Those that were stopped.
    pub(super) stopped: usize,
    /// Those that passed.
    pub(super) through: Vec<&'a Entry>,
    /// Rightful calls that were tried.
    pub(super) rightful: usize,
    /// Those that were stopped.
    pub(super) hindered: Vec<&'a Entry>,
}

/// Counts every trial of a mode, as it ended.
pub(super) fn tally<'a>(matrix: &Matrix<'a>, mode: Mode) -> Tally<'a> {
    count(matrix.rows(), mode)
}

/// Counts only the rows that all of `modes` were tried in, so that they can be ranked.
pub(super) fn shared<'a>(matrix: &Matrix<'a>, modes: &[Mode]) -> Vec<Tally<'a>> {
    let tried = |row: &&Row<'a>| modes.iter().all(|mode| outcome(row, *mode).is_some());
    modes.iter().map(|mode| count(matrix.rows().filter(tried), *mode)).collect()
}

impl<'a> Group<'a> {
    /// The counts of each of `modes` within this group.
    pub(super) fn tallies(&self, modes: &[Mode]) -> Vec<Tally<'a>> {
        modes.iter().map(|mode| count(self.parts.iter().flat_map(|part| &part.rows), *mode)).collect()
    }
}

fn count<'m, 'a: 'm>(rows: impl Iterator<Item = &'m Row<'a>>, mode: Mode) -> Tally<'a> {
    let mut tally = Tally { mode, attacks: 0, stopped: 0, through: Vec::new(), rightful: 0, hindered: Vec::new() };
    for row in rows {
        match (row.entry.want, outcome(row, mode)) {
            (_, None) => {}
            (Want::Refused, Some(true)) => {
                tally.attacks += 1;
                tally.through.push(row.entry);
            }
            (Want::Refused, Some(false)) => {
                tally.attacks += 1;
                tally.stopped += 1;
            }
            (Want::Allowed, Some(true)) => tally.rightful += 1,
            (Want::Allowed, Some(false)) => {
                tally.rightful += 1;
                tally.hindered.push(row.entry);
            }
        }
    }
    tally
}

/// Whether the deciding call passed; nothing when it was not made.
fn outcome(row: &Row<'_>, mode: Mode) -> Option<bool> {
    row.cell(mode)?.cell.filter(|cell| decided(cell)).map(passed)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{matrix::matrices, sample},
        *,
    };
    use crate::compare::findings::{UNSEEN, Verdict};

    #[test]
    fn what_was_not_tried_is_neither_stopped_nor_let_through() {
        let mut findings = sample::findings();
        let before = tally(&matrices(&findings)[0], Mode::Mtls).stopped;
        for cell in findings.scenarios.iter_mut().filter(|cell| cell.mode == Mode::Mtls).take(2) {
            cell.observed = UNSEEN.into();
            cell.verdict = Verdict::Differs;
        }
        let matrices = matrices(&findings);
        let after = tally(&matrices[0], Mode::Mtls);
        assert_eq!((after.stopped, after.attacks), (before - 2, 15));
        let shared = shared(&matrices[0], &[Mode::Jwt, Mode::Mtls]);
        assert!(shared.iter().all(|tally| tally.attacks == 15), "{shared:?}");
    }
}
