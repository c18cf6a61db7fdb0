//! The failure budget: bounds guessing, and never refuses a right credential, because only failures are counted.

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use governor::{
    RateLimiter,
    clock::{Clock, DefaultClock},
    state::keyed::DashMapStateStore,
};

use super::quota::Bucket;
use crate::{
    denial::{Denial, Reason},
    store::{Memory, Which},
};

/// More states than this, and those that are full again are forgotten.
const MANY: usize = 65_536;

type Limiter = RateLimiter<(IpAddr, u64), DashMapStateStore<(IpAddr, u64)>, DefaultClock>;

/// Failures per address and known caller. Failures for callers that do not exist share one budget per address,
/// so that invented names neither fill the memory nor widen the budget.
#[derive(Debug)]
pub struct Guessing {
    limiter: Limiter,
    clock: DefaultClock,
    hasher: RandomState,
    memory: Arc<Memory>,
    which: Which,
}

impl Guessing {
    /// A budget of `bucket` per address and caller of the kind `which`.
    pub fn new(bucket: Bucket, memory: Arc<Memory>, which: Which) -> Self {
        let limiter = RateLimiter::dashmap(bucket.quota());
        Self { limiter, clock: DefaultClock::default(), hasher: RandomState::new(), memory, which }
    }

    /// Counts a failure that could be a guess; past the budget it is answered as `guessing`, whatever it was.
    pub fn count(&self, address: IpAddr, denial: Denial) -> Denial {
        if !matches!(denial.reason, Reason::CredentialUnknown | Reason::SignatureInvalid) {
            return denial;
        }
        if self.limiter.len() > MANY {
            self.limiter.retain_recent();
        }
        let claimed = denial.claimed.as_deref().filter(|id| self.memory.caller(self.which, id).is_some());
        let caller = claimed.map_or(0, |id| self.hasher.hash_one(id));
        match self.limiter.check_key(&(site(address), caller)) {
            Ok(()) => denial,
            Err(not_until) => {
                let wait = not_until.wait_time_from(self.clock.now());
                Denial { reason: Reason::Guessing, ..denial }.retry_after(wait)
            }
        }
    }
}

/// One subscriber's IPv6 addresses count as one: a /64 (RFC 6177).
fn site(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::feed;

    #[test]
    fn failures_beyond_the_budget_are_guessing_and_invented_names_share_it() {
        let state = tempfile::tempdir().unwrap();
        let (memory, _feed) = feed::follow(state.path(), |_| ()).unwrap();
        let bucket = Bucket { rate: 1.try_into().unwrap(), burst: 3.try_into().unwrap() };
        let guessing = Guessing::new(bucket, memory, Which::Key);
        let fail = |address: &str, name: &str, reason| {
            guessing.count(address.parse().unwrap(), Denial::new(reason, "").claimed(name)).reason
        };
        for name in ["a", "b", "c"] {
            assert_eq!(fail("127.0.0.1", name, Reason::CredentialUnknown), Reason::CredentialUnknown);
        }
        assert_eq!(fail("127.0.0.1", "d", Reason::CredentialUnknown), Reason::Guessing);
        assert_eq!(fail("127.0.0.2", "d", Reason::CredentialUnknown), Reason::CredentialUnknown, "another address");
        assert_eq!(fail("127.0.0.1", "d", Reason::Expired), Reason::Expired, "who proved possession does not guess");
        for host in ["2001:db8::1", "2001:db8::2", "2001:db8::3"] {
            fail(host, "a", Reason::CredentialUnknown);
        }
        assert_eq!(fail("2001:db8::4", "a", Reason::CredentialUnknown), Reason::Guessing, "one site, one budget");
    }
}
