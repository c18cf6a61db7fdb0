//! The report: pure functions of the findings. The same findings give the same bytes.

mod against;
mod answer;
mod break_even;
mod chart;
mod claims;
mod costs;
mod dots;
mod drills;
mod effort;
mod html;
mod junit;
mod machine;
mod mark;
mod markdown;
mod matrix;
mod merits;
mod needs;
mod number;
mod outages;
mod prices;
mod radius;
#[cfg(test)]
pub(crate) mod sample;
mod section;
mod sweep;
mod tally;
mod terminal;

pub use html::html;
pub use junit::junit;
pub use markdown::markdown;
pub use terminal::{Style, terminal};

use self::section::Section;
use super::{findings::Findings, needs::Needs};

/// What a reader adds to the findings, and what is not in them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reader<'a> {
    /// What the team needs; without, no lock is ranked.
    pub needs: Option<&'a Needs>,
    /// An earlier run, to say what changed since then.
    pub before: Option<&'a Findings>,
}

/// The parts that answer what the reader asked, right after the answer.
fn asked(findings: &Findings, reader: Reader<'_>) -> Vec<Section> {
    let changes = reader.before.map(|before| against::section(findings, before));
    changes.into_iter().chain(reader.needs.and_then(|needs| needs::section(findings, needs))).collect()
}

/// The parts beside answer and matrix, in the order in which they are read.
fn sections(findings: &Findings) -> Vec<Section> {
    [
        radius::section(findings),
        claims::section(findings),
        drills::section(findings),
        outages::section(findings),
        effort::section(findings),
        costs::section(findings),
        prices::section(findings),
        break_even::section(findings),
        sweep::section(findings),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{Reader, Style, html, junit, markdown, sample, terminal};
    use crate::compare::findings::Findings;

    #[test]
    fn the_same_findings_give_the_same_bytes_also_after_a_journey() {
        for findings in
            [sample::findings(), sample::troubled(), sample::both_profiles(), sample::thefts(), sample::bad_failures()]
        {
            let again = Findings::from_json(&findings.to_json().unwrap()).unwrap();
            assert_eq!(again, findings);
            for before in [None, Some(&sample::earlier())] {
                let (reader, style) = (Reader { before, ..Reader::default() }, Style { colour: true, whole: true });
                assert_eq!(html(&again, reader).unwrap(), html(&findings, reader).unwrap());
                assert_eq!(markdown(&again, reader), markdown(&findings, reader));
                assert_eq!(terminal(&again, reader, style), terminal(&findings, reader, style));
            }
            assert_eq!(junit(&again), junit(&findings));
        }
    }
}
