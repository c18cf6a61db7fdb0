//! One measured number with what it is worth.

use serde::{Deserialize, Serialize};

use crate::{
    compare::statistics::{interval, median, widened},
    words::words,
};

words! {
    /// What a figure is a measure of.
    pub enum Measure {
        /// From nothing to the answer: in `jwt` that includes fetching the token.
        FirstCall = "first_call",
        /// The latency that half of the calls stay below, from the intended start.
        P50 = "p50",
        /// The latency that 99 of 100 calls stay below, from the intended start.
        P99 = "p99",
        /// The latency that 999 of 1,000 calls stay below, from the intended start.
        P999 = "p99.9",
        /// Server CPU time per call.
        ServerCpu = "server_cpu",
        /// Caller CPU time per call.
        ClientCpu = "client_cpu",
        /// Bytes per call in both directions, counted at the socket.
        WireBytes = "wire_bytes",
        /// Server CPU time that a new connection takes more than a call on a kept one.
        ConnectionServerCpu = "connection_server_cpu",
        /// Caller CPU time, likewise.
        ConnectionClientCpu = "connection_client_cpu",
        /// Bytes, likewise.
        ConnectionBytes = "connection_bytes",
        /// Server CPU time that a new token takes: the request for it, over a connection of its own, and its first verification.
        TokenServerCpu = "token_server_cpu",
        /// Bytes, likewise.
        TokenBytes = "token_bytes",
        /// Calls a second that the server answers when it has one processor and nothing else to do.
        Capacity = "capacity",
        /// Memory of the server per idle connection.
        IdleMemory = "idle_memory",
    }
}

words! {
    /// What a figure counts in.
    pub enum Unit {
        /// Microseconds.
        Microseconds = "µs",
        /// Octets.
        Bytes = "bytes",
        /// A rate.
        PerSecond = "/s",
    }
}

impl Measure {
    /// The unit of every figure of this measure.
    pub fn unit(self) -> Unit {
        match self {
            Self::WireBytes | Self::ConnectionBytes | Self::TokenBytes | Self::IdleMemory => Unit::Bytes,
            Self::Capacity => Unit::PerSecond,
            _ => Unit::Microseconds,
        }
    }
}

/// One measured number with its method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Figure {
    /// What it measures.
    pub name: Measure,
    /// What it counts in.
    pub unit: Unit,
    /// The median over the repeats, or for a percentile that of all repeats together; absent when the number is void.
    pub value: Option<f64>,
    /// The lowest and the highest of the repeats.
    pub range: Option<(f64, f64)>,
    /// Where the true value lies with a confidence of 95 %; absent when there were fewer than six repeats.
    #[serde(default)]
    pub interval: Option<(f64, f64)>,
    /// How much it is more than the same figure of its baseline: a lock's than that of `open`, that of `open` than without TLS.
    #[serde(default)]
    pub over: Option<Over>,
    /// How many observations stand behind it.
    pub samples: u64,
    /// Why there is no number.
    pub void: Option<String>,
}

/// A difference from the baseline, in the unit of its figure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Over {
    /// The median over the repeats of the difference within a repeat.
    pub value: f64,
    /// Where the true difference lies with a confidence of 95 %.
    pub interval: Option<(f64, f64)>,
}

impl Figure {
    /// A figure from one number per repeat: their median, their range, and the interval of their median. A repeat in which nothing
    /// was observed is no number. Void when there is none.
    pub fn measured(name: Measure, repeats: &[f64], samples: u64) -> Self {
        let observed: Vec<f64> = repeats.iter().copied().filter(|value| value.is_finite()).collect();
        let extreme = |pick: fn(f64, f64) -> f64| observed.iter().copied().reduce(pick);
        let (Some(value), Some(lowest), Some(highest)) = (median(&observed), extreme(f64::min), extreme(f64::max)) else {
            return Self::void(name, samples, "nothing was observed");
        };
        Self {
            name,
            unit: name.unit(),
            value: Some(rounded(value)),
            range: Some(both((lowest, highest))),
            interval: interval(&observed).map(both),
            over: None,
            samples,
            void: None,
        }
    }

