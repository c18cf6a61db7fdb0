//! How often one address may make us fetch. A stranger's invented names use up the stranger's budget and nobody else's.

use std::{collections::hash_map::RandomState, hash::BuildHasher, net::IpAddr, num::NonZeroU32, time::Duration};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::network::site;

/// Fetches that one address may cause at once.
const AT_ONCE: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);
/// The time after which it may cause one more.
const ONE_MORE: Duration = Duration::from_secs(10);
/// Addresses are sorted into so many budgets, so that the memory is bounded. Who meets a stranger in one, by a chance of one in
/// as many, waits for a fetch that somebody else causes.
const SLOTS: usize = 1024;

/// The budgets of one issuer.
#[derive(Debug)]
pub(super) struct Budget {
    slots: Vec<DefaultDirectRateLimiter>,
    hasher: RandomState,
}

impl Budget {
    pub(super) fn new() -> Self {
        let quota = Quota::with_period(ONE_MORE).unwrap_or(Quota::per_minute(NonZeroU32::MIN)).allow_burst(AT_ONCE);
        Self { slots: (0..SLOTS).map(|_| RateLimiter::direct(quota)).collect(), hasher: RandomState::new() }
    }

    /// Takes one fetch out of the budget of this address, if there is one.
    pub(super) fn spend(&self, address: IpAddr) -> bool {
        let slot = self.hasher.hash_one(site(address)) % SLOTS as u64;
        let limiter = usize::try_from(slot).ok().and_then(|slot| self.slots.get(slot));
        limiter.is_some_and(|limiter| limiter.check().is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_has_two_at_once_and_does_not_take_them_from_others() {
        let budget = Budget::new();
        let mut spend = |address: &str| budget.spend(address.parse().unwrap());
        assert_eq!([(); 5].map(|()| spend("192.0.2.1")), [true, true, false, false, false]);
        assert_eq!(["2001:db8::1", "2001:db8::2", "2001:db8::3"].map(&mut spend), [true, true, false], "one site");
        // By chance an address can share a slot with one of those above, not ten of them.
        assert!((0..10).any(|host| spend(&format!("198.51.100.{host}"))));
    }

    #[test]
    fn many_addresses_need_no_memory() {
        let budget = Budget::new();
        let granted = (0..100_000_u32).filter(|host| budget.spend(IpAddr::from(host.to_be_bytes()))).count();
        assert!(granted <= 2 * SLOTS + SLOTS, "{granted}");
        assert_eq!(budget.slots.len(), SLOTS);
    }
}
