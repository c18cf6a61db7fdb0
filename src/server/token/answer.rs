//! The answers of the token service: the only place that knows how they look.

use std::sync::Arc;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde::Serialize;

use super::decide::Done;
use crate::{
    denial::{Denial, Reason},
    issuer::{ErrorCode, TokenRefusal},
    server::{door::Door, observe::Served, rate_limit, reply::status},
};

/// The only media type here.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// The only scheme of the token service (RFC 7617).
const CHALLENGE: HeaderValue = HeaderValue::from_static("Basic realm=\"authbench\", charset=\"UTF-8\"");

#[derive(Serialize)]
struct ErrorBody {
    error: ErrorCode,
    error_description: &'static str,
}

/// What was done, as JSON (RFC 6749 §5.1, RFC 7662 §2.2).
pub(super) fn json<T: Serialize>(door: &Door, outcome: Result<Done<T>, TokenRefusal>) -> Response {
    outcome.map_or_else(
        |refusal| refused(door, refusal),
        |done| {
            let text = serde_json::to_string(&done.what).unwrap_or_default();
            served(&done, (StatusCode::OK, uncached(true), text).into_response())
        },
    )
}

/// That it was done, and no more (RFC 7009 §2.2).
pub(super) fn nothing(door: &Door, outcome: Result<Done<()>, TokenRefusal>) -> Response {
    outcome.map_or_else(|refusal| refused(door, refusal), |done| served(&done, (StatusCode::OK, uncached(false)).into_response()))
}

fn served<T>(done: &Done<T>, mut response: Response) -> Response {
    response.extensions_mut().insert(Served(Arc::clone(&done.client.name)));
    response
}

/// RFC 6749 §5.2: 400, or 401 with the scheme that clients use here; what is not OAuth's has the status that it has everywhere.
fn refused(door: &Door, refusal: TokenRefusal) -> Response {
    let status = match (refusal.denial.reason, refusal.error) {
        (Reason::TooLarge, _) => StatusCode::PAYLOAD_TOO_LARGE,
        (Reason::Guessing | Reason::RateLimited | Reason::AddressDenied | Reason::Timeout | Reason::Unavailable, _) => {
            status(refusal.denial.reason, door.mode)
        }
        (_, ErrorCode::InvalidClient) => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    let mut response = (status, uncached(true), body(&refusal)).into_response();
    let headers = response.headers_mut();
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, CHALLENGE);
    }
    headers.extend(refusal.denial.allowance.as_deref().into_iter().flat_map(rate_limit::fields));
    if let Some(wait) = refusal.denial.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(rate_limit::whole_seconds(wait)));
    }
    if matches!(refusal.denial.reason, Reason::TooLarge | Reason::Timeout) {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response.extensions_mut().insert(refusal.denial);
    response
}

/// The same refusal that has no endpoint of the token service (no such path or method, too large a head) in RFC 6749's words.
pub(in crate::server) fn in_its_own_words(mut response: Response) -> Response {
    if let Some(denial) = response.extensions().get::<Denial>() {
        let text = body(&TokenRefusal::of_policy(denial.clone()));
        response.headers_mut().remove(CONTENT_LENGTH);
        response.headers_mut().extend(uncached(true));
        *response.body_mut() = Body::from(text);
    }
    response
}

fn body(refusal: &TokenRefusal) -> String {
    let body = ErrorBody { error: refusal.error, error_description: refusal.description() };
    serde_json::to_string(&body).unwrap_or_default()
}

fn uncached(with_body: bool) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    if with_body {
        headers.insert(CONTENT_TYPE, JSON);
    }
    headers
}
