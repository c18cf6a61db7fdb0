//! What every handler shares.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{hosts::Hosts, reply::Habits, trust::View};
use crate::{
    audit::Audit,
    authn::jwt::Tokens,
    config::{Limits, Observe},
    exit::Failure,
    federation::Federation,
    issuer::Issuer,
    metrics::{Metrics, Readings},
    mode::{Mode, Profile},
    peer::Entrance,
    policy::Policy,
    secret::{random_text, random_uuid},
    store,
    transport::Proxies,
};

/// One mode's door with everything behind it.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) mode: Mode,
    /// Whose answers it gives.
    pub(super) habits: Habits,
    /// What decides behind the lock.
    pub(super) policy: Policy,
    /// What decides at the default endpoint, where there is no lock.
    pub(super) unlocked: Policy,
    /// Where connections begin with a PROXY header.
    pub(super) proxies: Arc<Proxies>,
    /// The names that it answers to.
    pub(super) hosts: Hosts,
    /// The certificates, for the operator.
    pub(super) certificates: Arc<View>,
    /// The token service, in `jwt`.
    pub(super) issuer: Option<Issuer>,
    /// The keys of further issuers.
    pub(super) federation: Federation,
    /// What judges its tokens, in `jwt`: the same that is the lock.
    pub(super) tokens: Option<Arc<Tokens>>,
    /// What requests leave behind.
    pub(super) writer: Arc<store::Writer>,
    pub(super) metrics: Metrics,
    pub(super) audit: Audit,
    /// What is told of requests.
    pub(super) observe: Observe,
    pub(super) limits: Limits,
    pub(super) body_deadline: Duration,
    pub(super) ids: RequestIds,
}

impl Door {
    /// What decides about whoever came in this way.
    pub(super) fn policy_at(&self, entrance: Entrance) -> &Policy {
        match entrance {
            Entrance::Lock => &self.policy,
            Entrance::DefaultEndpoint => &self.unlocked,
        }
    }

    /// The metrics as text, read now.
    pub(super) fn metrics(&self) -> String {
        self.federation.ages().for_each(|(issuer, age)| self.metrics.issuer_keys_age(issuer, age));
        self.certificates.ends().for_each(|(what, at)| self.metrics.ends(what, at));
        self.certificates.signs().into_iter().for_each(|signs| self.metrics.signs_lists(signs));
        for of in self.policy.quota.refusals() {
            self.metrics.limited(&of.plan, of.limit, of.refused, of.shadowed);
        }
        self.metrics.usage(&self.policy.ledger.totals());
        self.metrics.over_admitted(&self.policy.ledger.over_admitted());
        let memory = &self.policy.memory;
        let store_age = memory.age().as_secs_f64();
        let remembered = self.tokens.as_ref().map(|tokens| tokens.cache_counts()).unwrap_or_default();
        self.metrics.render(Readings {
            dropped: self.audit.dropped(),
            store_age,
            credentials: memory.counts(),
            token_cache: (remembered.hits, remembered.misses),
        })
    }
}

/// The id of a request.
#[derive(Debug)]
pub(super) struct RequestId(pub(super) String);

/// Names requests: unique across processes by a random part, within one by a count.
#[derive(Debug)]
pub(super) struct RequestIds {
    process: Process,
    next: AtomicU64,
}

/// The part of a name that all requests of a process share.
#[derive(Debug)]
enum Process {
    /// Eight letters and digits.
    Word(String),
    /// A UUID (RFC 9562 §5.4) whose last part is the count.
    Uuid(String),
}

impl RequestIds {
    pub(super) fn new(profile: Profile) -> Result<Self, Failure> {
        let process = match profile {
            Profile::Standard => Process::Word(random_text(8).map_err(Failure::environment)?),
            Profile::Aws => {
                let uuid = random_uuid().map_err(Failure::environment)?;
                Process::Uuid(uuid.rsplit_once('-').map_or_else(String::new, |(shared, _)| shared.to_owned()))
            }
        };
        Ok(Self { process, next: AtomicU64::new(1) })
    }

    pub(super) fn next(&self) -> RequestId {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        RequestId(match &self.process {
            Process::Word(word) => format!("{word}-{count:x}"),
            Process::Uuid(shared) => format!("{shared}-{count:012x}"),
        })
    }
}
