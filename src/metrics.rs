//! Counters and gauges in the Prometheus text format. They are fed from the record, never beside it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use ::metrics::{Counter, Gauge, Key, KeyName, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use crate::{
    allowance::Limit,
    denial::Reason,
    mode::Mode,
    principal::Kind,
    wire::{DECISIONS, HANDSHAKES_REFUSED, ISSUER_KEYS_AGE, Operation, TOKEN_CACHE},
};

const ENDS: &str = "authbench_ends_timestamp_seconds";
const LIMITED: &str = "authbench_limited_total";
const LIMITS_SHADOWED: &str = "authbench_limits_shadowed_total";
const SIGNS_LISTS: &str = "authbench_revocation_list_signer";
const USAGE: &str = "authbench_usage_requests_total";
const OVER_ADMITTED: &str = "authbench_quota_over_admitted_total";

/// Every metric of one server; each handle is made once, so that counting is an addition.
pub struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    allowed: Counter,
    refused: Vec<Counter>,
    hung_up: Counter,
    handshakes: Vec<Counter>,
    accepted: [Counter; 2],
    dropped: Counter,
    token_cache: [Counter; 2],
    store_age: Gauge,
    credentials: [Gauge; 3],
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

/// What is read when somebody asks, instead of being counted as it happens.
#[derive(Debug, Clone, Copy)]
pub struct Readings {
    /// Records that were dropped since the start.
    pub dropped: u64,
    /// Seconds since the store was last seen in good order.
    pub store_age: f64,
    /// Clients, keys and certificates.
    pub credentials: (usize, usize, usize),
    /// Tokens that were remembered, and tokens that had to be verified.
    pub token_cache: (u64, u64),
}

impl Metrics {
    /// The metrics of a server in this mode. Nothing is global: several may live in one process.
    pub fn new(mode: Mode) -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        describe(&recorder);
        let decision = |outcome: &'static str| counter(&recorder, DECISIONS, &[("mode", mode.as_str()), ("outcome", outcome)]);
        let handshake = |reason: &Reason| counter(&recorder, HANDSHAKES_REFUSED, &[("reason", reason.as_str())]);
        let accepted = |kind| counter(&recorder, "authbench_handshakes_accepted_total", &[("kind", kind)]);
        let token_cache = |outcome| counter(&recorder, TOKEN_CACHE, &[("outcome", outcome)]);
        let credentials = |kind| gauge(&recorder, "authbench_credentials", &[("kind", kind)]);
        Self {
            handle: recorder.handle(),
            allowed: decision("allowed"),
            refused: Reason::ALL.iter().map(|reason| decision(reason.as_str())).collect(),
            hung_up: decision("hung_up"),
            handshakes: Reason::ALL.iter().map(handshake).collect(),
            accepted: [accepted("full"), accepted("resumed")],
            dropped: counter(&recorder, "authbench_records_dropped_total", &[]),
            token_cache: [token_cache("hit"), token_cache("miss")],
            store_age: gauge(&recorder, "authbench_store_age_seconds", &[]),
            credentials: [credentials("client"), credentials("key"), credentials("certificate")],
            recorder,
        }
    }

    /// Sets how old the keys of a further issuer are, in seconds; infinite when there are none.
    pub fn issuer_keys_age(&self, issuer: &str, age: f64) {
        let key = Key::from_parts(ISSUER_KEYS_AGE, vec![Label::new("issuer", issuer.to_owned())]);
        self.recorder.register_gauge(&key, &METADATA).set(age);
    }

    /// Sets how many requests a limit of a plan refused since the start, and how many it would have refused, were it more than a
    /// shadow. The plan is empty for what all callers share.
    pub fn limited(&self, plan: &str, limit: Limit, refused: u64, shadowed: u64) {
        let labels = vec![Label::new("plan", plan.to_owned()), Label::from_static_parts("limit", limit.as_str())];
        for (name, count) in [(LIMITED, refused), (LIMITS_SHADOWED, shadowed)] {
            self.recorder.register_counter(&Key::from_parts(name, labels.clone()), &METADATA).absolute(count);
        }
    }

    /// Sets when a certificate or a list ends, in Unix seconds.
    pub fn ends(&self, what: &'static str, at: u64) {
        gauge(&self.recorder, ENDS, &[("what", what)]).set(Duration::from_secs(at).as_secs_f64());
    }

    /// Sets whether this server has the keys that sign the next revocation lists.
    pub fn signs_lists(&self, signs: bool) {
        gauge(&self.recorder, SIGNS_LISTS, &[]).set(if signs { 1.0 } else { 0.0 });
    }

    /// Sets how many requests callers were served since the start. Whoever counts bounds how many there are.
    pub fn usage(&self, totals: &BTreeMap<(Kind, Arc<str>, Operation), u64>) {
        for ((kind, caller, operation), count) in totals {
            let labels = vec![
                Label::from_static_parts("kind", kind.as_str()),
                Label::new("caller", caller.to_string()),
                Label::from_static_parts("operation", operation.as_str()),
            ];
            self.recorder.register_counter(&Key::from_parts(USAGE, labels), &METADATA).absolute(*count);
        }
    }

    /// Sets how many requests were admitted beyond quotas, by plan.
    pub fn over_admitted(&self, by_plan: &BTreeMap<Arc<str>, u64>) {
        for (plan, count) in by_plan {
            let key = Key::from_parts(OVER_ADMITTED, vec![Label::new("plan", plan.to_string())]);
            self.recorder.register_counter(&key, &METADATA).absolute(*count);
        }
    }

    /// Counts one request by how it ended.
    pub fn decided(&self, reason: Option<Reason>, answered: bool) {
        match (reason, answered) {
            (Some(reason), _) => self.refused[reason as usize].increment(1),
            (None, true) => self.allowed.increment(1),
            (None, false) => self.hung_up.increment(1),
        }
    }

    /// Counts one refused handshake.
    pub fn handshake_refused(&self, reason: Reason) {
        self.handshakes[reason as usize].increment(1);
    }

    /// Counts one handshake that succeeded.
    pub fn handshake_accepted(&self, resumed: bool) {
        self.accepted[usize::from(resumed)].increment(1);
    }

    /// All of it as text.
    pub fn render(&self, readings: Readings) -> String {
        self.dropped.absolute(readings.dropped);
        let [hits, misses] = &self.token_cache;
        hits.absolute(readings.token_cache.0);
        misses.absolute(readings.token_cache.1);
        self.store_age.set(readings.store_age);
        let (clients, keys, certificates) = readings.credentials;
        for (gauge, count) in self.credentials.iter().zip([clients, keys, certificates]) {
            gauge.set(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
        }
        self.handle.render()
    }
}

