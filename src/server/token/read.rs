//! The octets of a request to the token service, from an address that may ask.

use std::net::IpAddr;

use axum::body::Body;
use http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use crate::{
    denial::{Denial, Reason},
    server::{door::Door, enforce::peer_of, origin::address_of},
};

/// The address, admitted, and the body.
pub(super) async fn octets(door: &Door, parts: &Parts, body: Body) -> Result<(IpAddr, Vec<u8>), Denial> {
    let address = address_of(parts, peer_of(parts)?);
    door.policy.admit(address)?;
    let limited = Limited::new(body, door.limits.body_bytes).collect();
    match timeout(door.body_deadline, limited).await {
        Err(_) => Err(Denial::new(Reason::Timeout, "the body")),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Denial::new(Reason::TooLarge, "the body")),
        Ok(Err(_)) => Err(Denial::new(Reason::ProtocolError, "the body broke off")),
        Ok(Ok(collected)) => Ok((address, collected.to_bytes().into())),
    }
}
