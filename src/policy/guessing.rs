//! The failure budget: bounds guessing, and never refuses a right credential, because only failures are counted.

use std::{collections::hash_map::RandomState, hash::BuildHasher, net::IpAddr};

use arc_swap::ArcSwap;

use super::{
    bucket::Bucket,
    level::{Level, Uptime},
};
use crate::{
    allowance::FailureBudgets,
    denial::{Denial, Reason},
    guard::Guard,
    network::site,
};

/// Budgets that there are, for all addresses: 1 MiB, however many of them fail. Who meets a stranger in one, by a chance of one in
/// as many for each that fails meanwhile, is told `guessing` earlier; a right credential is not counted and passes.
const BUDGETS: usize = 1 << 17;
/// Claimed callers are sorted into so many slots per address.
const SLOTS: u64 = 16;

/// Failures per address and claimed caller.
///
/// Callers are told apart by slot, not by name, and whether they exist plays no part: invented names neither fill the memory
/// nor widen the budget beyond the slots, and the answer does not tell which names are real.
#[derive(Debug)]
pub struct Guessing {
    bucket: ArcSwap<Bucket>,
    levels: Box<[Level]>,
    uptime: Uptime,
    /// Of this process: nobody can choose addresses that meet.
    hasher: RandomState,
}

impl Guessing {
    /// A budget of `bucket` per address and claimed caller.
    pub fn new(bucket: Bucket) -> Self {
        Self {
            bucket: ArcSwap::from_pointee(bucket),
            levels: (0..BUDGETS).map(|_| Level::default()).collect(),
            uptime: Uptime::begin(),
            hasher: RandomState::new(),
        }
    }

    /// Puts another budget in force. What was counted of late still counts.
    pub fn replace(&self, bucket: Bucket) {
        self.bucket.store(bucket.into());
    }

    /// Counts a failure that could be a guess; past the budget it is answered as `guessing`, whatever it was.
    pub fn count(&self, address: IpAddr, denial: Denial) -> Denial {
        let may_be_a_guess = matches!(denial.reason, Reason::CredentialUnknown | Reason::SignatureInvalid);
        if !may_be_a_guess || !Guard::FailureBudget.stands() {
            return denial;
        }
        match self.level(address, denial.claimed.as_deref()).take(**self.bucket.load(), self.uptime.now()) {
            Ok(_) => denial,
            Err(wait) => Denial { reason: Reason::Guessing, ..denial }.retry_after(wait),
        }
    }

    /// How many budgets are not whole now. Looks at all of them: not for the request path.
    pub fn budgets(&self) -> FailureBudgets {
        let (bucket, now) = (**self.bucket.load(), self.uptime.now());
        let mut budgets = FailureBudgets::default();
        for level in self.levels.iter().filter(|level| !level.is_full(now)) {
            let count = if level.read(bucket, now).left == 0 { &mut budgets.spent } else { &mut budgets.begun };
            *count += 1;
        }
        budgets
    }

    fn level(&self, address: IpAddr, claimed: Option<&str>) -> &Level {
        let slot = claimed.map_or(SLOTS, |id| self.hasher.hash_one(id) % SLOTS);
        let hash = self.hasher.hash_one((site(address), slot));
        #[expect(clippy::cast_possible_truncation, reason = "only the low bits are wanted")]
        let place = hash as usize % BUDGETS;
        &self.levels[place]
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
    }

    #[test]
    fn a_million_addresses_need_no_memory_and_have_no_more_than_there_is() {
        let guessing = Guessing::new(Bucket { rate: 1.try_into().unwrap(), burst: 1.try_into().unwrap() });
        let began = guessing.uptime;
        let addresses = (0..1_000_000_u32).map(|host| IpAddr::from(host.to_be_bytes()));
        let unknown = || Denial::new(Reason::CredentialUnknown, "");
        let let_through = addresses.filter(|at| guessing.count(*at, unknown()).reason != Reason::Guessing).count();
        let refills = usize::try_from(began.now().0 / 1_000_000_000).unwrap() + 1;
        assert!(let_through <= BUDGETS * (1 + refills), "{let_through} in {refills} s");
        assert_eq!(size_of_val(&*guessing.levels), 1 << 20);
    }

    #[test]
    fn another_budget_holds_at_once() {
        let guessing = guessing();
        let wrong = |address| fail(&guessing, address, "a", Reason::CredentialUnknown);
        assert_eq!([(); 4].map(|()| wrong("127.0.0.1"))[3], Reason::Guessing);
        guessing.replace(Bucket { rate: 1.try_into().unwrap(), burst: 1.try_into().unwrap() });
        assert_eq!([(); 2].map(|()| wrong("127.0.0.2")), [Reason::CredentialUnknown, Reason::Guessing]);
    }

    #[test]
    fn budgets_that_are_not_whole_are_counted() {
        let guessing = Guessing::new(Bucket { rate: 1.try_into().unwrap(), burst: 1_000.try_into().unwrap() });
        assert_eq!(guessing.budgets(), FailureBudgets::default());
        for address in ["127.0.0.1", "127.0.0.2"] {
            fail(&guessing, address, "a", Reason::CredentialUnknown);
        }
        assert_eq!(guessing.budgets(), FailureBudgets { begun: 2, spent: 0 });
        while fail(&guessing, "127.0.0.1", "a", Reason::CredentialUnknown) != Reason::Guessing {}
        assert_eq!(guessing.budgets(), FailureBudgets { begun: 1, spent: 1 });
    }
}
