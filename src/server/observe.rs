//! One record per request, whatever becomes of it.

use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::HeaderMap;

use super::{
    door::{Door, RequestId},
    origin::Origin,
    reply::Refused,
};
use crate::{
    allowance::Limit,
    audit::{Record, RequestRecord},
    clock,
    denial::{Denial, Reason},
    peer::Peer,
    trace_context::TraceContext,
};

/// Who was served, in the extensions of an answer, and which limit would have refused it, were it more than a shadow.
#[derive(Debug, Clone)]
pub(super) struct Served {
    pub(super) caller: Arc<str>,
    pub(super) shadowed: Option<Limit>,
}

/// Opens the record, lets the request pass, closes the record with what came of it.
pub(super) async fn request(State(door): State<Arc<Door>>, mut request: Request, next: Next) -> Response {
    let id = door.ids.next();
    let origin = Origin::note(&door, &mut request);
    let observed = door.observe.records || door.metrics.is_some();
    let open = observed.then(|| OpenRecord::new(&door, &request, origin, &id));
    let of_token_service = door.habits.is_of_token_service(request.uri().path()) && door.issuer.is_some();
    let mut response = match admissible(&door, &request) {
        Ok(()) => next.run(request).await,
        Err(denial) => Refused::new(&door, denial).into_response(),
    };
    door.habits.finish(&mut response, &id, of_token_service);
    if let Some(open) = open {
        open.close(&response);
    }
    response
}

/// What is asked of every request before its route is looked for.
fn admissible(door: &Door, request: &Request) -> Result<(), Denial> {
    if header_octets(request.headers()) > door.limits.header_bytes {
        return Err(Denial::new(Reason::TooLarge, "the header section"));
    }
    match request.extensions().get::<Arc<Peer>>() {
        Some(peer) => door.hosts.check(peer, request.uri(), request.headers()),
        None => Ok(()),
    }
}

fn header_octets(headers: &HeaderMap) -> usize {
    // Each field costs its name, its value, and four octets around them.
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}

/// A record that is written when it goes out of scope: a caller that hangs up is recorded too.
struct OpenRecord {
    door: Arc<Door>,
    record: Option<RequestRecord>,
    began: Instant,
}

impl OpenRecord {
    fn new(door: &Arc<Door>, request: &Request, origin: Option<Origin>, id: &RequestId) -> Self {
        let peer = request.extensions().get::<Arc<Peer>>();
        let path: String = request.uri().path().chars().take(LONGEST_PATH).collect();
        let record = RequestRecord {
            at: clock::now(),
            id: id.0.clone(),
            mode: door.mode,
            address: origin.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |origin| origin.address),
            via: origin.and_then(|origin| origin.via),
            target: format!("{:.16} {path}", request.method().as_str()),
            status: None,
            reason: None,
            cause: Cow::Borrowed(""),
            caller: None,
            took: Duration::ZERO,
            shadowed: None,
            resumed: peer.is_some_and(|peer| peer.tls.as_ref().is_some_and(|tls| tls.resumed)),
            trace: TraceContext::of(request.headers()),
        };
        Self { door: Arc::clone(door), record: Some(record), began: Instant::now() }
    }

    fn close(mut self, response: &Response) {
        let Some(record) = &mut self.record else { return };
        record.status = Some(response.status().as_u16());
        if let Some(denial) = response.extensions().get::<Denial>() {
            record.reason = Some(denial.reason);
            record.cause.clone_from(&denial.cause);
            record.caller.clone_from(&denial.claimed);
        } else if let Some(Served { caller, shadowed }) = response.extensions().get() {
            record.caller = Some(Arc::clone(caller));
            record.shadowed = *shadowed;
        }
    }
}

/// Longer paths are cut in the record.
const LONGEST_PATH: usize = 256;

impl Drop for OpenRecord {
    fn drop(&mut self) {
        if let Some(mut record) = self.record.take() {
            record.took = self.began.elapsed();
            let Door { observe, metrics, audit, .. } = &*self.door;
            if let Some(metrics) = metrics {
                metrics.request(record.reason, record.status.is_some(), record.took);
            }
            if observe.records {
                audit.record(Record::Request(record));
            }
        }
    }
}
