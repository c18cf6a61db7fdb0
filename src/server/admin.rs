//! The admin listener: for the operator, on loopback, without a lock.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, header::CONTENT_TYPE};
use pem::Pem;
use tokio::task::spawn_blocking;

use super::{docs::Docs, door::Door, scrape};
use crate::{denial::Reason, metrics::Page, wire::METRICS_PATH};

/// Everything on it.
pub(super) fn router(door: Arc<Door>, docs: &Docs) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(readyz))
        .route(METRICS_PATH, get(metrics))
        .route("/crl.der", get(revocation_list))
        .route("/crl.pem", get(revocation_lists))
        .merge(docs.on_admin())
        .layer(middleware::from_fn_with_state(Arc::clone(&door), named))
        .with_state(door)
}

/// A page in a browser on this machine must not read here what is the operator's, whatever its name is pointed at.
async fn named(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    match door.hosts.check_operators(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(denial) if denial.reason == Reason::WrongDoor => (StatusCode::MISDIRECTED_REQUEST, ELSEWHERE).into_response(),
        Err(_) => (StatusCode::BAD_REQUEST, "the Host field cannot be read, or is there twice\n").into_response(),
    }
}

const ELSEWHERE: &str = "the admin listener does not answer to this name: call it as localhost, by its address, \
    or by a name of the API (`listen.domains`)\n";

/// Whether decisions can be made: the store was seen recently enough.
async fn readyz(State(door): State<Arc<Door>>) -> Response {
    if door.policy.memory.age() <= door.policy.stale_after {
        "ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the store is lost\n").into_response()
    }
}

/// The list of the CA that signs callers' certificates (RFC 2585 §3, `application/pkix-crl`).
async fn revocation_list(State(door): State<Arc<Door>>) -> Response {
    match door.certificates.lists().first() {
        Some(list) => ([(CONTENT_TYPE, "application/pkix-crl")], list.to_vec()).into_response(),
        None => (StatusCode::NOT_FOUND, "there is no revocation list here\n").into_response(),
    }
}

/// The lists of every CA, one after the other (RFC 7468 §6).
async fn revocation_lists(State(door): State<Arc<Door>>) -> Response {
    let lists = door.certificates.lists();
    if lists.is_empty() {
        return (StatusCode::NOT_FOUND, "there is no revocation list here\n").into_response();
    }
    let lists: Vec<_> = lists.iter().map(|list| Pem::new("X509 CRL", list.to_vec())).collect();
    ([(CONTENT_TYPE, "application/x-pem-file")], pem::encode_many(&lists)).into_response()
}

/// What was counted and what is read now, off the threads that answer callers.
async fn metrics(State(door): State<Arc<Door>>) -> Response {
    let page = spawn_blocking(move || door.metrics.as_ref().map(|metrics| scrape::page(&door, metrics)));
    match page.await {
        Ok(Some(page)) => ([(CONTENT_TYPE, Page::MEDIA_TYPE)], page).into_response(),
        Ok(None) => (StatusCode::NOT_FOUND, SWITCHED_OFF).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

const SWITCHED_OFF: &str = "nothing is counted here: metrics = false below [observe] in the configuration; \
    write true and start the server again\n";
