//! What the article claims: `scenarios/claims.toml`, and the scenarios that try it.

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{REFERENCE, Scenario};
use crate::{
    compare::findings::{Claim, Trial, Want},
    document::{Document, Fault},
    mode::Mode,
};

/// The file below `scenarios/`.
pub(super) const FILE: &str = "claims.toml";

const TEXT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/claims.toml"));

/// A claim that a scenario tries.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `id` and `says`")]
pub struct Tie {
    /// Which claim.
    pub id: String,
    /// How the deciding step ends if it is true.
    pub says: Want,
    /// In which circumstances the scenario tries it, when they are others than those of the sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    claim: Vec<Spanned<Sentence>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sentence {
    id: String,
    says: String,
    means: String,
    about: Vec<Mode>,
}

/// Every claim of the article in its order, each with those of `scenarios` that try it.
///
/// # Errors
/// What is wrong with the file; the tests see to it that nothing is.
pub fn claims(scenarios: &[Scenario]) -> Result<Vec<Claim>, Fault> {
    let claim = |one: Sentence| {
        let trials = scenarios.iter().flat_map(|scenario| trials(scenario, &one.id)).collect();
        Claim { id: one.id, says: one.says, means: one.means, about: one.about, trials }
    };
    Ok(sentences(&Document::new(&format!("scenarios/{FILE}"), TEXT))?.into_iter().map(claim).collect())
}

fn trials(scenario: &Scenario, id: &str) -> Vec<Trial> {
    let ties = scenario.claims.iter().filter(|tie| tie.id == id);
    ties.map(|tie| Trial { scenario: scenario.id.clone(), predicts: tie.says, when: tie.when.clone() }).collect()
}

fn sentences(document: &Document<'_>) -> Result<Vec<Sentence>, Fault> {
    let written: Written = document.parse(REFERENCE)?;
    let mut all: Vec<Sentence> = Vec::new();
    for claim in written.claim {
        let at = claim.span();
        let claim = claim.into_inner();
        if all.iter().any(|known| known.id == claim.id) {
            return Err(document.fault(&at, format!("there are two claims `{}`", claim.id), "give one of them another `id`"));
        }
        if claim.about.is_empty() {
            return Err(document.fault(&at, "the claim is about no lock", "name the modes that it speaks of in `about`"));
        }
        all.push(claim);
    }
    Ok(all)
}

/// Whether the article has such claims, and they speak of a lock in which the scenario runs.
pub(super) fn check(document: &Document<'_>, ties: Option<&Spanned<Vec<Tie>>>, modes: &[Mode]) -> Result<(), Fault> {
    let Some(ties) = ties else { return Ok(()) };
    let known = sentences(&Document::new(&format!("scenarios/{FILE}"), TEXT))?;
    for tie in ties.get_ref() {
        let fault = |what: String, remedy: String| document.fault(&ties.span(), what, remedy);
        let Some(claim) = known.iter().find(|claim| claim.id == tie.id) else {
            let what = format!("the article has no claim `{}`", tie.id);
            return Err(fault(what, format!("write one of scenarios/{FILE}, or add it there")));
        };
        if !claim.about.iter().any(|mode| modes.contains(mode)) {
            let what = format!("`{}` speaks of no mode in which the scenario runs", tie.id);
            return Err(fault(what, "drop the claim, or run where it can be tried".into()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{super::catalogue, *};

    fn fault(text: &str) -> String {
        sentences(&Document::new("claims.toml", text)).err().map(|fault| fault.to_string()).unwrap_or_default()
    }

    #[test]
    fn every_claim_of_the_article_is_tried_wherever_it_speaks_of() {
        let scenarios = catalogue::built_in().unwrap();
        for claim in claims(&scenarios).unwrap() {
            assert!(!claim.trials.is_empty(), "nothing tries `{}`", claim.id);
            for mode in &claim.about {
                let tried = |trial: &Trial| {
                    let scenario = scenarios.iter().find(|scenario| scenario.id == trial.scenario).unwrap();
                    scenario.modes.contains(mode)
                };
                assert!(claim.trials.iter().any(tried), "nothing tries `{}` in {mode}", claim.id);
            }
        }
    }

    #[test]
    fn faults_of_claims() {
        let one = "[[claim]]\nid = \"a\"\nsays = \"s\"\nmeans = \"m\"\nabout = [\"jwt\"]\n";
        insta::assert_snapshot!(fault(&format!("{one}{one}")), @"
        claims.toml:6: `claim`: there are two claims `a`
          mend: give one of them another `id`
        ");
        insta::assert_snapshot!(fault(&one.replace("[\"jwt\"]", "[]")), @"
        claims.toml:1: `claim`: the claim is about no lock
          mend: name the modes that it speaks of in `about`
        ");
        insta::assert_snapshot!(fault(&one.replace("says", "say")), @"
        claims.toml:3: `claim.say`: unknown field `say`, expected one of `id`, `says`, `means`, `about`
          mend: write `says`, or see docs/scenarios.md
        ");
        insta::assert_snapshot!(fault(&one.replace("jwt", "jtw")), @"
        claims.toml:5: `claim.about`: `jtw` is not one of open, jwt, mtls, apikey
          mend: see docs/scenarios.md
        ");
    }
}
