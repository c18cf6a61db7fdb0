//! The token endpoint as Cognito's: no descriptions, no challenge, and 400 where the RFC has 401.

use axum::response::{IntoResponse, Response};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, PRAGMA},
};
use serde::Serialize;

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
pub(super) fn refuse(refusal: TokenRefusal) -> Response {
    let reason = refusal.denial.reason;
    let status = match reason {
        Reason::AddressDenied => StatusCode::FORBIDDEN,
        Reason::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Reason::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Reason::Timeout => StatusCode::REQUEST_TIMEOUT,
        Reason::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Reason::Unavailable | Reason::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    };
    let mut response = answer(status, &ErrorBody { error: refusal.error });
    if matches!(reason, Reason::TooLarge | Reason::Timeout) {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response.extensions_mut().insert(refusal.denial);
    response
}

/// Any other answer of the user pool.
pub(super) fn answer(status: StatusCode, body: &impl Serialize) -> Response {
    let headers = [
        (CONTENT_TYPE, JSON),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (PRAGMA, HeaderValue::from_static("no-cache")),
    ];
    (status, headers, serde_json::to_string(body).unwrap_or_default()).into_response()
}
