//! What an exchange says about the call, in the words of scenarios.

mod oauth;

use std::collections::BTreeMap;

pub(super) use self::oauth::{asked, token_refusal};
use super::scenario::Outcome;
use crate::{
    caller::{Broken, Exchange, Stage},
    denial::Reason,
    wire::HELLO_BODY,
};

/// Refusals by reason, as the server counts them.
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

/// The outcome of a refusal whose answer names no reason: what the server's counter grew by meanwhile.
pub(super) fn counted(answer: &Exchange, counted: &Refusals) -> Outcome {
    let mut reasons = counted.iter();
    match (reasons.next(), reasons.next()) {
        _ if answer.status.is_success() => strange(answer, "is no refusal"),
        _ if answer.json().get("reason").is_some() => strange(answer, "names its reason, which this profile does not"),
        (Some((reason, 1)), None) => Outcome::Refused(*reason),
        (None, _) => strange(answer, "the server did not count as a refusal"),
        _ => strange(answer, &format!("the server counted as {counted:?}")),
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

/// Reads a counter out of Prometheus text, as far as `label` holds a reason.
pub(super) fn refusals(metrics: &str, name: &str, label: &str) -> Refusals {
    let lines = metrics.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('{'));
    let begin = format!("{label}=\"");
    let mut all = Refusals::new();
    for line in lines {
        let Some((labels, value)) = line.rsplit_once('}') else { continue };
        let reason = labels.split(',').find_map(|label| label.trim().strip_prefix(&begin)?.strip_suffix('"')?.parse().ok());
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
    }

    #[test]
    fn a_refusal_without_a_reason_has_the_one_that_was_counted() {
        let said = |status, body, counted: &[(Reason, u64)]| {
            super::counted(&exchange(status, body), &counted.iter().copied().collect()).to_string()
        };
        let bare = r#"{"message":"Unauthorized"}"#;
        assert_eq!(said(401, bare, &[(Reason::Revoked, 1)]), "revoked");
        assert_eq!(said(401, bare, &[]), "an answer 401 that the server did not count as a refusal");
        assert_eq!(said(401, bare, &[(Reason::Revoked, 2)]), "an answer 401 that the server counted as {Revoked: 2}");
        assert!(
            said(401, bare, &[(Reason::Revoked, 1), (Reason::Expired, 1)]).starts_with("an answer 401 that the server counted")
        );
        assert!(said(401, r#"{"reason":"revoked"}"#, &[(Reason::Revoked, 1)]).ends_with("which this profile does not"));
        assert_eq!(said(200, "{}", &[(Reason::Revoked, 1)]), "an answer 200 that is no refusal");
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
        let now = refusals(text, "authbench_handshakes_refused_total", "reason");
        assert_eq!(now, Refusals::from([(Reason::Expired, 2), (Reason::Revoked, 1)]));
        assert_eq!(grown(&Refusals::from([(Reason::Expired, 2)]), &now), Refusals::from([(Reason::Revoked, 1)]));
        let text = "authbench_decisions_total{mode=\"jwt\",outcome=\"allowed\",reason=\"\"} 7\n\
                    authbench_decisions_total{mode=\"jwt\",outcome=\"refused\",reason=\"expired\"} 2\n";
        assert_eq!(refusals(text, "authbench_decisions_total", "reason"), Refusals::from([(Reason::Expired, 2)]));
    }
}
