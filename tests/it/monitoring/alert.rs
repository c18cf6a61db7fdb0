//! Something happens, and a real Prometheus says so.

use serde_json::Value;

use super::{dashboard, prometheus::Prometheus, rules};
use crate::lab::{Lab, eventually, text};

/// One more than the failure budget of one address.
const GUESSES: usize = 25;

/// Whether such an alert fires, and everybody is told of the server and the reason.
fn fires(alerts: &[Value], name: &str, reason: Option<&str>) -> bool {
    alerts.iter().any(|alert| {
        let labels = &alert["labels"];
        labels["alertname"] == name && reason.is_none_or(|reason| labels["reason"] == reason) && labels["job"] == "authbench"
    })
}

#[test]
fn who_guesses_and_who_was_revoked_and_goes_on_trying_is_told() {
    let (lab, stranger) = (Lab::new(), Lab::new());
    let server = lab.serve("apikey");
    let Some(prometheus) = Prometheus::watching(&server) else { return };
    let key = lab.effective(&["key", "add", "partner"]);
    let call = |key: &str| server.call(&[("x-api-key", key)]).outcome();
    assert_eq!(call(text(&key, "key")), "allowed");
    // Counters rise from what was seen before.
    let seen = || prometheus.query("authbench_decisions_total{outcome=\"allowed\"} == 1").is_ok_and(|found| found.len() == 1);
    eventually("it is scraped", seen);
    assert!(prometheus.firing().is_empty(), "{:?}", prometheus.firing());

    lab.effective(&["key", "revoke", "partner"]);
    assert_eq!(call(text(&key, "key")), "revoked");
    let revoked = || fires(&prometheus.firing(), "AuthbenchRevokedCredentialTries", Some("revoked"));
    eventually("a revoked key that goes on trying is told", revoked);
    assert!(!fires(&prometheus.firing(), "AuthbenchGuessing", None), "nobody has guessed yet");

    let unknown = stranger.json(&["key", "add", "somebody"]);
    let outcomes: Vec<String> = (0..GUESSES).map(|_| call(text(&unknown, "key"))).collect();
    assert!(outcomes.iter().any(|outcome| outcome == "guessing"), "{outcomes:?}");
    eventually("guessing is told", || fires(&prometheus.firing(), "AuthbenchGuessing", None));

    let firing = prometheus.firing();
    let told = |alert: &Value, what: &str| alert["annotations"][what].as_str().unwrap_or_default().to_owned();
    assert!(firing.iter().all(|alert| told(alert, "summary").contains("127.0.0.1")), "{firing:?}");
    assert!(firing.iter().all(|alert| !told(alert, "description").contains("error")), "a template that fails: {firing:?}");
}

#[test]
fn a_certificate_that_was_not_renewed_and_a_store_that_is_lost_are_told() {
    let lab = Lab::new();
    let server = lab.serve("mtls");
    let Some(prometheus) = Prometheus::watching(&server) else { return };
    lab.effective(&["cert", "issue", "long", "--ttl", "90d"]);
    eventually("it is scraped", || {
        prometheus.query("authbench_credentials{state=\"active\"} == 1").is_ok_and(|it| it.len() == 1)
    });
    assert!(prometheus.firing().is_empty(), "{:?}", prometheus.firing());

    // A sixth of six seconds before its end, it is overdue.
    lab.effective(&["cert", "issue", "short", "--ttl", "6s"]);
    let soon = |alerts: &[Value]| alerts.iter().any(|alert| alert["labels"]["what"] == "client_certificate");
    eventually("a certificate that was not renewed is told", || soon(&prometheus.firing()));

    std::fs::rename(lab.path("state/authbench.db"), lab.path("elsewhere.db")).unwrap();
    eventually("a store that is lost is told", || fires(&prometheus.firing(), "AuthbenchStoreLost", None));
}

#[test]
fn prometheus_takes_every_expression_of_the_rules_and_of_the_dashboard() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let Some(prometheus) = Prometheus::watching(&server) else { return };
    eventually("it is scraped", || prometheus.query("up{job=\"authbench\"} == 1").is_ok_and(|found| found.len() == 1));
    let all = rules::expressions().into_iter().chain(dashboard::expressions());
    let refused: Vec<_> = all.filter_map(|expression| Some((prometheus.query(&expression).err()?, expression))).collect();
    assert!(refused.is_empty(), "{refused:?}");
}
