//! Moving bytes: accepts connections, shakes hands, says who the other end is, and closes what must not stay open.
//!
//! [`http::server`] gives a server whose connections pass [`accept::Acceptor`]: capacity, handshake, certificate, deadlines.
//! Every request of a connection carries an `Arc<`[`crate::peer::Peer`]`>` in its extensions. What was refused before HTTP
//! is told to [`Handshakes`].
//!
//! To revoke: first [`revocations::RevocationLists::revoke`], then [`registry::Registry::cut`]. A new connection registers
//! first and looks the revocation up after, so none slips between the two.

pub mod accept;
mod anchor;
mod bad_head;
mod capacity;
mod connection;
pub mod entrances;
mod fault;
mod gateway;
mod handshake;
pub mod http;
mod leaf;
mod proxy;
mod refusal;
pub mod registry;
mod requests;
pub mod revocations;
pub mod tls;
pub mod verifier;
mod watch;
mod wire;

use std::{fmt::Debug, time::Duration};

pub use self::{
    accept::Acceptor,
    capacity::Capacity,
    entrances::{Entrances, LiveEntrances},
    refusal::{RefusedHandshake, reason_of},
    registry::Registry,
    revocations::RevocationLists,
    tls::{ServerIdentity, Tls},
    verifier::{Asking, ClientVerifier, Purpose, Strictness},
};
use arc_swap::ArcSwapOption;

use crate::{network::Networks, peer::Peer};

/// The networks from which a connection begins with a PROXY header, while the listener runs; `None`: from nowhere.
pub type Proxies = ArcSwapOption<Networks>;

/// Is told how every connection begins. Called on the connection's own task: must not block.
pub trait Handshakes: Debug + Send + Sync {
    /// A connection was closed before it could ask anything: no capacity, no handshake, or no head that could be read.
    fn refused(&self, refusal: RefusedHandshake);
    /// A connection is established.
    fn accepted(&self, peer: &Peer);
}

/// How long a connection may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// From accept to the end of the TLS handshake.
    pub handshake: Duration,
    /// From there to the whole head of the first request.
    pub first_request: Duration,
    /// From the first octet of a later HTTP/1 request to the end of its head.
    pub header: Duration,
    /// Kept alive without a request.
    pub idle: Duration,
    /// From the head of a request to the end of its response; counted anew when another begins or ends on the connection.
    pub response: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        let (short, long) = (Duration::from_secs(10), Duration::from_secs(60));
        Self { handshake: short, first_request: short, header: short, idle: long, response: long }
    }
}

/// How much the server takes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Open connections.
    pub connections: usize,
    /// Of which from one address.
    pub connections_per_address: usize,
    /// Octets of a request's head that the application takes; the transport reads four times as much, so that the
    /// application can answer 431 itself.
    pub header_bytes: usize,
    /// HTTP/2 streams per connection.
    pub streams: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 10_000, connections_per_address: 5_000, header_bytes: 16 * 1024, streams: 100 }
    }
}

#[cfg(test)]
mod tests;
