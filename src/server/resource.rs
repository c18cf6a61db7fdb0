//! The resource behind the lock.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use super::{observe::Served, rate_limit};
use crate::{policy::Permit, wire::HELLO_BODY};

/// `GET /hello-world`: the same octets in every mode, for whoever holds a permit.
pub(super) async fn hello(permit: Permit) -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    let mut response = (headers, HELLO_BODY).into_response();
    if let Some(allowance) = permit.allowance() {
        response.headers_mut().extend(rate_limit::fields(allowance));
    }
    response.extensions_mut().insert(Served(Arc::clone(&permit.principal().name)));
    response
}
