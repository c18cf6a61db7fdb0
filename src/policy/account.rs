//! What is remembered of each proven caller: one account for all limits and counts, one look-up per request.

use std::sync::{Arc, OnceLock};

use dashmap::DashMap;

use super::level::{Level, Moment, Uptime};
use crate::{
    calendar::Day,
    principal::{Kind, Principal},
    store::usage::Meter,
    wire::Operation,
};

/// Callers of a kind are spread over so many maps, so that a sweep holds up few of them, and each for a moment.
const SHARDS: usize = 64;

/// One caller's levels. Every field is exchanged by itself: nobody waits for another request of the same caller.
#[derive(Debug, Default)]
pub struct Account {
    /// Of its calls.
    pub(super) calls: Level,
    /// Of its requests to the token service.
    pub(super) tokens: Level,
    /// Of each operation by itself.
    pub(super) operations: [Level; Operation::ALL.len()],
    /// What it was served, once it was.
    meter: OnceLock<Arc<Meter>>,
}

impl Account {
    /// The meter of a caller that called.
    pub(super) fn meter(&self) -> Option<&Arc<Meter>> {
        self.meter.get()
    }

    /// The same, made when there is none.
    pub(super) fn meter_of(&self, caller: &Principal) -> &Arc<Meter> {
        let meter = || Arc::new(Meter::new(caller.kind, Arc::clone(&caller.id), Arc::clone(&caller.name)));
        self.meter.get_or_init(meter)
    }

    /// Whether forgetting it would change no answer.
    fn is_as_new(&self, now: Moment, today: Day) -> bool {
        let is_settled = self.meter().is_none_or(|meter| meter.is_settled(today));
        is_settled && self.operations.iter().chain([&self.calls, &self.tokens]).all(|level| level.is_full(now))
    }
}

/// The accounts of all callers. Kept for proven callers only, so strangers cannot fill it.
#[derive(Debug)]
pub struct Accounts {
    by_kind: [DashMap<Arc<str>, Arc<Account>>; Kind::ALL.len()],
    uptime: Uptime,
}

impl Default for Accounts {
    fn default() -> Self {
        Self { by_kind: std::array::from_fn(|_| DashMap::with_shard_amount(SHARDS)), uptime: Uptime::begin() }
    }
}

impl Accounts {
    /// The account of a proven caller, new when there is none.
    pub fn of(&self, kind: Kind, id: &Arc<str>) -> Arc<Account> {
        let accounts = &self.by_kind[kind as usize];
        if let Some(known) = accounts.get(id) {
            return Arc::clone(&known);
        }
        Arc::clone(&accounts.entry(Arc::clone(id)).or_default())
    }

    /// Goes on counting on a meter that was read from the store, before anybody calls.
    pub fn resume(&self, meter: Arc<Meter>) {
        let _ = self.of(meter.kind, &meter.id).meter.set(meter);
    }

    /// The moment by which every level in them is judged.
    pub(super) fn now(&self) -> Moment {
        self.uptime.now()
    }

    /// Forgets what is as good as new, and callers that are gone for good. To be called now and then, off the request path.
    pub fn forget(&self, today: Day, is_gone: impl Fn(Kind, &str) -> bool) {
        let now = self.now();
        for (kind, accounts) in Kind::ALL.iter().zip(&self.by_kind) {
            // Who holds an account may be about to take something out of it, and nobody new gets at it meanwhile.
            let is_held = |account: &Arc<Account>| Arc::strong_count(account) > 1;
            accounts.retain(|id, account| is_held(account) || !(account.is_as_new(now, today) || is_gone(*kind, id)));
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.by_kind.iter().map(DashMap::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::policy::Bucket;

    const SLOW: Bucket = Bucket { rate: NonZeroU32::MIN, burst: NonZeroU32::MIN.saturating_add(1) };

    #[test]
    fn a_caller_has_one_account_whoever_asks() {
        let accounts = Accounts::default();
        let of = |kind, id: &str| accounts.of(kind, &id.into());
        assert!(Arc::ptr_eq(&of(Kind::Key, "a"), &of(Kind::Key, "a")));
        assert!(!Arc::ptr_eq(&of(Kind::Key, "a"), &of(Kind::Client, "a")), "a client of the same id is somebody else");
        assert_eq!(accounts.count(), 2);
    }

    #[test]
    fn what_is_forgotten_would_have_changed_nothing() {
        let accounts = Accounts::default();
        let now = accounts.now();
        let spend = |kind, id: &str| accounts.of(kind, &id.into()).calls.take(SLOW, now).is_ok();
        for kind in [Kind::Key, Kind::Client] {
            assert!(spend(kind, "busy"));
        }
        drop(accounts.of(Kind::Key, &"idle".into()));
        let held = accounts.of(Kind::Key, &"held".into());
        let today = Day::numbered(20_000);
        accounts.forget(today, |kind, _| kind == Kind::Client);
        assert_eq!(accounts.count(), 2, "busy and held");
        drop(held);
        accounts.forget(today, |_, _| false);
        assert_eq!(accounts.count(), 1, "busy");
        assert_eq!([(); 2].map(|()| spend(Kind::Key, "busy")), [true, false], "it goes on where it was");
    }
}
