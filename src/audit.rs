//! What the operator is told of requests and handshakes: a stream of records, and a log of refusals that is kept.

mod format;
mod log;
mod records;
mod verify;

use std::{
    net::IpAddr,
    time::{Duration, SystemTime},
};

pub use self::{
    format::Format,
    log::{Log, LogWriter},
    records::{RecordWriter, Records},
    verify::{Verified, verify},
};
use crate::{allowance::Limit, denial::Reason, mode::Mode, trace_context::TraceContext};

/// One request, answered or given up by its caller. `Text` is how its texts are held.
#[derive(Debug, Clone)]
pub struct RequestRecord<Text> {
    /// When it began.
    pub at: SystemTime,
    /// Its id, as in the answer.
    pub id: Text,
    /// The lock.
    pub mode: Mode,
    /// Where it came from.
    pub address: IpAddr,
    /// The proxy that said so, if one was believed.
    pub via: Option<IpAddr>,
    /// Its method.
    pub method: Text,
    /// Its path. The query is left out: callers put secrets there.
    pub path: Text,
    /// The status of the answer; `None` when the caller hung up before.
    pub status: Option<u16>,
    /// Why it was refused, if it was.
    pub reason: Option<Reason>,
    /// The private cause of the refusal.
    pub cause: Text,
    /// The caller: proven, or only claimed when there is a reason.
    pub caller: Option<Text>,
    /// The limit that would have refused it, were it more than a shadow.
    pub shadowed: Option<Limit>,
    /// How long it took.
    pub took: Duration,
    /// Whether the TLS session was resumed.
    pub resumed: bool,
    /// The trace that the caller says it belongs to.
    pub trace: Option<TraceContext>,
}

impl<Text: Copy> RequestRecord<Text> {
    /// The same, with its texts held otherwise.
    pub fn map<Other>(&self, mut hold: impl FnMut(Text) -> Other) -> RequestRecord<Other> {
        let Self { at, id, mode, address, via, method, path, status, reason, cause, caller, shadowed, took, resumed, trace } =
            *self;
        let (id, method, path) = (hold(id), hold(method), hold(path));
        let (cause, caller) = (hold(cause), caller.map(hold));
        RequestRecord { at, id, mode, address, via, method, path, status, reason, cause, caller, shadowed, took, resumed, trace }
    }
}

impl RequestRecord<&str> {
    /// Method and path.
    fn target(&self) -> String {
        [self.method, " ", self.path].concat()
    }
}

/// One handshake that did not succeed, or a connection that was not taken.
#[derive(Debug, Clone)]
pub struct HandshakeRecord {
    /// When it failed.
    pub at: SystemTime,
    /// Where it came from.
    pub address: IpAddr,
    /// The proxy that said so, if one was believed.
    pub via: Option<IpAddr>,
    /// Why.
    pub reason: Reason,
    /// The private cause.
    pub cause: String,
    /// The subject that the certificate claims; hostile text.
    pub subject: Option<String>,
    /// The serial that the certificate claims.
    pub serial: Option<String>,
}

#[cfg(test)]
impl RequestRecord<&'static str> {
    /// A request that was served.
    fn example() -> Self {
        Self {
            at: crate::clock::from_seconds(1_800_000_000),
            id: "id-1",
            mode: Mode::Apikey,
            address: std::net::Ipv4Addr::LOCALHOST.into(),
            via: None,
            method: "GET",
            path: "/hello-world",
            status: Some(200),
            reason: None,
            cause: "",
            caller: Some("partner"),
            shadowed: None,
            took: Duration::from_micros(42),
            resumed: false,
            trace: None,
        }
    }
}
