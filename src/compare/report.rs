//! The report: pure functions of the findings. The same findings give the same bytes.

mod answer;
mod chart;
mod costs;
mod dots;
mod drills;
mod html;
mod machine;
mod mark;
mod markdown;
mod matrix;
mod number;
mod outages;
#[cfg(test)]
pub(crate) mod sample;
mod section;
mod tally;
mod terminal;

pub use html::html;
pub use markdown::markdown;
pub use terminal::terminal;

use self::section::Section;
use super::findings::Findings;

/// The parts beside answer and matrix, in the order in which they are read.
fn sections(findings: &Findings) -> Vec<Section> {
    [drills::section(findings), outages::section(findings), costs::section(findings)].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::{html, markdown, sample, terminal};
    use crate::compare::findings::Findings;

    #[test]
    fn the_same_findings_give_the_same_bytes_also_after_a_journey() {
        for findings in [sample::findings(), sample::troubled(), sample::both_profiles(), sample::bad_failures()] {
            let again = Findings::from_json(&findings.to_json().unwrap()).unwrap();
            assert_eq!(again, findings);
            assert_eq!(html(&again).unwrap(), html(&findings).unwrap());
            assert_eq!(markdown(&again), markdown(&findings));
            assert_eq!(terminal(&again, true), terminal(&findings, true));
        }
    }
}
