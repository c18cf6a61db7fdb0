//! What every handler shares.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::{hosts::Hosts, reply::Habits, scrape::LastCensus, trust::View};
use crate::{
    audit::{Log, Records},
    authn::jwt::Tokens,
    config::{Limits, Observe},
    exit::Failure,
    federation::Federation,
    issuer::Issuer,
    metrics::Metrics,
    mode::{Mode, Profile},
    peer::Entrance,
    policy::Policy,
    secret::{random_text, random_uuid},
    store,
    transport::{Capacity, Proxies},
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
    /// What is counted; `None` when that is switched off.
    pub(super) metrics: Option<Metrics>,
    /// The connections of the listener that callers come to, and of the operator's.
    pub(super) api: Arc<Capacity>,
    pub(super) admin: Arc<Capacity>,
    /// The credentials as they were counted last.
    pub(super) census: LastCensus,
    pub(super) records: Records,
    /// What is told of requests.
    pub(super) observe: Observe,
    /// Where refusals are kept.
    pub(super) log: Log,
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

    /// Does it, and counts how long it took.
    pub(super) fn timed<T>(&self, count: fn(&Metrics, Duration), work: impl FnOnce() -> T) -> T {
        let Some(metrics) = &self.metrics else { return work() };
        let began = Instant::now();
        let done = work();
        count(metrics, began.elapsed());
        done
    }
}

/// The id of a request.
#[derive(Debug, Clone)]
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
