//! The decision as an extractor: a handler that wants a [`Permit`] gets one only from [`Policy::decide`].
//!
//! [`Policy::decide`]: crate::policy::Policy::decide

use std::{net::IpAddr, sync::Arc};

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::{door::Door, origin::address_of, reply::Refused};
use crate::{
    authn::Presented,
    denial::{Denial, Reason},
    metrics::Metrics,
    peer::Peer,
    policy::Permit,
    wire::{HELLO_SCOPE, Operation},
};

impl FromRequestParts<Arc<Door>> for Permit {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, door: &Arc<Door>) -> Result<Self, Refused> {
        let peer = peer_of(parts).map_err(|denial| Refused::new(door, denial))?;
        let presented = Presented {
            peer,
            address: address_of(parts, peer),
            headers: &parts.headers,
            uri: &parts.uri,
            scope: HELLO_SCOPE,
            operation: Operation::Hello,
        };
        let policy = door.policy_at(peer.entrance());
        policy.prepare(presented).await;
        door.timed(Metrics::decided, || policy.decide(presented)).map_err(|denial| Refused::new(door, denial))
    }
}

/// Somebody at an address that may ask: enough for public documents.
#[derive(Debug, Clone, Copy)]
pub(super) struct Admitted(pub(super) IpAddr);

impl FromRequestParts<Arc<Door>> for Admitted {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, door: &Arc<Door>) -> Result<Self, Refused> {
        let address = peer_of(parts).map(|peer| address_of(parts, peer));
        let admitted = address.and_then(|address| door.policy.admit(address).map(|()| Self(address)));
        admitted.map_err(|denial| Refused::new(door, denial))
    }
}

/// The other end, as the transport stamped it.
pub(super) fn peer_of(parts: &Parts) -> Result<&Peer, Denial> {
    let peer = parts.extensions.get::<Arc<Peer>>();
    // Cannot happen behind our acceptor; if it ever does, the door stays shut.
    peer.map(AsRef::as_ref).ok_or_else(|| Denial::new(Reason::Unavailable, "the connection has no peer"))
}
