//! One record per request, whatever becomes of it.

use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, Uri};

use super::{
    door::{Door, RequestId},
    origin::Origin,
    reply::Refused,
    unread::Reading,
};
use crate::{
    allowance::Limit,
    audit::RequestRecord,
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
    let origin = Origin::note(&door, &mut request);
    let open = OpenRecord::new(&door, &request, origin);
    let reading = Reading::of(&mut request);
    let of_token_service = door.habits.is_of_token_service(request.uri().path()) && door.issuer.is_some();
    if of_token_service {
        // A revocation is kept with the request that asked for it.
        request.extensions_mut().insert(open.id.clone());
    }
    let mut response = match admissible(&door, &request) {
        Ok(()) => next.run(request).await,
        Err(denial) => Refused::new(&door, denial).into_response(),
    };
    reading.finish(&mut response).await;
    door.habits.finish(&mut response, &open.id, of_token_service);
    open.close(&response);
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

/// A record that is written when it goes out of scope: a caller that hangs up is recorded too. Nothing is made of it before it is
/// known that somebody wants it.
struct OpenRecord {
    door: Arc<Door>,
    id: RequestId,
    at: SystemTime,
    began: Instant,
    origin: Option<Origin>,
    method: Method,
    uri: Uri,
    resumed: bool,
    trace: Option<TraceContext>,
    outcome: Outcome,
}

/// What came of a request; of one whose caller hung up, nothing.
#[derive(Default)]
struct Outcome {
    status: Option<u16>,
    reason: Option<Reason>,
    cause: Cow<'static, str>,
    caller: Option<Arc<str>>,
    shadowed: Option<Limit>,
}

impl OpenRecord {
    fn new(door: &Arc<Door>, request: &Request, origin: Option<Origin>) -> Self {
        let peer = request.extensions().get::<Arc<Peer>>();
        Self {
            id: door.ids.next(),
            at: clock::now(),
            began: Instant::now(),
            origin,
            method: request.method().clone(),
            uri: request.uri().clone(),
            resumed: peer.is_some_and(|peer| peer.tls.as_ref().is_some_and(|tls| tls.resumed)),
            trace: TraceContext::of(request.headers()),
            outcome: Outcome::default(),
            door: Arc::clone(door),
        }
    }

    fn close(mut self, response: &Response) {
        let outcome = &mut self.outcome;
        outcome.status = Some(response.status().as_u16());
        if let Some(denial) = response.extensions().get::<Denial>() {
            outcome.reason = Some(denial.reason);
            outcome.cause.clone_from(&denial.cause);
            outcome.caller.clone_from(&denial.claimed);
        } else if let Some(Served { caller, shadowed }) = response.extensions().get() {
            outcome.caller = Some(Arc::clone(caller));
            outcome.shadowed = *shadowed;
        }
    }

    fn record(&self, took: Duration) -> RequestRecord<&str> {
        let Outcome { status, reason, cause, caller, shadowed } = &self.outcome;
        RequestRecord {
            at: self.at,
            id: &self.id.0,
            mode: self.door.mode,
            address: self.origin.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |origin| origin.address),
            via: self.origin.and_then(|origin| origin.via),
            method: cut(self.method.as_str(), LONGEST_METHOD),
            path: cut(self.uri.path(), LONGEST_PATH),
            status: *status,
            reason: *reason,
            cause,
            caller: caller.as_deref(),
            shadowed: *shadowed,
            took,
            resumed: self.resumed,
            trace: self.trace,
        }
    }
}

/// Longer methods and paths are cut in the record.
const LONGEST_METHOD: usize = 16;
const LONGEST_PATH: usize = 256;

fn cut(text: &str, longest: usize) -> &str {
    // Most are short, and need no look at each character.
    let end = if text.len() > longest { text.char_indices().nth(longest) } else { None };
    end.and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

impl Drop for OpenRecord {
    fn drop(&mut self) {
        let Door { metrics, observe, log, records, .. } = &*self.door;
        let (reason, took) = (self.outcome.reason, self.began.elapsed());
        if let Some(metrics) = metrics {
            metrics.request(reason, self.outcome.status.is_some(), took);
        }
        if observe.records || reason.is_some() {
            let record = self.record(took);
            log.refused(&record);
            if observe.records {
                records.request(&record);
            }
        }
    }
}
