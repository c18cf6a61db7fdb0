//! The measured half of the findings.

use serde::{Deserialize, Serialize};

use super::{Figure, Findings, Measure};
use crate::{mode::Mode, words::words};

/// How the load was offered, for whoever reads or repeats the costs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Load {
    /// Whether the servers had one processor and the caller another.
    pub pinned: bool,
    /// How many times the servers were started anew and each had its turn.
    pub repeats: u32,
    /// Calls a second, each on a new connection, while latencies were taken.
    pub fresh_per_second: f64,
    /// Calls a second on the one kept connection, while latencies were taken.
    pub kept_per_second: f64,
    /// Server CPU per call of the closing run over that of the opening run, minus one; absent when it could not be read.
    pub drift: Option<f64>,
    /// What TLS had agreed upon: version, cipher suite, key exchange; absent when nothing was measured over TLS.
    #[serde(default)]
    pub tls: Option<String>,
}

/// What one mode costs over one shape of connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Cost {
    /// The mode; `open` is the baseline.
    pub mode: Mode,
    /// Whether it was called over TLS; `open` without it is the baseline of `open`.
    #[serde(default = "over_tls")]
    pub tls: bool,
    /// How connections were used.
    pub shape: Shape,
    /// The figures, one per measure: see `docs/measuring.md`.
    pub figures: Vec<Figure>,
}

/// Findings from before there was anything else.
fn over_tls() -> bool {
    true
}

words! {
    /// How a caller uses connections.
    pub enum Shape {
        /// The first call of a caller that has nothing but its credential.
        First = "first",
        /// A new connection with a full handshake for every call.
        Fresh = "fresh",
        /// A new connection for every call that resumes the TLS session of an earlier one.
        Resumed = "resumed",
        /// One HTTP/1.1 connection for all calls.
        Kept = "kept",
        /// One HTTP/2 connection for all calls.
        Http2 = "http2",
    }
}

impl Cost {
    /// The figure of a measure, void or not.
    pub fn figure(&self, name: Measure) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.name == name)
    }
}

impl Findings {
    /// The figure of a mode over TLS, if it was taken, void or not.
    pub fn figure(&self, mode: Mode, shape: Shape, name: Measure) -> Option<&Figure> {
        self.costs.iter().find(|cost| cost.tls && cost.mode == mode && cost.shape == shape)?.figure(name)
    }

    /// The figure of the open door without TLS, likewise.
    pub fn plain_figure(&self, shape: Shape, name: Measure) -> Option<&Figure> {
        self.costs.iter().find(|cost| !cost.tls && cost.shape == shape)?.figure(name)
    }
}
