//! What the sample tries of thefts and of the article.

use super::Findings;
use crate::{
    compare::findings::{Artefact, Claim, Probe, Step, Trial, Want},
    mode::Mode,
};

/// The scenarios about something that is stolen, and what.
const STOLEN: &[(&str, Artefact)] = &[
    ("shared/seen_by_proxy", Artefact::ResourceRequest),
    ("shared/seen_by_proxy_allowlist", Artefact::ResourceRequest),
    ("shared/disk_stolen", Artefact::Disk),
];

/// Marks them, with what a thief tries beside the deciding call.
pub(super) fn add(findings: &mut Findings) {
    for (id, artefact) in STOLEN {
        if let Some(entry) = findings.catalogue.iter_mut().find(|entry| entry.id == *id) {
            entry.artefact = Some(*artefact);
        }
        for cell in findings.scenarios.iter_mut().filter(|cell| cell.id == *id) {
            let fenced = id.ends_with("allowlist");
            if let Some(step) = cell.proof.last_mut() {
                step.probe = Some(if fenced { Probe::Allowlist } else { Probe::Elsewhere });
            }
            if !fenced && cell.mode != Mode::Open {
                let outcome = if cell.observed == "allowed" { "revoked" } else { &cell.observed };
                cell.proof.push(after_revoking(outcome));
            }
        }
    }
}

fn after_revoking(outcome: &str) -> Step {
    Step {
        did: "call as thief from 127.0.0.9".into(),
        expected: Some(outcome.into()),
        observed: Some(outcome.into()),
        exchange: vec!["> GET /test/hello-world HTTP/1.1".into()],
        variants: Vec::new(),
        probe: Some(Probe::Revoked),
    }
}

/// A sentence that holds in one profile only, one with a condition, and one that nothing tries.
pub(super) fn claims() -> Vec<Claim> {
    let claim = |id: &str, says: &str, about: Mode, trials: Vec<Trial>| Claim {
        id: id.into(),
        says: says.into(),
        means: "What it comes to <b>here</b>.".into(),
        about: vec![about],
        trials,
    };
    let trial = |scenario: &str, predicts: Want, when: Option<&str>| Trial {
        scenario: scenario.into(),
        predicts,
        when: when.map(str::to_owned),
    };
    vec![
        claim(
            "revocable",
            "A token offers an option to revoke it.",
            Mode::Jwt,
            vec![trial("shared/revoked_new", Want::Refused, None)],
        ),
        claim(
            "shared",
            "A key is shared | with the <server> directly.",
            Mode::Apikey,
            vec![
                trial("shared/seen_by_proxy", Want::Allowed, None),
                trial("shared/seen_by_proxy_allowlist", Want::Allowed, Some("the caller has an allowlist")),
            ],
        ),
        claim("alerting", "Alerts are raised.", Mode::Mtls, Vec::new()),
    ]
}
