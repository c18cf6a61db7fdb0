//! Usage plans: a token bucket per known caller.

use std::{collections::HashMap, sync::Arc, time::Duration};

use arc_swap::ArcSwap;

use super::{
    account::Account,
    bucket::{Bucket, Level, Moment, Uptime},
};
use crate::{
    allowance::Allowance,
    denial::{Denial, Reason},
};

/// Every plan by name. What each caller has left of its plan is in its [`Account`].
#[derive(Debug)]
pub struct Quota {
    plans: ArcSwap<HashMap<Arc<str>, Plan>>,
}

#[derive(Debug)]
struct Plan {
    name: Arc<str>,
    bucket: Bucket,
}

/// What a proven caller asks for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked {
    /// The resource.
    Call,
    /// The token service: counted apart from calls.
    Token,
}

impl Quota {
    /// The plans by name.
    pub fn new(plans: impl IntoIterator<Item = (String, Bucket)>) -> Self {
        Self { plans: ArcSwap::from_pointee(by_name(plans)) }
    }

    /// Puts other plans in force. Callers keep what they have left: of a plan that is the same as before, exactly that.
    pub fn replace(&self, plans: impl IntoIterator<Item = (String, Bucket)>) {
        self.plans.store(Arc::new(by_name(plans)));
    }

    /// Takes one request out of the caller's bucket. No plan is no limit.
    ///
    /// # Errors
    /// `rate_limited` with the time after which a request passes; `unavailable` when the plan is not configured here.
    pub(super) fn spend(
        &self,
        account: &Account,
        plan: Option<&Arc<str>>,
        asked: Asked,
        now: Moment,
    ) -> Result<Option<Allowance>, Denial> {
        let Some(name) = plan else { return Ok(None) };
        let plans = self.plans.load();
        let plan = plans.get(name).ok_or_else(|| not_configured(name))?;
        let level = match asked {
            Asked::Call => &account.calls,
            Asked::Token => &account.tokens,
        };
        match level.take(plan.bucket, now) {
            Ok(left) => Ok(Some(plan.allowance(left, Duration::ZERO))),
            Err(wait) => {
                let denial = Denial::new(Reason::RateLimited, format!("the bucket of plan `{name}` is empty"));
                Err(denial.retry_after(wait).allowance(plan.allowance(0, wait)))
            }
        }
    }
}

fn by_name(plans: impl IntoIterator<Item = (String, Bucket)>) -> HashMap<Arc<str>, Plan> {
    let plan = |(name, bucket): (String, Bucket)| {
        let name: Arc<str> = name.into();
        (Arc::clone(&name), Plan { name, bucket })
    };
    plans.into_iter().map(plan).collect()
}

fn not_configured(name: &str) -> Denial {
    let cause = format!("the caller is in plan `{name}`, which is not configured");
    Denial::new(Reason::Unavailable, cause).retry_after(Duration::from_secs(60))
}

/// A bucket that all callers share; absent, there is no such limit.
#[derive(Debug)]
pub struct Shared {
    bucket: Option<Bucket>,
    level: Level,
    uptime: Uptime,
}

impl Shared {
    /// `None` is no limit.
    pub fn new(bucket: Option<Bucket>) -> Self {
        Self { bucket, level: Level::default(), uptime: Uptime::begin() }
    }

    /// Takes one out. To be asked after every bucket of the caller's own, so that nobody drains it for nothing.
    ///
    /// # Errors
    /// `rate_limited`, with the time after which one is there.
    pub fn spend(&self) -> Result<(), Denial> {
        let Some(bucket) = self.bucket else { return Ok(()) };
        match self.level.take(bucket, self.uptime.now()) {
            Ok(_) => Ok(()),
            Err(wait) => Err(Denial::new(Reason::RateLimited, "the bucket that all callers share is empty").retry_after(wait)),
        }
    }
}

impl Plan {
    fn allowance(&self, remaining: u32, reset: Duration) -> Allowance {
        let (rate, burst) = (self.bucket.rate.get(), self.bucket.burst.get());
        let window = self.bucket.window();
        let reset = if reset.is_zero() { Duration::from_secs(1) * (burst - remaining) / rate } else { reset };
        Allowance { plan: Arc::clone(&self.name), burst, window, remaining, reset }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A caller that asks at moments of its own choosing.
    struct Caller<'q>(&'q Quota, Account, Option<Arc<str>>);

    impl Caller<'_> {
        fn spend(&self, now: Moment) -> Result<Option<Allowance>, Denial> {
            self.0.spend(&self.1, self.2.as_ref(), Asked::Call, now)
        }
    }

    fn bucket(rate: u32, burst: u32) -> Bucket {
        Bucket { rate: rate.try_into().unwrap(), burst: burst.try_into().unwrap() }
    }

    fn caller<'q>(quota: &'q Quota, plan: Option<&str>) -> Caller<'q> {
        Caller(quota, Account::default(), plan.map(Into::into))
    }

    #[test]
    fn each_caller_has_a_bucket_of_its_own() {
        let quota = Quota::new([("small".to_owned(), bucket(1, 3))]);
        let (one, other, now) = (caller(&quota, Some("small")), caller(&quota, Some("small")), Uptime::begin().now());
        for left in [2, 1, 0] {
            assert_eq!(one.spend(now).unwrap().unwrap().remaining, left);
        }
        let denial = one.spend(now).unwrap_err();
        assert_eq!((denial.reason, denial.retry_after), (Reason::RateLimited, Some(Duration::from_secs(1))));
        assert!(other.spend(now).is_ok(), "another caller is not held back");
        let token = quota.spend(&one.1, one.2.as_ref(), Asked::Token, now);
        assert_eq!(token.unwrap().unwrap().remaining, 2, "asking for tokens is counted apart");
    }

    #[test]
    fn another_plan_neither_frees_nor_locks() {
        let quota = Quota::new([("p".to_owned(), bucket(1, 3600))]);
        let (caller, now) = (caller(&quota, Some("p")), Uptime::begin().now());
        assert_eq!((0..4000).filter(|_| caller.spend(now).is_ok()).count(), 3600);
        quota.replace([("p".to_owned(), bucket(1, 3600))]);
        assert_eq!(caller.spend(now).unwrap_err().retry_after, Some(Duration::from_secs(1)), "the same plan, the same level");
        quota.replace([("p".to_owned(), bucket(100, 10))]);
        let wait = caller.spend(now).unwrap_err().retry_after.unwrap();
        assert_eq!(wait, Duration::from_millis(10), "an hour of waiting is not carried over");
    }

    #[test]
    fn a_shared_bucket_is_everybodys() {
        let shared = Shared::new(Some(bucket(1, 2)));
        let reasons = [(); 3].map(|()| shared.spend().err().map(|denial| denial.reason));
        assert_eq!(reasons, [None, None, Some(Reason::RateLimited)]);
        assert!((0..1000).all(|_| Shared::new(None).spend().is_ok()));
    }

    #[test]
    fn no_plan_is_no_limit_and_an_unknown_plan_is_no_service() {
        let (quota, now) = (Quota::new([("small".to_owned(), bucket(1, 1))]), Uptime::begin().now());
        assert!((0..100).all(|_| caller(&quota, None).spend(now).unwrap().is_none()));
        assert_eq!(caller(&quota, Some("gold")).spend(now).unwrap_err().reason, Reason::Unavailable);
    }
}
