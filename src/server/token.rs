//! The token service on the wire (RFC 6749 §5, RFC 7517, RFC 8414).

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE},
    request::Parts,
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Serialize;
use tokio::time::timeout;

use super::{
    cognito,
    door::Door,
    enforce::{Admitted, peer_of},
    observe::Served,
    rate_limit,
    reply::{Habits, standard::status},
};
use crate::{
    denial::{Denial, Reason},
    issuer::{ErrorCode, Issuer, Metadata, TokenRefusal, TokenRequest},
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// The only scheme of the token endpoint (RFC 7617).
const CHALLENGE: HeaderValue = HeaderValue::from_static("Basic realm=\"authbench\", charset=\"UTF-8\"");

#[derive(Serialize)]
struct ErrorBody {
    error: ErrorCode,
    error_description: &'static str,
}

/// `POST /oauth2/token`: address, then body, then client, then the client's networks and plan, then grant.
pub(super) async fn grant(State(door): State<Arc<Door>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    granted(&door, &parts, body).await.unwrap_or_else(|refusal| refuse(&door, refusal))
}

async fn granted(door: &Door, parts: &Parts, body: Body) -> Result<Response, TokenRefusal> {
    let issuer = door.issuer.as_ref().ok_or_else(|| TokenRefusal::of_policy(Denial::new(Reason::NotFound, "no issuer")))?;
    let address = peer_of(parts).map_err(TokenRefusal::of_policy)?.ip();
    door.policy.admit(address).map_err(TokenRefusal::of_policy)?;
    let body = read(door, body).await.map_err(TokenRefusal::of_policy)?;
    let request = TokenRequest::read(&parts.headers, &parts.uri, &body)?;
    let client = issuer.authenticate(&request).map_err(|mut refusal| {
        refusal.denial = door.policy.guessing.count(address, refusal.denial);
        refusal
    })?;
    door.policy.admit_client(&client.id, &client.grant, address).map_err(TokenRefusal::of_policy)?;
    let token = issuer.grant(&client, &request)?;
    let mut response = match door.habits {
        Habits::Standard => uncached(StatusCode::OK, serde_json::to_string(&token).unwrap_or_default()),
        Habits::Aws(_) => cognito::answer(StatusCode::OK, &token),
    };
    response.extensions_mut().insert(Served(Arc::clone(&client.name)));
    Ok(response)
}

/// `GET` of the signing keys. Clients may keep them for as long as a rotation waits before it signs.
pub(super) async fn jwks(_: Admitted, State(door): State<Arc<Door>>) -> Response {
    let keys = door.issuer.as_ref().map(Issuer::jwks).unwrap_or_default();
    ([(CONTENT_TYPE, JSON), (CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"))], keys).into_response()
}

/// A handler that answers with the metadata document.
pub(super) fn document(metadata: &Metadata) -> impl Fn(Admitted) -> std::future::Ready<Response> + Clone + use<> {
    let text: Arc<str> = serde_json::to_string(metadata).unwrap_or_default().into();
    move |_: Admitted| {
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

/// RFC 6749 §5.2: 400, or 401 with the scheme that clients use here; what is not OAuth's has the status that it has everywhere.
fn refuse(door: &Door, refusal: TokenRefusal) -> Response {
    if matches!(door.habits, Habits::Aws(_)) {
        return cognito::refuse(refusal);
    }
    let status = match (refusal.denial.reason, refusal.error) {
        (Reason::TooLarge, _) => StatusCode::PAYLOAD_TOO_LARGE,
        (Reason::Guessing | Reason::RateLimited | Reason::AddressDenied | Reason::Timeout | Reason::Unavailable, _) => {
            status(refusal.denial.reason, door.mode)
        }
        (_, ErrorCode::InvalidClient) => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    let body = ErrorBody { error: refusal.error, error_description: refusal.description() };
    let mut response = uncached(status, serde_json::to_string(&body).unwrap_or_default());
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

fn uncached(status: StatusCode, body: String) -> Response {
    let headers = [
        (CONTENT_TYPE, JSON),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (PRAGMA, HeaderValue::from_static("no-cache")),
    ];
    (status, headers, body).into_response()
}