    /// A figure over all repeats together; the repeats alone give its range and its interval, which holds the figure too. Void
    /// when there is none.
    pub fn pooled(name: Measure, value: Option<f64>, repeats: &[f64], samples: u64) -> Self {
        let measured = Self::measured(name, repeats, samples);
        let value = measured.value.and(value).map(rounded);
        let holding = |(low, high): (f64, f64)| value.map_or((low, high), |value| (low.min(value), high.max(value)));
        Self { value, interval: measured.interval.map(holding), ..measured }
    }

    /// A figure that is not given, and why.
    pub fn void(name: Measure, samples: u64, why: impl Into<String>) -> Self {
        let void = Some(why.into());
        Self { name, unit: name.unit(), value: None, range: None, interval: None, over: None, samples, void }
    }

    /// The same figure on a machine that changed by the share `by` while it was taken: a time or a rate may be wrong by as much.
    #[must_use]
    pub fn less_certain(mut self, by: f64) -> Self {
        if self.unit != Unit::Bytes {
            self.interval = self.interval.map(|interval| both(widened(interval, by)));
        }
        self
    }

    /// The same figure with its difference from a baseline, repeat by repeat, where both were observed.
    #[must_use]
    pub fn over(mut self, repeats: &[f64], baseline: &[f64]) -> Self {
        let differences: Vec<f64> =
            repeats.iter().zip(baseline).map(|(one, other)| one - other).filter(|value| value.is_finite()).collect();
        let over = median(&differences).map(|value| Over { value: rounded(value), interval: interval(&differences).map(both) });
        self.over = over.filter(|_| self.value.is_some());
        self
    }
}

fn both((low, high): (f64, f64)) -> (f64, f64) {
    (rounded(low), rounded(high))
}

/// Two decimals: more would pretend.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_the_median_of_its_repeats_with_their_range() {
        let figure = Figure::measured(Measure::P50, &[9.0, 7.123_4, 8.0], 300);
        assert_eq!((figure.value, figure.range, figure.interval), (Some(8.0), Some((7.12, 9.0)), None));
        assert_eq!(Figure::measured(Measure::P50, &[1.0, 2.0], 2).value, Some(1.5));
    }

    #[test]
    fn six_repeats_and_more_have_an_interval_that_holds_the_value() {
        let repeats = [9.0, 7.0, 8.0, 30.0, 6.0, 7.5, 8.5, 7.2, 8.2];
        let figure = Figure::measured(Measure::ServerCpu, &repeats, 9);
        assert_eq!((figure.value, figure.range, figure.interval), (Some(8.0), Some((6.0, 30.0)), Some((7.0, 9.0))));
        let pooled = Figure::pooled(Measure::P99, Some(12.0), &repeats, 9);
        assert_eq!((pooled.value, pooled.interval), (Some(12.0), Some((7.0, 12.0))));
        assert_eq!(figure.clone().less_certain(-0.25).interval, Some((5.6, 11.25)));
        let bytes = Figure::measured(Measure::WireBytes, &repeats, 9).less_certain(0.2);
        assert_eq!(bytes.interval, Some((7.0, 9.0)));
        let nothing = Figure::pooled(Measure::P99, None, &[f64::NAN], 0);
        assert_eq!((nothing.value, nothing.interval), (None, None));
    }

    #[test]
    fn a_difference_is_taken_repeat_by_repeat() {
        let (repeats, baseline) = ([5.0, 105.0, 7.0], [4.0, 103.0, f64::NAN]);
        let over = Figure::measured(Measure::ServerCpu, &repeats, 3).over(&repeats, &baseline).over;
        assert_eq!(over, Some(Over { value: 1.5, interval: None }));
        assert_eq!(Figure::measured(Measure::ServerCpu, &repeats, 3).over(&repeats, &[]).over, None);
        assert_eq!(Figure::void(Measure::ServerCpu, 3, "x").over(&repeats, &baseline).over, None);
    }

    #[test]
    fn a_figure_of_nothing_is_void_and_says_so() {
        for repeats in [&[][..], &[f64::NAN], &[f64::INFINITY]] {
            let figure = Figure::measured(Measure::ServerCpu, repeats, 0);
            assert_eq!((figure.value, figure.range), (None, None));
            assert!(figure.void.is_some());
        }
    }
}
