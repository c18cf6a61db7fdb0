//! What the server says of its requests.

use serde::{Deserialize, Serialize};

/// What is written and counted. All of it is off the request path; without it a server is a little cheaper and tells nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Observe {
    /// One access record per request and per refused handshake, on standard error.
    pub records: bool,
    /// Counters and gauges at `/metrics`.
    pub metrics: bool,
}

impl Default for Observe {
    fn default() -> Self {
        Self { records: true, metrics: true }
    }
}
