//! What was observed of one mode over one shape, and which of it may be told.

use hdrhistogram::Histogram;

use crate::compare::{
    findings::{Figure, Measure},
    load::{Burst, Steady},
};

/// Fewer calls than this have no 99th percentile.
const ENOUGH: u64 = 1000;
/// A caller that is busier than this share of a processor measures itself.
const BUSY: f64 = 0.9;
/// A caller that gives up more than this share of its time to other programs is late through no fault of the server.
const DISPLACED: f64 = 0.1;
/// A machine that changes by more than this share between opening and closing run does not hold still enough.
const DRIFT: f64 = 0.2;

/// The observations of all turns.
#[derive(Debug, Default)]
pub(super) struct Book {
    all: Option<Histogram<u64>>,
    p50: Vec<f64>,
    p99: Vec<f64>,
    server: Vec<f64>,
    client: Vec<f64>,
    bytes: Vec<f64>,
    burst_calls: u64,
    error: Option<String>,
    busy: Option<f64>,
    displaced: Option<f64>,
    server_unknown: Option<String>,
}

impl Book {
    /// Enters an open loop.
    pub(super) fn steady(&mut self, seen: Steady) {
        self.error = self.error.take().or(seen.error);
        self.busy = self.busy.into_iter().chain(seen.busy).reduce(f64::max);
        self.displaced = self.displaced.into_iter().chain(seen.displaced).reduce(f64::max);
        if !seen.latencies.is_empty() {
            self.p50.push(microseconds(&seen.latencies, 0.5));
            self.p99.push(microseconds(&seen.latencies, 0.99));
        }
        match &mut self.all {
            // Same bounds everywhere, so nothing is out of range.
            Some(all) => drop(all.add(&seen.latencies)),
            None => self.all = Some(seen.latencies),
        }
    }

    /// Enters a closed loop, with the server's CPU time in microseconds per call, or why it is not known.
    pub(super) fn burst(&mut self, seen: Burst, server: Result<f64, String>) {
        self.error = self.error.take().or(seen.error);
        let calls = f64::from(seen.calls.max(1));
        self.burst_calls += u64::from(seen.calls);
        self.client.extend(seen.cpu.map(|spent| spent.as_secs_f64() * 1e6 / calls));
        self.bytes.push(f64::from(u32::try_from(seen.bytes).unwrap_or(u32::MAX)) / calls);
        match server {
            Ok(spent) => self.server.push(spent),
            Err(why) => self.server_unknown = Some(why),
        }
    }

    /// The figures. `drift` is the change of the baseline between the opening and the closing run, or why it is not known.
    pub(super) fn figures(&self, drift: &Result<f64, String>) -> Vec<Figure> {
        let calls = self.all.as_ref().map_or(0, Histogram::len);
        let percentile = |name, quantile, repeats: &[f64]| {
            // Over all turns together: one turn is too short for a tail.
            let value = self.all.as_ref().map(|all| microseconds(all, quantile));
            Figure::pooled(name, value, repeats, calls)
        };
        vec![
            self.unless(self.late(), percentile(Measure::P50, 0.5, &self.p50)),
            self.unless(self.late().or_else(|| few(calls)), percentile(Measure::P99, 0.99, &self.p99)),
            self.unless(self.server_unknown.clone().or_else(|| drifted(drift)), self.per_call(Measure::ServerCpu, &self.server)),
            self.unless(self.client_unknown().or_else(|| drifted(drift)), self.per_call(Measure::ClientCpu, &self.client)),
            self.unless(None, self.per_call(Measure::WireBytes, &self.bytes)),
        ]
    }

    fn per_call(&self, name: Measure, repeats: &[f64]) -> Figure {
        Figure::measured(name, repeats, self.burst_calls)
    }

    /// The figure, unless a call failed or there is a reason of its own.
    fn unless(&self, reason: Option<String>, figure: Figure) -> Figure {
        let failed = self.error.as_ref().map(|why| format!("a call failed: {why}"));
        match failed.or(reason) {
            Some(why) => Figure::void(figure.name, figure.samples, why),
            None => figure,
        }
    }

    fn late(&self) -> Option<String> {
        let over = |share: Option<f64>, most: f64| share.is_some_and(|share| share > most);
        if over(self.busy, BUSY) {
            return Some(format!(
                "the caller was busy for more than {:.0} % of the time: its own queue would be measured",
                BUSY * 100.0
            ));
        }
        over(self.displaced, DISPLACED)
            .then(|| format!("other programs took the caller's processor for more than {:.0} % of the time", DISPLACED * 100.0))
    }

    fn client_unknown(&self) -> Option<String> {
        self.client.is_empty().then(|| "this system does not tell the CPU time of a thread in /proc".into())
    }
}

fn few(calls: u64) -> Option<String> {
    (calls < ENOUGH).then(|| format!("{calls} calls are too few for a 99th percentile: it takes {ENOUGH}"))
}

fn drifted(drift: &Result<f64, String>) -> Option<String> {
    match drift {
        Ok(drift) if drift.abs() <= DRIFT => None,
        Ok(drift) => Some(format!("the baseline changed by {:.0} % between the opening and the closing run", drift * 100.0)),
        Err(why) => Some(format!("nothing says whether the machine held still: {why}")),
    }
}

fn microseconds(latencies: &Histogram<u64>, quantile: f64) -> f64 {
    std::time::Duration::from_nanos(latencies.value_at_quantile(quantile)).as_secs_f64() * 1e6
}
