//! What an exchange says about the call, in the words of scenarios.

use std::collections::BTreeMap;

use serde_json::Value;

use super::scenario::Outcome;
use crate::{
    caller::{Broken, Exchange, Stage},
    denial::Reason,
    wire::HELLO_BODY,
};

/// Refused handshakes by reason, as the server counts them.
pub(super) type Refusals = BTreeMap<Reason, u64>;

/// The outcome of a call for the resource.
pub(super) fn answer(answer: &Exchange) -> Outcome {
    if answer.status.is_success() {
        return if answer.body == HELLO_BODY { Outcome::Allowed } else { strange(answer, "is not the resource") };
    }
    match answer.json()["reason"].as_str().map(str::parse) {
        Some(Ok(reason)) => Outcome::Refused(reason),
        Some(Err(_)) => strange(answer, "names a reason that is none"),
        None => strange(answer, "names no reason"),
    }
}

/// The outcome of a call whose token was refused before it began (RFC 6749 §5.2).
pub(super) fn token_refusal(answer: &Exchange) -> Outcome {
    let json = answer.json();
    let error = json["error"].as_str().unwrap_or_default();
    match (error, json.get("reason").and_then(Value::as_str).map(str::parse)) {
        (_, Some(Ok(reason))) => Outcome::Refused(reason),
        ("invalid_client", _) => Outcome::Refused(Reason::CredentialUnknown),
        ("invalid_scope", _) => Outcome::Refused(Reason::ScopeInsufficient),
        _ => strange(answer, &format!("gives no token, error `{error}`")),
    }
}

/// The outcome of a call that got no answer. `counted` is what the server's counter of refused handshakes grew by meanwhile.
pub(super) fn broken(broken: &Broken, counted: &Refusals) -> Outcome {
    let mut reasons = counted.keys();
    match (broken.stage, reasons.next(), reasons.next()) {
        (Stage::Handshake | Stage::Closed, Some(reason), None) => Outcome::HandshakeRefused(*reason),
        (Stage::Closed, None, _) => Outcome::Closed,
        (_, Some(_), Some(_)) => Outcome::Strange(format!("{broken}; the server counted {counted:?}")),
        _ => Outcome::Strange(format!("{broken}; the server counted no refused handshake")),
    }
}

/// By how much the counters grew.
pub(super) fn grown(before: &Refusals, after: &Refusals) -> Refusals {
    let more = |reason: &Reason, count: &u64| count.saturating_sub(before.get(reason).copied().unwrap_or(0));
    after.iter().map(|(reason, count)| (*reason, more(reason, count))).filter(|(_, more)| *more > 0).collect()
}

/// Reads the counter of refused handshakes out of Prometheus text.
pub(super) fn refusals(metrics: &str) -> Refusals {
    let lines = metrics.lines().filter_map(|line| line.strip_prefix(crate::wire::HANDSHAKES_REFUSED)?.strip_prefix('{'));
    let mut all = Refusals::new();
    for line in lines {
        let Some((labels, value)) = line.rsplit_once('}') else { continue };
        let reason = labels.split(',').find_map(|label| label.trim().strip_prefix("reason=\"")?.strip_suffix('"')?.parse().ok());
        if let (Some(reason), Ok(count)) = (reason, value.trim().parse::<u64>()) {
            *all.entry(reason).or_default() += count;
        }
    }
    all
}

fn strange(answer: &Exchange, what: &str) -> Outcome {
    Outcome::Strange(format!("an answer {} that {what}", answer.status.as_u16()))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn exchange(status: u16, body: &'static str) -> Exchange {
        Exchange { status: StatusCode::from_u16(status).unwrap(), headers: HeaderMap::new(), body: body.into() }
    }

    #[test]
    fn answers_become_outcomes() {
        let said = |status, body| answer(&exchange(status, body)).to_string();
        assert_eq!(said(200, HELLO_BODY), "allowed");
        assert_eq!(said(401, r#"{"reason":"expired"}"#), "expired");
        assert_eq!(said(200, "{}"), "an answer 200 that is not the resource");
        assert_eq!(said(502, "<html>"), "an answer 502 that names no reason");
        assert_eq!(said(401, r#"{"reason":"mood"}"#), "an answer 401 that names a reason that is none");
        let token = |body| token_refusal(&exchange(400, body)).to_string();
        assert_eq!(token(r#"{"error":"invalid_client"}"#), "credential_unknown");
        assert_eq!(token(r#"{"error":"invalid_scope"}"#), "scope_insufficient");
        assert_eq!(token("oops"), "an answer 400 that gives no token, error ``");
    }

    #[test]
    fn a_refused_handshake_has_the_reason_that_was_counted() {
        let broken = |stage| Broken { stage, alert: None, why: "w".into() };
        let counted = Refusals::from([(Reason::Revoked, 1)]);
        assert_eq!(super::broken(&broken(Stage::Handshake), &counted).to_string(), "handshake_refused(revoked)");
        assert_eq!(super::broken(&broken(Stage::Closed), &counted).to_string(), "handshake_refused(revoked)");
        assert_eq!(super::broken(&broken(Stage::Closed), &Refusals::new()).to_string(), "closed");
        assert!(matches!(super::broken(&broken(Stage::Handshake), &Refusals::new()), Outcome::Strange(_)));
        assert!(matches!(super::broken(&broken(Stage::Connect), &counted), Outcome::Strange(_)));
    }

    #[test]
    fn the_counter_is_read_by_reason() {
        let text = "# TYPE authbench_handshakes_refused_total counter\nauthbench_handshakes_refused_total{reason=\"expired\"} 2\n\
                    authbench_handshakes_refused_total{mode=\"mtls\",reason=\"revoked\"} 1\nauthbench_other{reason=\"expired\"} 9\n";
        let now = refusals(text);
        assert_eq!(now, Refusals::from([(Reason::Expired, 2), (Reason::Revoked, 1)]));
        assert_eq!(grown(&Refusals::from([(Reason::Expired, 2)]), &now), Refusals::from([(Reason::Revoked, 1)]));
    }
}
