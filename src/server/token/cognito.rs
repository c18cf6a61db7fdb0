//! The token service's answers as Cognito gives them: no descriptions, no challenge, and 400 where RFC 6749 has 401.

use axum::response::{IntoResponse, Response};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, PRAGMA},
};
use serde::Serialize;

use super::Endpoint;
use crate::{
    denial::Reason,
    issuer::{ErrorCode, TokenRefusal},
};

/// The type of every answer, spelled as Cognito spells it.
const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");

#[derive(Serialize)]
struct ErrorBody {
    error: ErrorCode,
}

/// A refusal: `{"error":"…"}` and no other member.
pub(super) fn refused(refusal: TokenRefusal, endpoint: Endpoint) -> Response {
    let reason = refusal.denial.reason;
    let status = match reason {
        Reason::AddressDenied => StatusCode::FORBIDDEN,
        Reason::NotFound => StatusCode::NOT_FOUND,
        Reason::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Reason::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Reason::Timeout => StatusCode::REQUEST_TIMEOUT,
        Reason::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Reason::Unavailable | Reason::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
        // The revocation endpoint follows the RFC here, the token endpoint does not.
        _ if refusal.error == ErrorCode::InvalidClient && endpoint == Endpoint::Revocation => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    let mut response = json(status, &ErrorBody { error: refusal.error });
    if matches!(reason, Reason::TooLarge | Reason::Timeout) {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response.extensions_mut().insert(refusal.denial);
    response
}

/// Any other answer of the user pool.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    (status, [(CONTENT_TYPE, JSON)], UNCACHED, serde_json::to_string(body).unwrap_or_default()).into_response()
}

/// That it was done, and no more.
pub(super) fn nothing() -> Response {
    (StatusCode::OK, UNCACHED).into_response()
}

const UNCACHED: [(http::HeaderName, HeaderValue); 2] =
    [(CACHE_CONTROL, HeaderValue::from_static("no-store")), (PRAGMA, HeaderValue::from_static("no-cache"))];
