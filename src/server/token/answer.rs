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

use super::{Endpoint, cognito, decide::Done};
use crate::{
    denial::{Denial, Reason},
    issuer::{ErrorCode, TokenRefusal},
    mode::Mode,
    server::{
        door::Door,
        observe::Served,
        rate_limit,
        reply::{Habits, standard::status},
    },
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
pub(super) fn json<T: Serialize>(door: &Door, endpoint: Endpoint, outcome: Result<Done<T>, TokenRefusal>) -> Response {
    answered(door, endpoint, outcome, |what| success(&door.habits, what))
}

/// That it was done, and no more (RFC 7009 §2.2).
pub(super) fn nothing(door: &Door, endpoint: Endpoint, outcome: Result<Done<()>, TokenRefusal>) -> Response {
    answered(door, endpoint, outcome, |()| empty(&door.habits))
}

/// A successful answer with this body.
pub(in crate::server) fn success(habits: &Habits, what: &impl Serialize) -> Response {
    match habits {
        Habits::Standard => {
            let text = serde_json::to_string(what).unwrap_or_default();
            (StatusCode::OK, uncached(true), text).into_response()
        }
        Habits::Aws(_) => cognito::json(StatusCode::OK, what),
    }
}

/// A successful answer without a body.
pub(in crate::server) fn empty(habits: &Habits) -> Response {
    match habits {
        Habits::Standard => (StatusCode::OK, uncached(false)).into_response(),
        Habits::Aws(_) => cognito::nothing(),
    }
}

/// A refusal.
pub(in crate::server) fn refuse(habits: &Habits, mode: Mode, endpoint: Endpoint, refusal: TokenRefusal) -> Response {
    match habits {
        Habits::Standard => refused(mode, refusal),
        Habits::Aws(_) => cognito::refused(refusal, endpoint),
    }
}

fn answered<T>(
    door: &Door,
    endpoint: Endpoint,
    outcome: Result<Done<T>, TokenRefusal>,
    written: impl FnOnce(&T) -> Response,
) -> Response {
    match outcome {
        Ok(done) => served(&done, written(&done.what)),
        Err(refusal) => refuse(&door.habits, door.mode, endpoint, refusal),
    }
}

/// A request to the user pool that has no endpoint there, or no such method.
pub(in crate::server) fn no_endpoint_of_cognito(denial: Denial) -> Response {
    cognito::refused(TokenRefusal::of_policy(denial), Endpoint::Token)
}

fn served<T>(done: &Done<T>, mut response: Response) -> Response {
    response.extensions_mut().insert(Served { caller: Arc::clone(&done.client.name), shadowed: None });
    response
}

/// RFC 6749 §5.2: 400, or 401 with the scheme that clients use here; what is not OAuth's has the status that it has everywhere.
fn refused(mode: Mode, refusal: TokenRefusal) -> Response {
    let status = match (refusal.denial.reason, refusal.error) {
        (Reason::TooLarge, _) => StatusCode::PAYLOAD_TOO_LARGE,
        (Reason::Guessing | Reason::RateLimited | Reason::AddressDenied | Reason::Timeout | Reason::Unavailable, _) => {
            status(refusal.denial.reason, mode)
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
pub(in crate::server) fn in_its_own_words(response: &mut Response) {
    if let Some(denial) = response.extensions().get::<Denial>() {
        let text = body(&TokenRefusal::of_policy(denial.clone()));
        response.headers_mut().remove(CONTENT_LENGTH);
        response.headers_mut().extend(uncached(true));
        *response.body_mut() = Body::from(text);
    }
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
