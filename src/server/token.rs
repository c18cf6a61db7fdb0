//! The token service on the wire (RFC 6749 §5, RFC 7517, RFC 8414).

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE},
    request::Parts,
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::json;
use tokio::time::timeout;

use super::{
    door::Door,
    enforce::peer_of,
    observe::Served,
    reply::{REALM, Refused, whole_seconds},
};
use crate::{
    denial::{Denial, Reason},
    issuer::{ErrorCode, Issuer, Metadata, TokenRefusal, TokenRequest},
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// `POST /oauth2/token`: address, then body, then client, then grant.
pub(super) async fn grant(State(door): State<Arc<Door>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let peer = match peer_of(&parts).and_then(|peer| door.policy.network.admit(peer.ip()).map(|()| peer)) {
        Ok(peer) => peer.ip(),
        Err(denial) => return Refused::new(&door, denial).into_response(),
    };
    let body = match read(&door, body).await {
        Ok(body) => body,
        Err(denial) => return Refused::new(&door, denial).into_response(),
    };
    match door.issuer.as_ref().map(|issuer| answer(issuer, &parts, &body)) {
        Some(Ok(response)) => response,
        Some(Err((refusal, basic))) => {
            let denial = door.policy.guessing.count(peer, refusal.denial.clone());
            refuse(TokenRefusal { denial, ..refusal }, basic)
        }
        None => Refused::new(&door, Denial::new(Reason::NotFound, "")).into_response(),
    }
}

/// `GET` of the signing keys. Clients may keep them for as long as a rotation waits before it signs.
pub(super) async fn jwks(State(door): State<Arc<Door>>) -> Response {
    let keys = door.issuer.as_ref().map(|issuer| issuer.jwks().to_string()).unwrap_or_default();
    ([(CONTENT_TYPE, JSON), (CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"))], keys).into_response()
}

/// A handler that answers with the metadata document.
pub(super) fn document(metadata: &Metadata) -> impl Fn() -> std::future::Ready<Response> + Clone + use<> {
    let text: Arc<str> = serde_json::to_string(metadata).unwrap_or_default().into();
    move || {
        let headers = [(CONTENT_TYPE, JSON), (CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"))];
        std::future::ready((headers, text.to_string()).into_response())
    }
}

async fn read(door: &Door, body: Body) -> Result<Vec<u8>, Denial> {
    let limited = Limited::new(body, door.limits.body_bytes).collect();
    match timeout(door.body_deadline, limited).await {
        Err(_) => Err(Denial::new(Reason::Timeout, "the body")),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Denial::new(Reason::TooLarge, "the body")),
        Ok(Err(_)) => Err(Denial::new(Reason::ProtocolError, "the body broke off")),
        Ok(Ok(collected)) => Ok(collected.to_bytes().into()),
    }
}

fn answer(issuer: &Issuer, parts: &Parts, body: &[u8]) -> Result<Response, (TokenRefusal, bool)> {
    let uses_basic = parts.headers.contains_key(http::header::AUTHORIZATION);
    let request = TokenRequest::read(&parts.headers, &parts.uri, body).map_err(|refusal| (refusal, uses_basic))?;
    let (token, client) = issuer.grant(&request).map_err(|refusal| (refusal, uses_basic))?;
    let body = serde_json::to_string(&token).unwrap_or_default();
    let mut response = uncached(StatusCode::OK, body);
    response.extensions_mut().insert(Served(client));
    Ok(response)
}

/// RFC 6749 §5.2. A client that used `Authorization` is told its scheme again.
fn refuse(refusal: TokenRefusal, basic: bool) -> Response {
    let guessing = refusal.denial.reason == Reason::Guessing;
    let (status, error, description) = match refusal.error {
        _ if guessing => {
            (StatusCode::TOO_MANY_REQUESTS, ErrorCode::TemporarilyUnavailable, "too many failures; wait before the next attempt")
        }
        ErrorCode::InvalidClient => (StatusCode::UNAUTHORIZED, refusal.error, refusal.description),
        ErrorCode::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, refusal.error, refusal.description),
        _ => (StatusCode::BAD_REQUEST, refusal.error, refusal.description),
    };
    let mut response = uncached(status, json!({"error": error, "error_description": description}).to_string());
    if status == StatusCode::UNAUTHORIZED
        && basic
        && let Ok(value) = HeaderValue::try_from(format!("Basic realm=\"{REALM}\", charset=\"UTF-8\""))
    {
        response.headers_mut().insert(WWW_AUTHENTICATE, value);
    }
    if let Some(wait) = refusal.denial.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
    }
    response.extensions_mut().insert(refusal.denial);
    response
}

fn uncached(status: StatusCode, body: String) -> Response {
    let headers = [
        (CONTENT_TYPE, JSON),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (PRAGMA, HeaderValue::from_static("no-cache")),
    ];
    (status, headers, body).into_response()
}
