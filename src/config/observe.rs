//! What the server says of its requests.

use serde::{Deserialize, Serialize};

use crate::document::{Document, Fault};

/// Smaller logs would be full before anybody looks.
const SMALLEST: u64 = 64 * 1024;

/// What is written and counted. All of it is off the request path; without it a server is a little cheaper and tells nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Observe {
    /// One access record per request and per refused handshake, on standard error.
    pub records: bool,
    /// Counters and gauges at `/metrics`.
    pub metrics: bool,
    /// The most octets of the file in which a server keeps what it refused.
    pub audit_bytes: u64,
}

impl Default for Observe {
    fn default() -> Self {
        Self { records: true, metrics: true, audit_bytes: 256 * 1024 * 1024 }
    }
}

impl Observe {
    pub(super) fn check(self, document: &Document<'_>) -> Result<(), Fault> {
        if self.audit_bytes >= SMALLEST {
            return Ok(());
        }
        let remedy = "write 65536 or more; the default is 268435456";
        Err(document.fault_at_key("observe.audit_bytes", "is too small for a log", remedy))
    }
}
