//! PKITS, NIST's suite for path validation: callers' certificates below one root, with the lists of every CA.
//!
//! A path is put together as its document has it: by the key identifiers, which name the keys that were meant even where names
//! or signatures are wrong.

mod collection;
mod sections;

use std::time::Duration;

use authbench::{denial::Reason, transport::Purpose};

use self::{collection::Collection, sections::section_of};
use super::{
    chains::{Chain, Refusal, Report},
    vectors,
};

/// 2020-01-01: the vectors live from 2010 to 2030.
const MOMENT: Duration = Duration::from_secs(1_577_836_800);

/// One vector: the certificate of that name, and what its name says of it.
struct Vector {
    name: String,
    section: &'static str,
    /// `None` when it depends on the policies that are asked for, which are none here.
    valid: Option<bool>,
    chain: Chain,
}

fn every() -> Option<Vec<Vector>> {
    let collection = Collection::read(&vectors("pkits")?);
    let vector = |name: &str| {
        let (valid, rest) = match (name.strip_prefix("Valid"), name.strip_prefix("Invalid")) {
            (Some(rest), _) => (Some(true), rest),
            (_, Some(rest)) => (Some(false), rest),
            _ => (None, name),
        };
        let path = collection.path(name);
        let chain = Chain {
            leaf: collection.certificate(name).to_vec(),
            lists: Some(collection.lists(&path)),
            rest: path.iter().map(|ca| collection.certificate(ca).to_vec()).collect(),
            anchors: vec![collection.certificate(collection::ROOT).to_vec()],
            at: MOMENT,
            purpose: Purpose::ClientAuth,
        };
        Vector { name: name.to_owned(), section: section_of(rest), valid, chain }
    };
    Some(collection.leaves().map(vector).collect())
}

/// Runs the vectors of these sections; gives how each ended.
fn check(what: &str, sections: &[&str]) -> Vec<(Vector, Result<(), Refusal>)> {
    let Some(all) = every() else { return Vec::new() };
    let wanted = |vector: &Vector| sections.iter().any(|number| vector.section.split(' ').next() == Some(number));
    let ended: Vec<_> = all.into_iter().filter(wanted).map(|vector| (vector.chain.judge(), vector)).collect();
    let mut report = Report::default();
    for (outcome, vector) in &ended {
        // What depends on policies is run and told, and cannot be right or wrong.
        let Some(valid) = vector.valid else { continue };
        report.count(&format!("{} {}", vector.section, vector.name), valid, &vector.chain, outcome);
    }
    report.judge(what);
    ended.into_iter().map(|(outcome, vector)| (vector, outcome)).collect()
}

/// What is about revocation is refused for revocation: a chain that was refused before would prove nothing.
fn assert_refused_for_revocation(ended: &[(Vector, Result<(), Refusal>)], section: &str) {
    for (vector, outcome) in ended.iter().filter(|(vector, _)| vector.section.starts_with(section)) {
        if let Err(refusal) = outcome {
            assert!(refusal.is_of_revocation(), "{}: {refusal}", vector.name);
        }
    }
}

#[test]
fn m_signatures_validity_names_revocation_and_constraints() {
    let ended = check("PKITS 4.1 to 4.4, 4.6, 4.13", &["4.1", "4.2", "4.3", "4.4", "4.6", "4.13"]);
    assert_refused_for_revocation(&ended, "4.4 ");
    let expected = [("InvalidRevokedEETest3EE", Reason::Revoked), ("InvalidEEnotAfterDateTest6EE", Reason::Expired)];
    for (name, reason) in expected {
        let outcome = ended.iter().find(|(vector, _)| vector.name == name).map(|(_, outcome)| outcome.as_ref().unwrap_err());
        assert!(outcome.is_none_or(|refusal| refusal.reason == reason), "{name}");
    }
}

#[test]
fn m_self_issued_key_usage_and_lists_of_every_kind() {
    let ended = check("PKITS 4.5, 4.7, 4.14 to 4.16", &["4.5", "4.7", "4.14", "4.15", "4.16"]);
    assert_refused_for_revocation(&ended, "4.14 ");
    assert_refused_for_revocation(&ended, "4.15 ");
}

/// Policies are not looked at. A path that must be judged by them says so by a critical extension, and is refused for that;
/// what is accepted is named here.
#[test]
fn m_policies() {
    let ended = check("PKITS 4.8 to 4.12", &["4.8", "4.9", "4.10", "4.11", "4.12"]);
    let depends = ended.iter().filter(|(vector, _)| vector.valid.is_none());
    let accepted: Vec<_> = depends.clone().filter(|(_, outcome)| outcome.is_ok()).map(|(vector, _)| &vector.name).collect();
    println!("  {} depend on the policies asked for; accepted as for any: {accepted:#?}", depends.count());
}
