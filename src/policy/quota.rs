//! Usage plans: a token bucket per known caller.

use std::{collections::HashMap, num::NonZeroU32, sync::Arc, time::Duration};

use governor::{
    DefaultDirectRateLimiter, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};

use crate::{
    allowance::Allowance,
    denial::{Denial, Reason},
    principal::Grant,
};

/// The size of a plan's bucket.
#[derive(Debug, Clone, Copy)]
pub struct Bucket {
    /// Requests per second, in the long run.
    pub rate: NonZeroU32,
    /// Requests at once after a pause.
    pub burst: NonZeroU32,
}

impl Bucket {
    pub(super) fn quota(self) -> governor::Quota {
        governor::Quota::per_second(self.rate).allow_burst(self.burst)
    }
}

type Limiter = RateLimiter<Arc<str>, DashMapStateStore<Arc<str>>, DefaultClock, StateInformationMiddleware>;

#[derive(Debug)]
struct Plan {
    name: Arc<str>,
    bucket: Bucket,
    limiter: Limiter,
}

/// Every plan with the buckets of its callers. Keyed by proven callers only, so strangers cannot fill it.
#[derive(Debug)]
pub struct Quota {
    plans: HashMap<Arc<str>, Plan>,
    clock: DefaultClock,
}

impl Quota {
    /// The plans by name.
    pub fn new(plans: impl IntoIterator<Item = (String, Bucket)>) -> Self {
        let plan = |(name, bucket): (String, Bucket)| {
            let limiter = RateLimiter::dashmap(bucket.quota()).with_middleware();
            let name: Arc<str> = name.into();
            (Arc::clone(&name), Plan { name, bucket, limiter })
        };
        Self { plans: plans.into_iter().map(plan).collect(), clock: DefaultClock::default() }
    }

    /// Takes one request out of the caller's bucket.
    ///
    /// # Errors
    /// `rate_limited` with the time after which a request passes; `unavailable` when the plan is not configured here.
    pub fn spend(&self, id: &Arc<str>, grant: &Grant) -> Result<Option<Allowance>, Denial> {
        let Some(name) = &grant.plan else { return Ok(None) };
        let Some(plan) = self.plans.get(name) else {
            let cause = format!("the caller is in plan `{name}`, which is not configured");
            return Err(Denial::new(Reason::Unavailable, cause).claimed(id).retry_after(Duration::from_secs(60)));
        };
        match plan.limiter.check_key(id) {
            Ok(state) => Ok(Some(plan.allowance(state.remaining_burst_capacity(), Duration::ZERO))),
            Err(not_until) => {
                let wait = not_until.wait_time_from(self.clock.now());
                let denial = Denial::new(Reason::RateLimited, format!("the bucket of plan `{name}` is empty"));
                Err(denial.retry_after(wait).allowance(plan.allowance(0, wait)).claimed(id))
            }
        }
    }
}

/// A bucket that all callers share; absent, there is no such limit.
#[derive(Debug)]
pub struct Shared(Option<DefaultDirectRateLimiter>);

impl Shared {
    /// `None` is no limit.
    pub fn new(bucket: Option<Bucket>) -> Self {
        Self(bucket.map(|bucket| RateLimiter::direct(bucket.quota())))
    }

    /// Takes one out. To be asked after every bucket of the caller's own, so that nobody drains it for nothing.
    ///
    /// # Errors
    /// `rate_limited`, with the time after which one is there.
    pub fn spend(&self) -> Result<(), Denial> {
        let Some(Err(not_until)) = self.0.as_ref().map(RateLimiter::check) else { return Ok(()) };
        let wait = not_until.wait_time_from(DefaultClock::default().now());
        Err(Denial::new(Reason::RateLimited, "the bucket that all callers share is empty").retry_after(wait))
    }
}

impl Plan {
    fn allowance(&self, remaining: u32, reset: Duration) -> Allowance {
        let (rate, burst) = (self.bucket.rate.get(), self.bucket.burst.get());
        let window = Duration::from_secs(1) * burst / rate;
        let reset = if reset.is_zero() { Duration::from_secs(1) * (burst - remaining) / rate } else { reset };
        Allowance { plan: Arc::clone(&self.name), burst, window, remaining, reset }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spend(quota: &Quota, id: &str, plan: Option<&str>) -> Result<Option<Allowance>, Denial> {
        quota.spend(&id.into(), &Grant { plan: plan.map(Into::into), ..Grant::default() })
    }

    fn quota(rate: u32, burst: u32) -> Quota {
        let bucket = Bucket { rate: rate.try_into().unwrap(), burst: burst.try_into().unwrap() };
        Quota::new([("small".to_owned(), bucket)])
    }

    #[test]
    fn each_caller_has_a_bucket_of_its_own() {
        let quota = quota(1, 3);
        for left in [2, 1, 0] {
            assert_eq!(spend(&quota, "a", Some("small")).unwrap().unwrap().remaining, left);
        }
        let denial = spend(&quota, "a", Some("small")).unwrap_err();
        assert_eq!(denial.reason, Reason::RateLimited);
        assert!(denial.retry_after.unwrap() <= Duration::from_secs(1));
        assert!(spend(&quota, "b", Some("small")).is_ok(), "another caller is not held back");
    }

    #[test]
    fn a_shared_bucket_is_everybodys() {
        let shared = Shared::new(Some(Bucket { rate: 1.try_into().unwrap(), burst: 2.try_into().unwrap() }));
        let reasons = [(); 3].map(|()| shared.spend().err().map(|denial| denial.reason));
        assert_eq!(reasons, [None, None, Some(Reason::RateLimited)]);
        assert!((0..1000).all(|_| Shared::new(None).spend().is_ok()));
    }

    #[test]
    fn no_plan_is_no_limit_and_an_unknown_plan_is_no_service() {
        let quota = quota(1, 1);
        assert!((0..100).all(|_| spend(&quota, "a", None).unwrap().is_none()));
        assert_eq!(spend(&quota, "a", Some("gold")).unwrap_err().reason, Reason::Unavailable);
    }
}
