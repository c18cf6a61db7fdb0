//! The failure budget: bounds guessing, and never refuses a right credential, because only failures are counted.

use std::{collections::hash_map::RandomState, hash::BuildHasher, net::IpAddr};

use governor::{
    RateLimiter,
    clock::{Clock, DefaultClock},
    state::keyed::DashMapStateStore,
};

use super::quota::Bucket;
use crate::{
    denial::{Denial, Reason},
    network::site,
};

/// More states than this, and those that are full again are forgotten.
const MANY: usize = 65_536;
/// Claimed callers are sorted into so many slots per address.
const SLOTS: u64 = 16;

type Limiter = RateLimiter<(IpAddr, u64), DashMapStateStore<(IpAddr, u64)>, DefaultClock>;

/// Failures per address and claimed caller.
///
/// Callers are told apart by slot, not by name, and whether they exist plays no part: invented names neither fill the memory
/// nor widen the budget beyond the slots, and the answer does not tell which names are real.
#[derive(Debug)]
pub struct Guessing {
    limiter: Limiter,
    clock: DefaultClock,
    hasher: RandomState,
}

impl Guessing {
    /// A budget of `bucket` per address and claimed caller.
    pub fn new(bucket: Bucket) -> Self {
        Self { limiter: RateLimiter::dashmap(bucket.quota()), clock: DefaultClock::default(), hasher: RandomState::new() }
    }

    /// Counts a failure that could be a guess; past the budget it is answered as `guessing`, whatever it was.
    pub fn count(&self, address: IpAddr, denial: Denial) -> Denial {
        if !matches!(denial.reason, Reason::CredentialUnknown | Reason::SignatureInvalid) {
            return denial;
        }
        if self.limiter.len() > MANY {
            self.limiter.retain_recent();
        }
        let slot = denial.claimed.as_deref().map_or(SLOTS, |id| self.hasher.hash_one(id) % SLOTS);
        match self.limiter.check_key(&(site(address), slot)) {
            Ok(()) => denial,
            Err(not_until) => {
                let wait = not_until.wait_time_from(self.clock.now());
                Denial { reason: Reason::Guessing, ..denial }.retry_after(wait)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessing() -> Guessing {
        Guessing::new(Bucket { rate: 1.try_into().unwrap(), burst: 3.try_into().unwrap() })
    }

    fn fail(guessing: &Guessing, address: &str, name: &str, reason: Reason) -> Reason {
        guessing.count(address.parse().unwrap(), Denial::new(reason, "").claimed(name)).reason
    }

    #[test]
    fn failures_beyond_the_budget_are_guessing() {
        let guessing = guessing();
        let wrong = |address, name| fail(&guessing, address, name, Reason::CredentialUnknown);
        assert_eq!([(); 4].map(|()| wrong("127.0.0.1", "a"))[3], Reason::Guessing);
        assert_eq!(wrong("127.0.0.2", "a"), Reason::CredentialUnknown, "another address");
        assert_eq!(fail(&guessing, "127.0.0.1", "a", Reason::Expired), Reason::Expired, "who proved possession does not guess");
        for host in ["2001:db8::1", "2001:db8::2", "2001:db8::3"] {
            wrong(host, "a");
        }
        assert_eq!(wrong("2001:db8::4", "a"), Reason::Guessing, "one site, one budget");
    }

    #[test]
    fn invented_names_do_not_widen_the_budget_for_ever() {
        let guessing = guessing();
        let names = (0..10_000).map(|n| format!("invented-{n}"));
        let let_through = names.filter(|name| fail(&guessing, "127.0.0.1", name, Reason::CredentialUnknown) != Reason::Guessing);
        // 16 slots of three, and what a slow machine refills meanwhile.
        assert!(let_through.count() < 16 * 3 + 16 * 10);
        assert!(guessing.limiter.len() <= 16);
    }
}
