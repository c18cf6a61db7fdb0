//! The token service on the wire (RFC 6749 §5, RFC 7517, RFC 8414).

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE},
    request::Parts,
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Serialize;
use tokio::time::timeout;

use super::{door::Door, enforce::peer_of, observe::Served, rate_limit::whole_seconds, reply::status};
use crate::{
    denial::{Denial, Reason},
    issuer::{ErrorCode, Metadata, TokenRefusal, TokenRequest},
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// The only scheme of the token endpoint (RFC 7617).
const CHALLENGE: HeaderValue = HeaderValue::from_static("Basic realm=\"authbench\", charset=\"UTF-8\"");

#[derive(Serialize)]
struct ErrorBody {
    error: ErrorCode,
    error_description: &'static str,
}

/// `POST /oauth2/token`: address, then body, then client, then grant.
pub(super) async fn grant(State(door): State<Arc<Door>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let uses_basic = parts.headers.contains_key(AUTHORIZATION);
    match granted(&door, &parts, body).await {
        Ok(response) => response,
        Err(refusal) => refuse(&door, refusal, uses_basic),
    }
}

async fn granted(door: &Door, parts: &Parts, body: Body) -> Result<Response, TokenRefusal> {
    let peer = peer_of(parts).map_err(TokenRefusal::before_reading)?.ip();
    door.policy.network.admit(peer).map_err(TokenRefusal::before_reading)?;
    let body = read(door, body).await.map_err(TokenRefusal::before_reading)?;
    let count = |mut refusal: TokenRefusal| {
        refusal.denial = door.policy.guessing.count(peer, refusal.denial);
        refusal
    };
    let request = TokenRequest::read(&parts.headers, &parts.uri, &body).map_err(count)?;
    let issuer = door.issuer.as_ref().ok_or_else(|| TokenRefusal::before_reading(Denial::new(Reason::NotFound, "no issuer")))?;
    let (token, client) = issuer.grant(&request).map_err(count)?;
    let mut response = uncached(StatusCode::OK, serde_json::to_string(&token).unwrap_or_default());
    response.extensions_mut().insert(Served(client));
    Ok(response)
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

/// RFC 6749 §5.2. A client that used `Authorization` is told its scheme again.
fn refuse(door: &Door, refusal: TokenRefusal, uses_basic: bool) -> Response {
    let status = match (refusal.denial.reason, refusal.error) {
        (Reason::TooLarge, _) => StatusCode::PAYLOAD_TOO_LARGE,
        (_, ErrorCode::InvalidClient) if refusal.denial.reason != Reason::Guessing => StatusCode::UNAUTHORIZED,
        (_, ErrorCode::ServerError) => StatusCode::INTERNAL_SERVER_ERROR,
        (Reason::Guessing | Reason::AddressDenied | Reason::Timeout | Reason::Unavailable, _) => {
            status(refusal.denial.reason, door.mode)
        }
        _ => StatusCode::BAD_REQUEST,
    };
    let body = ErrorBody { error: refusal.error, error_description: refusal.description() };
    let mut response = uncached(status, serde_json::to_string(&body).unwrap_or_default());
    let headers = response.headers_mut();
    if status == StatusCode::UNAUTHORIZED && uses_basic {
        headers.insert(WWW_AUTHENTICATE, CHALLENGE);
    }
    if let Some(wait) = refusal.denial.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
    }
    if matches!(refusal.denial.reason, Reason::TooLarge | Reason::Timeout) {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
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