fn describe(recorder: &PrometheusRecorder) {
    let counters = [
        (DECISIONS, "Requests by mode and outcome: `allowed`, `hung_up`, or the reason of the refusal."),
        (HANDSHAKES_REFUSED, "Handshakes that were refused, by reason."),
        ("authbench_handshakes_accepted_total", "Handshakes that succeeded, full or resumed."),
        ("authbench_records_dropped_total", "Records that were dropped because they came faster than they could be written."),
        (LIMITED, "Requests that a limit refused, by plan and limit: `operation`, `caller`, `quota`, `all_callers`."),
        (LIMITS_SHADOWED, "Requests that were served, and that a limit would have refused, were its plan no shadow."),
        (USAGE, "Requests that callers were served since the start, of the first 1000 callers by name, the rest together."),
        (OVER_ADMITTED, "Requests that were admitted although other servers had used up the quota, by plan."),
        (TOKEN_CACHE, "Tokens that were remembered from an earlier request (`hit`), or had to be verified (`miss`)."),
    ];
    for (name, text) in counters {
        recorder.describe_counter(KeyName::from(name), None, text.into());
    }
    recorder.describe_gauge(
        "authbench_store_age_seconds".into(),
        None,
        "Seconds since the store was last seen in good order.".into(),
    );
    recorder.describe_gauge(
        ISSUER_KEYS_AGE.into(),
        None,
        "Seconds since the keys of a further issuer were last fetched; +Inf when there are none.".into(),
    );
    let ends = "When the server's certificate, the first of the client CAs, and the first of their revocation lists end, in Unix seconds.";
    recorder.describe_gauge(ENDS.into(), None, ends.into());
    let signs = "Whether the key is here that signs the next revocation list of the development CA.";
    recorder.describe_gauge(SIGNS_LISTS.into(), None, signs.into());
    recorder.describe_gauge("authbench_credentials".into(), None, "Clients, keys and certificates in memory.".into());
}

const METADATA: Metadata<'static> = Metadata::new("authbench", Level::INFO, None);

fn key(name: &'static str, labels: &[(&'static str, &'static str)]) -> Key {
    Key::from_parts(name, labels.iter().map(|(name, value)| Label::from_static_parts(name, value)).collect::<Vec<_>>())
}

fn counter(recorder: &PrometheusRecorder, name: &'static str, labels: &[(&'static str, &'static str)]) -> Counter {
    recorder.register_counter(&key(name, labels), &METADATA)
}

fn gauge(recorder: &PrometheusRecorder, name: &'static str, labels: &[(&'static str, &'static str)]) -> Gauge {
    recorder.register_gauge(&key(name, labels), &METADATA)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_shown() {
        let metrics = Metrics::new(Mode::Jwt);
        metrics.decided(Some(Reason::Expired), true);
        metrics.decided(None, true);
        metrics.handshake_refused(Reason::Revoked);
        metrics.limited("gold", Limit::Operation, 7, 8);
        metrics.usage(&BTreeMap::from([((Kind::Key, Arc::from("a \"b\""), Operation::Hello), 7)]));
        metrics.over_admitted(&BTreeMap::from([(Arc::from("small"), 2)]));
        metrics.issuer_keys_age("https://issuer.example", f64::INFINITY);
        let text = metrics.render(Readings { dropped: 3, store_age: 0.5, credentials: (1, 2, 3), token_cache: (4, 5) });
        for line in [
            r#"authbench_decisions_total{mode="jwt",outcome="expired"} 1"#,
            r#"authbench_decisions_total{mode="jwt",outcome="allowed"} 1"#,
            r#"authbench_handshakes_refused_total{reason="revoked"} 1"#,
            r#"authbench_handshakes_refused_total{reason="expired"} 0"#,
            "authbench_records_dropped_total 3",
            r#"authbench_credentials{kind="key"} 2"#,
            r#"authbench_issuer_keys_age_seconds{issuer="https://issuer.example"} inf"#,
            r#"authbench_limited_total{plan="gold",limit="operation"} 7"#,
            r#"authbench_limits_shadowed_total{plan="gold",limit="operation"} 8"#,
            r#"authbench_token_cache_total{outcome="hit"} 4"#,
            r#"authbench_token_cache_total{outcome="miss"} 5"#,
            r#"authbench_usage_requests_total{kind="key",caller="a \"b\"",operation="GET /hello-world"} 7"#,
            r#"authbench_quota_over_admitted_total{plan="small"} 2"#,
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
