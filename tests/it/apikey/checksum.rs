//! K3: a key whose checksum is wrong is refused by its form alone: nothing is looked up, and nothing is counted against anybody.

use super::{made, outcome, with_another_secret, with_wrong_checksum};
use crate::lab::{Lab, PATH};

#[test]
fn k3_a_wrong_checksum_leaves_the_failure_budget_alone() {
    let lab = Lab::new();
    lab.configure("[guessing]\nfailures = 2\nrefill_per_second = 1\n");
    let server = lab.serve("apikey");
    let key = made(&lab, &["key", "add", "partner"]);
    let mistyped = with_wrong_checksum(&key);
    let mut line = server.line(None);
    for _ in 0..1000 {
        let answer = line.get(PATH, &[("x-api-key", &mistyped)]).unwrap();
        assert_eq!((answer.status, answer.outcome().as_str()), (401, "credential_malformed"));
    }
    let mut wrong = || line.get(PATH, &[("x-api-key", &with_another_secret(&key))]).unwrap();
    let first = wrong();
    assert_eq!((first.status, first.outcome().as_str()), (401, "credential_unknown"), "not 429: the budget is whole");
    assert_eq!(wrong().outcome(), "credential_unknown");
    assert!((0..10).any(|_| wrong().outcome() == "guessing"), "and it is this small");
    assert_eq!(
        server.metric("authbench_decisions_total{mode=\"apikey\",outcome=\"refused\",reason=\"credential_malformed\"}"),
        1000
    );
    assert_eq!(outcome(&server, &key), "allowed");
}

#[test]
fn k3_a_wrong_checksum_tells_nothing_of_the_key() {
    let lab = Lab::new();
    let server = lab.serve("apikey");
    let (revoked, live) = (made(&lab, &["key", "add", "revoked"]), made(&lab, &["key", "add", "live"]));
    lab.effective(&["key", "revoke", "revoked"]);
    let unknown = format!("ab_000000000000_{}", &live[16..]);
    for key in [&revoked, &live, &unknown] {
        assert_eq!(outcome(&server, &with_wrong_checksum(key)), "credential_malformed");
    }
    assert_eq!(outcome(&server, &revoked), "revoked");
}
