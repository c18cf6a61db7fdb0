//! The measured half of the findings.

use serde::{Deserialize, Serialize};

use crate::{mode::Mode, words::words};

/// How the load was offered, for whoever reads or repeats the costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Load {
    /// Whether the servers had one processor and the caller another.
    pub pinned: bool,
    /// How many times each mode had its turn.
    pub repeats: u32,
    /// Calls a second, each on a new connection, while latencies were taken.
    pub fresh_per_second: f64,
    /// Calls a second on the one kept connection, while latencies were taken.
    pub kept_per_second: f64,
    /// Server CPU per call of the closing run over that of the opening run, minus one; absent when it could not be read.
    pub drift: Option<f64>,
}

/// What one mode costs over one shape of connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Cost {
    /// The mode; `open` is the baseline.
    pub mode: Mode,
    /// How connections were used.
    pub shape: Shape,
    /// The figures, one per measure: see `docs/measuring.md`.
    pub figures: Vec<Figure>,
}

words! {
    /// How a caller uses connections.
    pub enum Shape {
        /// The first call of a caller that has nothing but its credential.
        First = "first",
        /// A new connection with a full handshake for every call.
        Fresh = "fresh",
        /// One connection for all calls.
        Kept = "kept",
    }
}

words! {
    /// What a figure is a measure of.
    pub enum Measure {
        /// From nothing to the answer: in `jwt` that includes fetching the token.
        FirstCall = "first_call",
        /// The latency that half of the calls stay below, from the intended start.
        P50 = "p50",
        /// The latency that 99 of 100 calls stay below, from the intended start.
        P99 = "p99",
        /// Server CPU time per call.
        ServerCpu = "server_cpu",
        /// Caller CPU time per call.
        ClientCpu = "client_cpu",
        /// Bytes per call in both directions, counted at the socket.
        WireBytes = "wire_bytes",
    }
}

words! {
    /// What a figure counts in.
    pub enum Unit {
        /// Microseconds.
        Microseconds = "µs",
        /// Octets.
        Bytes = "bytes",
    }
}

impl Measure {
    /// The unit of every figure of this measure.
    pub fn unit(self) -> Unit {
        match self {
            Self::WireBytes => Unit::Bytes,
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
    /// How many observations stand behind it.
    pub samples: u64,
    /// Why there is no number.
    pub void: Option<String>,
}

impl Figure {
    /// A figure from one number per repeat: their median and their range. Void when there is none.
    pub fn measured(name: Measure, repeats: &[f64], samples: u64) -> Self {
        let mut sorted: Vec<f64> = repeats.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let (Some(lowest), Some(highest)) = (sorted.first(), sorted.last()) else {
            return Self::void(name, samples, "nothing was observed");
        };
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) };
        let range = Some((rounded(*lowest), rounded(*highest)));
        Self { name, unit: name.unit(), value: Some(rounded(median)), range, samples, void: None }
    }

    /// A figure over all repeats together; the repeats alone give its range. Void when there is none.
    pub fn pooled(name: Measure, value: Option<f64>, repeats: &[f64], samples: u64) -> Self {
        let measured = Self::measured(name, repeats, samples);
        Self { value: measured.value.and(value).map(rounded), ..measured }
    }

    /// A figure that is not given, and why.
    pub fn void(name: Measure, samples: u64, why: impl Into<String>) -> Self {
        Self { name, unit: name.unit(), value: None, range: None, samples, void: Some(why.into()) }
    }
}

/// Two decimals: more would pretend.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_the_median_of_its_repeats_with_their_range() {
        let figure = Figure::measured(Measure::P50, &[9.0, 7.123_4, 8.0], 300);
        assert_eq!((figure.value, figure.range), (Some(8.0), Some((7.12, 9.0))));
        assert_eq!(Figure::measured(Measure::P50, &[1.0, 2.0], 2).value, Some(1.5));
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
