//! The admin listener: for the operator, on loopback, without a lock.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, header::CONTENT_TYPE};

use super::door::Door;
use crate::wire::METRICS_PATH;

/// Everything on it.
pub(super) fn router(door: Arc<Door>) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(readyz))
        .route(METRICS_PATH, get(metrics))
        .with_state(door)
}

/// Whether decisions can be made: the store was seen recently enough.
async fn readyz(State(door): State<Arc<Door>>) -> Response {
    if door.policy.memory.age() <= door.policy.stale_after {
        "ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the store is lost\n").into_response()
    }
}

async fn metrics(State(door): State<Arc<Door>>) -> Response {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], door.metrics()).into_response()
}
