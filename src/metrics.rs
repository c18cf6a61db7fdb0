//! What the operator is told in numbers, in the Prometheus text format: counted as requests and handshakes end, or read when
//! somebody asks.
//!
//! Every label has few values, or as many as the operator's own configuration gives it: no caller can add one.
//! `docs/metrics.md` lists them all.

mod credentials;
mod handshakes;
mod limits;
mod page;
mod requests;
mod state;

use std::time::{Duration, SystemTime};

pub use self::{handshakes::Connections, page::Page, state::TokenCache};
use self::{handshakes::Handshakes, requests::Requests};
use crate::{
    clock,
    denial::Reason,
    mode::{Mode, Profile},
};

/// What is counted while it happens. Counting is an addition or two, without a lock.
#[derive(Debug)]
pub struct Metrics {
    mode: Mode,
    profile: Profile,
    started: SystemTime,
    requests: Requests,
    handshakes: Handshakes,
}

impl Metrics {
    /// The metrics of a server that starts now. Nothing is global: several may live in one process.
    pub fn new(mode: Mode, profile: Profile) -> Self {
        let (requests, handshakes) = (Requests::default(), Handshakes::default());
        Self { mode, profile, started: clock::now(), requests, handshakes }
    }

    /// Counts one request by how it ended. Not answered is one whose caller hung up.
    pub fn request(&self, reason: Option<Reason>, answered: bool, took: Duration) {
        self.requests.count(reason, answered, took);
    }

    /// Counts how long one decision took.
    pub fn decided(&self, took: Duration) {
        self.requests.decided(took);
    }

    /// Counts how long it took to prove a client and to give it a token.
    pub fn token_issued(&self, took: Duration) {
        self.requests.token_issued(took);
    }

    /// Counts one refused handshake.
    pub fn handshake_refused(&self, reason: Reason) {
        self.handshakes.refused(reason);
    }

    /// Counts one handshake that succeeded.
    pub fn handshake_accepted(&self, resumed: bool) {
        self.handshakes.accepted(resumed);
    }

    /// A page with all that was counted here. Whoever asks for it adds what is read.
    pub fn page(&self) -> Page {
        let mut page = Page::default();
        page.build(self.mode, self.profile, self.started);
        page.requests(self.mode, &self.requests);
        page.handshakes(&self.handshakes);
        page
    }
}
