//! The token service on the wire (RFC 6749 §5, RFC 7009, RFC 7662, RFC 7517, RFC 8414).
//!
//! Each endpoint is read ([`read`]), decided ([`decide`]) and answered ([`answer`]), in three files.

mod answer;
mod cognito;
mod decide;
mod read;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

pub(super) use self::answer::{empty, in_its_own_words, no_endpoint_of_cognito, refuse, success};
use super::{door::Door, enforce::Admitted};
use crate::{
    issuer::{Issuer, Metadata},
    wire::JWKS_MAX_AGE,
};

/// Which of them was asked: Cognito's do not agree on a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endpoint {
    Token,
    Revocation,
    Introspection,
}

/// `POST /oauth2/token`: a token for a client (RFC 6749 §4.4).
pub(super) async fn grant(State(door): State<Arc<Door>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    answer::json(&door, Endpoint::Token, decide::grant(&door, &parts, body).await)
}

/// `POST /oauth2/revoke`: the end of a token before its time (RFC 7009 §2).
pub(super) async fn revoke(State(door): State<Arc<Door>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    answer::nothing(&door, Endpoint::Revocation, decide::revoke(&door, &parts, body).await)
}

/// `POST /oauth2/introspect`: what a token is (RFC 7662 §2).
pub(super) async fn introspect(State(door): State<Arc<Door>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    answer::json(&door, Endpoint::Introspection, decide::introspect(&door, &parts, body).await)
}

/// `GET` of the signing keys (RFC 7517 §5).
pub(super) async fn jwks(_: Admitted, State(door): State<Arc<Door>>) -> Response {
    let keys = door.issuer.as_ref().map(Issuer::jwks).unwrap_or_default();
    public(keys)
}

/// A handler that answers with the metadata document.
pub(super) fn document(metadata: &Metadata) -> impl Fn(Admitted) -> std::future::Ready<Response> + Clone + use<> {
    let text: Arc<str> = serde_json::to_string(metadata).unwrap_or_default().into();
    move |_: Admitted| std::future::ready(public(text.to_string()))
}

/// A document that anybody may keep for a while: no longer than the shortest `jwt.key_wait`, so that nobody misses a key.
pub(super) fn public(document: String) -> Response {
    let kept = format!("public, max-age={}", JWKS_MAX_AGE.as_secs());
    ([(CONTENT_TYPE, answer::JSON)], [(CACHE_CONTROL, kept)], document).into_response()
}
