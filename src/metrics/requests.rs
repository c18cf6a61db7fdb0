//! Who was served, who was refused and why, and how long it took.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use super::page::{Family, Page, Type};
use crate::{denial::Reason, histogram::Histogram, mode::Mode, wire::DECISIONS};

const DECIDED: Family = Family {
    name: DECISIONS,
    kind: Type::Counter,
    help: "Requests by mode, outcome (allowed, refused, hung_up) and the reason of the refusal.",
};
const REQUEST: Family = Family {
    name: "authbench_request_duration_seconds",
    kind: Type::Histogram,
    help: "From the head of a request to its answer, or to the end of a caller's patience.",
};
const DECISION: Family = Family {
    name: "authbench_decision_duration_seconds",
    kind: Type::Histogram,
    help: "From what a caller presented to the permit or the refusal.",
};
const TOKEN_ISSUE: Family = Family {
    name: "authbench_token_issue_duration_seconds",
    kind: Type::Histogram,
    help: "From a whole token request to the signed token; refused requests are not counted.",
};

/// How requests ended.
#[derive(Debug, Default)]
pub(super) struct Requests {
    allowed: AtomicU64,
    refused: [AtomicU64; Reason::ALL.len()],
    hung_up: AtomicU64,
    took: Histogram,
    decision: Histogram,
    token_issue: Histogram,
}

impl Requests {
    pub(super) fn count(&self, reason: Option<Reason>, answered: bool, took: Duration) {
        let counter = match (reason, answered) {
            (Some(reason), _) => &self.refused[reason as usize],
            (None, true) => &self.allowed,
            (None, false) => &self.hung_up,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        self.took.count(took);
    }

    pub(super) fn decided(&self, took: Duration) {
        self.decision.count(took);
    }

    pub(super) fn token_issued(&self, took: Duration) {
        self.token_issue.count(took);
    }
}

impl Page {
    pub(super) fn requests(&mut self, mode: Mode, requests: &Requests) {
        let mut decided = self.family(DECIDED);
        let mut put = |outcome, reason, counter: &AtomicU64| {
            let labels = [("mode", mode.as_str()), ("outcome", outcome), ("reason", reason)];
            decided.put(&labels, counter.load(Ordering::Relaxed));
        };
        put("allowed", "", &requests.allowed);
        put("hung_up", "", &requests.hung_up);
        for (reason, counter) in Reason::ALL.iter().zip(&requests.refused) {
            put("refused", reason.as_str(), counter);
        }
        self.family(REQUEST).histogram(&[], &requests.took);
        self.family(DECISION).histogram(&[], &requests.decision);
        self.family(TOKEN_ISSUE).histogram(&[], &requests.token_issue);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_is_counted_by_how_it_ended() {
        let requests = Requests::default();
        for (reason, answered) in [(None, true), (None, true), (None, false), (Some(Reason::Expired), true)] {
            requests.count(reason, answered, Duration::from_micros(30));
        }
        // Refused, and gone before it heard so: a refusal all the same.
        requests.count(Some(Reason::Expired), false, Duration::from_micros(30));
        let mut page = Page::default();
        page.requests(Mode::Jwt, &requests);
        let text = page.into_text();
        for line in [
            r#"authbench_decisions_total{mode="jwt",outcome="allowed",reason=""} 2"#,
            r#"authbench_decisions_total{mode="jwt",outcome="hung_up",reason=""} 1"#,
            r#"authbench_decisions_total{mode="jwt",outcome="refused",reason="expired"} 2"#,
            r#"authbench_decisions_total{mode="jwt",outcome="refused",reason="revoked"} 0"#,
            "authbench_request_duration_seconds_count 5",
            "authbench_decision_duration_seconds_count 0",
        ] {
            assert!(text.lines().any(|known| known == line), "{line} is not in\n{text}");
        }
    }
}
