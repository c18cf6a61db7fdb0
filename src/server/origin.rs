//! Where a request comes from: the other end of its connection, or whom a trusted proxy there vouches for.

use std::{net::IpAddr, sync::Arc};

use axum::extract::Request;
use http::{HeaderName, HeaderValue, request::Parts};

use super::door::Door;
use crate::peer::Peer;

/// The one header that is looked at, and only from proxies that are trusted.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin {
    /// Who asks, canonical: what policy, budgets and records see.
    pub(super) address: IpAddr,
    /// The proxy that was believed.
    pub(super) via: Option<IpAddr>,
}

impl Origin {
    /// Works it out, once per request. It is kept with the request only where a proxy was believed: where none is trusted, this
    /// costs nothing. `None` without a peer.
    pub(super) fn note(door: &Door, request: &mut Request) -> Option<Self> {
        let peer = request.extensions().get::<Arc<Peer>>()?;
        let lines = request.headers().get_all(FORWARDED_FOR).iter().map(HeaderValue::as_bytes);
        let Some(address) = door.policy.network.forwarded(peer.ip(), lines) else {
            return Some(Self { address: peer.ip(), via: peer.via });
        };
        let origin = Self { address, via: Some(peer.ip()) };
        request.extensions_mut().insert(origin);
        Some(origin)
    }
}

/// The address of a request that came from `peer`, as it was noted.
pub(super) fn address_of(parts: &Parts, peer: &Peer) -> IpAddr {
    parts.extensions.get::<Origin>().map_or(peer.ip(), |origin| origin.address)
}
