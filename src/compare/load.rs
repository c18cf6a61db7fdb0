//! Load: one caller that calls at fixed moments, or as fast as it is answered.
//!
//! [`steady()`] is an open loop: the moments of the calls are fixed beforehand, and a latency counts from the intended moment, so
//! that a server which stalls is charged for the calls that had to wait. [`burst()`] is a closed loop: it takes no latencies, only
//! what the calls cost; [`visits()`] is the same for calls that begin with something new. [`flood()`] is as much as a server can take.
//! All run on a thread of their own, so that its CPU time is the caller's.

mod burst;
mod flood;
mod pace;
mod session;
mod steady;
#[cfg(test)]
pub(crate) mod tests;
mod thread;

use std::fmt;

use bytes::Bytes;
use http::Request;

pub use self::{
    burst::{Burst, Start, Visit, burst, visits},
    flood::{Flood, flood},
    session::{first_call, idle, token_header},
    steady::{Steady, steady},
    thread::on_own_thread,
};
use crate::caller::Dial;

/// What one call is.
#[derive(Clone)]
pub struct Target {
    /// Where to and as whom, over HTTP/1.1. Resumption is off: every handshake is a full one, unless a shape says otherwise.
    pub dial: Dial,
    /// The call, credential included.
    pub call: Request<Bytes>,
    /// What fetches the credential, where one has to be fetched: the answer's `access_token` is the bearer token of the call.
    pub token: Option<Request<Bytes>>,
}

/// Without the requests: they hold the credential.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("dial", &self.dial).finish_non_exhaustive()
    }
}
