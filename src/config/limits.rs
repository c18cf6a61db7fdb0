//! How long anything may take, and how much of anything there may be.

use serde::{Deserialize, Serialize};

use super::Period;

/// How long a peer may keep the server waiting.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Deadlines {
    /// From connect to the end of the TLS handshake.
    pub handshake: Period,
    /// From there to the first whole request header.
    pub first_request: Period,
    /// From the first octet of a request header to its end.
    pub header: Period,
    /// From the end of the header to the end of the body.
    pub body: Period,
    /// Between requests on a kept connection.
    pub idle: Period,
    /// For requests under way when the server is told to stop.
    pub drain: Period,
    /// For how long decisions go on without a sign of life from the store.
    pub store: Period,
}

impl Default for Deadlines {
    fn default() -> Self {
        let ten = Period::seconds(10);
        Self { handshake: ten, first_request: ten, header: ten, body: ten, idle: Period::seconds(60), drain: ten, store: ten }
    }
}

/// How much of anything there may be.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// Connections at once from one address.
    pub connections_per_address: usize,
    /// HTTP/2 streams at once on one connection.
    pub streams: u32,
    /// Octets of a request's header section.
    pub header_bytes: usize,
    /// Octets of a request's body.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 10_000, connections_per_address: 5_000, streams: 100, header_bytes: 16 * 1024, body_bytes: 64 * 1024 }
    }
}
