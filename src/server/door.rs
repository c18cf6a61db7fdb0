//! What every handler shares.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::{
    audit::Audit,
    authn::jwt::Tokens,
    config::Limits,
    exit::Failure,
    issuer::Issuer,
    metrics::{Metrics, Readings},
    mode::Mode,
    policy::Policy,
    secret::random_text,
    store,
};

/// One mode's door with everything behind it.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) mode: Mode,
    pub(super) policy: Policy,
    /// The token service, in `jwt`.
    pub(super) issuer: Option<Issuer>,
    /// The verifier of tokens, in `jwt`: the same one that is the lock.
    pub(super) tokens: Option<Arc<Tokens>>,
    /// What requests leave behind, in `jwt`.
    pub(super) writer: Option<Arc<store::Writer>>,
    pub(super) metrics: Metrics,
    pub(super) audit: Audit,
    pub(super) limits: Limits,
    pub(super) body_deadline: Duration,
    pub(super) ids: RequestIds,
}

impl Door {
    /// The metrics as text, read now.
    pub(super) fn metrics(&self) -> String {
        let memory = &self.policy.memory;
        let store_age = memory.age().as_secs_f64();
        self.metrics.render(Readings { dropped: self.audit.dropped(), store_age, credentials: memory.counts() })
    }
}

/// The id of a request.
#[derive(Debug)]
pub(super) struct RequestId(pub(super) String);

/// Names requests: unique across processes by a random part, within one by a count.
#[derive(Debug)]
pub(super) struct RequestIds {
    process: String,
    next: AtomicU64,
}

impl RequestIds {
    pub(super) fn new() -> Result<Self, Failure> {
        Ok(Self { process: random_text(8).map_err(Failure::environment)?, next: AtomicU64::new(1) })
    }

    pub(super) fn next(&self) -> RequestId {
        RequestId(format!("{}-{:x}", self.process, self.next.fetch_add(1, Ordering::Relaxed)))
    }
}
