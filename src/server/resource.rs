//! The resource behind the lock.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::{
    HeaderName, HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};

use super::observe::Served;
use crate::{
    policy::{Allowance, Permit},
    wire::HELLO_BODY,
};

/// `GET /hello-world`: the same octets in every mode, for whoever holds a permit.
pub(super) async fn hello(permit: Permit) -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    let mut response = (headers, HELLO_BODY).into_response();
    if let Some(allowance) = permit.allowance() {
        response.headers_mut().extend(rate_limit_fields(allowance));
    }
    response.extensions_mut().insert(Served(Arc::clone(&permit.principal().name)));
    response
}

/// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10): quota `q` in window `w`, remaining `r`.
fn rate_limit_fields(allowance: &Allowance) -> Vec<(HeaderName, HeaderValue)> {
    let Allowance { plan, burst, window, remaining } = allowance;
    let fields = [
        (HeaderName::from_static("ratelimit-policy"), format!("\"{plan}\";q={burst};w={window}")),
        (HeaderName::from_static("ratelimit"), format!("\"{plan}\";r={remaining};t={window}")),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?))).collect()
}
