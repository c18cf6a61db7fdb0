//! The sentences of the article that claim something, and the verdict that the cells of a run give on each.

use serde::{Deserialize, Serialize};

use super::{Cell, Findings, UNSEEN, Verdict, Want};
use crate::mode::{Mode, Profile};

/// The outcomes of a request that got what it asked for: the resource, a token, its end, or that it counts.
const PASSED: [&str; 4] = ["allowed", "granted", "accepted", "active"];

/// One sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Claim {
    /// A short name.
    pub id: String,
    /// The sentence, word for word.
    pub says: String,
    /// What it comes to, in our words.
    pub means: String,
    /// The locks that it speaks of; never empty.
    pub about: Vec<Mode>,
    /// The scenarios that try it.
    pub trials: Vec<Trial>,
}

/// One scenario that tries a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Trial {
    /// The scenario.
    pub scenario: String,
    /// How its deciding step ends if the claim is true.
    pub predicts: Want,
    /// The circumstances in which the scenario tries it; absent: those that the sentence speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// What the run says about a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// Every trial went as the claim predicts.
    Holds,
    /// It depends.
    OnlyIf {
        /// The circumstances in which it went as predicted; may be empty.
        when: Vec<String>,
        /// The circumstances in which it did not; may be empty.
        unless: Vec<String>,
    },
    /// It did not go as the claim predicts.
    DoesNotHold,
    /// Nothing was tried.
    NotTried,
}

/// Whether an outcome is that of a request which got what it asked for.
pub fn passed(outcome: &str) -> bool {
    PASSED.contains(&outcome)
}

/// Whether the deciding step of a cell was reached.
pub fn decided(cell: &Cell) -> bool {
    cell.verdict != Verdict::Skipped && cell.observed != UNSEEN
}

impl Findings {
    /// The verdict on a claim in one profile, and the cells from which it follows.
    pub fn judged(&self, claim: &Claim, profile: Profile) -> (Judged, Vec<&Cell>) {
        let mut seen = Seen::default();
        let mut cells = Vec::new();
        for trial in &claim.trials {
            for cell in self.scenarios.iter().filter(|cell| decided(cell) && cell.profile == profile) {
                if cell.id == trial.scenario && claim.about.contains(&cell.mode) {
                    seen.count(trial.when.as_deref(), passed(&cell.observed) == (trial.predicts == Want::Allowed));
                    cells.push(cell);
                }
            }
        }
        (seen.verdict(), cells)
    }
}

/// How the trials went: in the circumstances of the sentence, and in others.
#[derive(Debug, Default)]
struct Seen<'a> {
    plainly: Option<bool>,
    others: Vec<(&'a str, bool)>,
}

impl<'a> Seen<'a> {
    /// One trial more. Of several in the same circumstances all must have gone as predicted.
    fn count(&mut self, when: Option<&'a str>, as_predicted: bool) {
        let Some(when) = when else {
            self.plainly = Some(self.plainly.unwrap_or(true) && as_predicted);
            return;
        };
        match self.others.iter_mut().find(|(known, _)| *known == when) {
            Some((_, so_far)) => *so_far &= as_predicted,
            None => self.others.push((when, as_predicted)),
        }
    }

    fn verdict(&self) -> Judged {
        let of = |wanted: bool| -> Vec<String> {
            self.others.iter().filter(|(_, went)| *went == wanted).map(|(when, _)| (*when).to_owned()).collect()
        };
        let (when, unless) = (of(true), of(false));
        match (self.plainly, when.is_empty(), unless.is_empty()) {
            (None, true, true) => Judged::NotTried,
            (Some(true), _, true) => Judged::Holds,
            // Where the sentence itself went wrong, what else went wrong adds nothing.
            (Some(false), false, _) => Judged::OnlyIf { when, unless: Vec::new() },
            (Some(false), true, _) | (None, true, false) => Judged::DoesNotHold,
            // Where it went right by itself, only the exceptions are conditions.
            (Some(true), _, false) => Judged::OnlyIf { when: Vec::new(), unless },
            (None, false, _) => Judged::OnlyIf { when, unless },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trials as `+` and `-`, with circumstances behind them: `+`, `- nobody looks`.
    fn verdict(trials: &[&'static str]) -> Judged {
        let mut seen = Seen::default();
        for trial in trials {
            let (sign, when) = trial.split_at(1);
            seen.count(Some(when.trim()).filter(|when| !when.is_empty()), sign == "+");
        }
        seen.verdict()
    }

    fn only_if(when: &[&str], unless: &[&str]) -> Judged {
        let owned = |words: &[&str]| words.iter().map(ToString::to_string).collect();
        Judged::OnlyIf { when: owned(when), unless: owned(unless) }
    }

    #[test]
    fn a_verdict_follows_from_the_trials() {
        for (trials, judged) in [
            (&[][..], Judged::NotTried),
            (&["+"], Judged::Holds),
            (&["-"], Judged::DoesNotHold),
            (&["+", "-"], Judged::DoesNotHold),
            (&["+", "+ a"], Judged::Holds),
            (&["-", "+ a"], only_if(&["a"], &[])),
            (&["-", "+ a", "- b"], only_if(&["a"], &[])),
            (&["-", "- a"], Judged::DoesNotHold),
            (&["+", "- a"], only_if(&[], &["a"])),
            (&["+", "+ a", "- b"], only_if(&[], &["b"])),
            (&["+ a"], only_if(&["a"], &[])),
            (&["- a"], Judged::DoesNotHold),
            (&["+ a", "- b"], only_if(&["a"], &["b"])),
            (&["+ a", "- a"], Judged::DoesNotHold),
            (&["+ a", "+ b"], only_if(&["a", "b"], &[])),
        ] {
            assert_eq!(verdict(trials), judged, "{trials:?}");
        }
    }

    #[test]
    fn the_order_of_the_trials_does_not_matter() {
        let all = ["+", "- a", "+ b"];
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            assert_eq!(verdict(&order.map(|at: usize| all[at])), only_if(&[], &["a"]));
        }
    }
}
