//! How one cell of the matrix is judged: what was observed against what the team would want.

use crate::compare::findings::{self, Cell, Verdict, Want};

/// The judgement of one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// It ended as the team would want.
    Wanted,
    /// An attack passed, or a rightful call was stopped. Declared so: a weakness that is known.
    Unwanted,
    /// It did not end as the scenario declares.
    Differs,
    /// It could not be tried, or the run ended before.
    Untried,
    /// The claim has no meaning in this mode.
    NotApplicable,
}

impl Mark {
    /// Every mark, in the order of the legend.
    pub(super) const ALL: [Self; 5] = [Self::Wanted, Self::Unwanted, Self::Differs, Self::Untried, Self::NotApplicable];

    /// Judges a cell.
    pub(super) fn of(want: Want, cell: &Cell) -> Self {
        match cell.verdict {
            Verdict::Differs => Self::Differs,
            Verdict::Skipped => Self::Untried,
            Verdict::AsExpected if passed(cell) == (want == Want::Allowed) => Self::Wanted,
            Verdict::AsExpected => Self::Unwanted,
        }
    }

    /// One character for it.
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Wanted => "✓",
            Self::Unwanted => "✗",
            Self::Differs => "!",
            Self::Untried => "?",
            Self::NotApplicable => "–",
        }
    }

    /// What the character stands for.
    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::Wanted => "as the team would want",
            Self::Unwanted => "lets an attack through, or stops a rightful call",
            Self::Differs => "differs from what was declared",
            Self::Untried => "not tried",
            Self::NotApplicable => "not applicable",
        }
    }

    /// The class of the style sheet.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Unwanted => "unwanted",
            Self::Differs => "differs",
            Self::Untried => "untried",
            Self::NotApplicable => "absent",
        }
    }
}

/// Whether the deciding step got what it asked for.
pub(super) fn passed(cell: &Cell) -> bool {
    findings::passed(&cell.observed)
}

/// An outcome in two parts: the reason, and whether it was told in the TLS handshake.
pub(super) fn outcome(text: &str) -> (&str, bool) {
    match text.strip_prefix("handshake_refused(").and_then(|rest| rest.strip_suffix(')')) {
        Some(reason) => (reason, true),
        None => (text, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mode::{Mode, Profile};

    fn cell(observed: &str, verdict: Verdict) -> Cell {
        Cell {
            id: "a/b".into(),
            mode: Mode::Jwt,
            profile: Profile::Standard,
            expected: observed.into(),
            observed: observed.into(),
            verdict,
            because: None,
            proof: Vec::new(),
            took_ms: 1,
            times: 1,
        }
    }

    #[test]
    fn a_cell_is_judged_by_what_the_team_wants() {
        for (want, observed, verdict, mark) in [
            (Want::Refused, "expired", Verdict::AsExpected, Mark::Wanted),
            (Want::Refused, "handshake_refused(expired)", Verdict::AsExpected, Mark::Wanted),
            (Want::Refused, "closed", Verdict::AsExpected, Mark::Wanted),
            (Want::Refused, "allowed", Verdict::AsExpected, Mark::Unwanted),
            (Want::Allowed, "allowed", Verdict::AsExpected, Mark::Wanted),
            (Want::Allowed, "granted", Verdict::AsExpected, Mark::Wanted),
            (Want::Refused, "accepted", Verdict::AsExpected, Mark::Unwanted),
            (Want::Refused, "inactive", Verdict::AsExpected, Mark::Wanted),
            (Want::Refused, "invalid_scope", Verdict::AsExpected, Mark::Wanted),
            (Want::Allowed, "rate_limited", Verdict::AsExpected, Mark::Unwanted),
            (Want::Refused, "expired", Verdict::Differs, Mark::Differs),
            (Want::Allowed, "", Verdict::Skipped, Mark::Untried),
        ] {
            assert_eq!(Mark::of(want, &cell(observed, verdict)), mark, "{want} {observed} {verdict}");
        }
    }

    #[test]
    fn a_handshake_refusal_is_told_apart_from_an_answer() {
        assert_eq!(outcome("handshake_refused(revoked)"), ("revoked", true));
        assert_eq!(outcome("revoked"), ("revoked", false));
        assert_eq!(outcome("handshake_refused(revoked"), ("handshake_refused(revoked", false));
    }
}
