//! x509-limbo: the cases of callers' certificates and of revocation lists.

use std::{fs, time::Duration};

use authbench::{denial::Reason, transport::Purpose};
use pem::Pem;
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    chains::{Chain, Refusal, Report},
    vectors,
};
use crate::lab::text;

/// For cases that do not say when: as any other moment within the lives of their certificates, 1970 to 2969.
const ANY_TIME: &str = "2024-01-01T00:00:00+00:00";

fn cases() -> Option<Vec<Value>> {
    let file = fs::read_to_string(vectors("x509-limbo")?.join("limbo.json")).unwrap();
    let content: Value = serde_json::from_str(&file).unwrap();
    Some(content["testcases"].as_array().unwrap().clone())
}

fn ders(case: &Value, name: &str) -> Vec<Vec<u8>> {
    case[name].as_array().unwrap().iter().map(|pem| der(pem.as_str().unwrap())).collect()
}

fn der(text: &str) -> Vec<u8> {
    pem::parse(text).map(Pem::into_contents).unwrap()
}

fn purpose(case: &Value) -> Purpose {
    match text(case, "validation_kind") {
        "CLIENT" => Purpose::ClientAuth,
        "SERVER" => Purpose::ServerAuth,
        other => panic!("an unknown kind `{other}`"),
    }
}

/// The names that a server is expected to have are not looked at: a caller is not expected to have any.
fn chain(case: &Value) -> Chain {
    let moment = OffsetDateTime::parse(case["validation_time"].as_str().unwrap_or(ANY_TIME), &Rfc3339).unwrap();
    let lists = ders(case, "crls");
    Chain {
        leaf: der(text(case, "peer_certificate")),
        rest: ders(case, "untrusted_intermediates"),
        anchors: ders(case, "trusted_certs"),
        lists: (!lists.is_empty()).then_some(lists),
        at: Duration::from_secs(moment.unix_timestamp().try_into().unwrap()),
        purpose: purpose(case),
    }
}

fn valid(case: &Value) -> bool {
    match text(case, "expected_result") {
        "SUCCESS" => true,
        "FAILURE" => false,
        other => panic!("an unknown result `{other}`"),
    }
}

/// Runs the cases that `wanted` picks; gives the names and the ends of those that were refused.
fn check(what: &str, wanted: fn(&Value) -> bool) -> Vec<(String, Refusal)> {
    let Some(cases) = cases() else { return Vec::new() };
    let (mut report, mut refused) = (Report::default(), Vec::new());
    for case in cases.iter().filter(|case| wanted(case)) {
        let (chain, name) = (chain(case), text(case, "id"));
        let outcome = chain.judge();
        report.count(name, valid(case), &chain, &outcome);
        refused.extend(outcome.err().map(|refusal| (name.to_owned(), refusal)));
    }
    report.judge(what);
    refused
}

/// Every case with a list: what must fail fails for what its list says, or for the list, and for nothing else.
#[test]
fn m_revocation_lists() {
    for (name, refusal) in check("x509-limbo, lists", |case| case["crls"] != json!([])) {
        let expected = if name == "crl::revoked-certificate-with-crl" { Reason::Revoked } else { Reason::RevocationUnknown };
        assert_eq!(refusal.reason, expected, "{name}: {refusal}");
    }
}

/// Every case of a caller's certificate. Each is about name constraints for mailboxes.
#[test]
fn m_clients() {
    for (name, refusal) in check("x509-limbo, clients", |case| case["validation_kind"] == "CLIENT") {
        assert_eq!(refusal.cause, "Other(OtherError(NameConstraintViolation))", "{name}");
    }
}
