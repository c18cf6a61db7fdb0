//! The resource behind the lock.

use std::sync::Arc;

use axum::{extract::State, response::Response};

use super::{door::Door, observe::Served};
use crate::policy::Permit;

/// `GET /hello-world`: the same octets in every mode, for whoever holds a permit.
pub(super) async fn hello(permit: Permit, State(door): State<Arc<Door>>) -> Response {
    let mut response = door.habits.serve(permit.allowance());
    response.extensions_mut().insert(Served { caller: Arc::clone(&permit.principal().name), shadowed: permit.shadowed() });
    response
}
