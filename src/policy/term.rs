//! Quotas: how much a plan gives a caller for a day, a week or a month.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, SystemTime},
};

use super::limit::{Counts, Spent};
use crate::{
    allowance::{Allowance, Limit, ServiceLimit},
    calendar::{Day, Period},
    denial::{Denial, Reason},
    store::usage::{Meter, Term},
};

/// The quota of a plan as it is in force.
#[derive(Debug)]
pub(super) struct TermRule {
    pub(super) term: Term,
    /// What the `RateLimit` fields call it.
    pub(super) policy: Arc<str>,
    pub(super) counts: Arc<Counts>,
}

/// A caller's quota in the period that runs: what is used up of it is on its meter, and that is the same in every plan.
#[derive(Debug)]
pub(super) struct Due<'r> {
    rule: &'r TermRule,
    meter: &'r Meter,
    at: SystemTime,
    period: Period,
    limit: u64,
}

impl<'r> Due<'r> {
    pub(super) fn new(rule: &'r TermRule, meter: &'r Meter, at: SystemTime) -> Self {
        let period = rule.term.per.period(Day::of(at));
        Self { rule, meter, at, period, limit: meter.limit(&rule.term, period) }
    }

    /// Whether there is anything left. Looked at first, so that who has nothing left takes nothing of what is wider.
    ///
    /// # Errors
    /// `quota_exhausted`, with the time after which the next period begins, or with `wait` when that is longer.
    pub(super) fn look(&self, wait: Duration) -> Result<(), Denial> {
        let is_used_up = self.meter.spent.used(self.period.begins) >= self.limit;
        if is_used_up && !self.rule.term.shadow { Err(self.refuse(wait)) } else { Ok(()) }
    }

    /// Takes one out, last of all, so that only what is served counts.
    ///
    /// # Errors
    /// As [`Self::look`], when somebody was faster.
    pub(super) fn take(&self, spent: &mut Spent) -> Result<(), Denial> {
        let most = if self.rule.term.shadow { u64::MAX } else { self.limit };
        let used = self.meter.spent.take(self.period.begins, most).ok_or_else(|| self.refuse(Duration::ZERO))?;
        spent.term = Some(self.rule.term);
        if !self.rule.term.shadow {
            let left = self.state(used);
            spent.allowance = Some(match spent.allowance.take() {
                Some(others) => others.and(left),
                None => Allowance::only(left),
            });
        } else if used > self.limit {
            self.rule.counts.shadowed.fetch_add(1, Ordering::Relaxed);
            spent.shadowed.get_or_insert(Limit::Quota);
        }
        Ok(())
    }

    fn refuse(&self, wait: Duration) -> Denial {
        self.rule.counts.refused.fetch_add(1, Ordering::Relaxed);
        let denial =
            Denial::new(Reason::QuotaExhausted, format!("the quota `{}` of the caller's plan is used up", self.rule.policy));
        denial.retry_after(self.period.left(self.at).max(wait)).allowance(Allowance::only(self.state(self.limit)))
    }

    fn state(&self, used: u64) -> ServiceLimit {
        ServiceLimit {
            policy: Arc::clone(&self.rule.policy),
            quota: self.limit,
            window: self.period.length(),
            remaining: self.limit.saturating_sub(used),
            reset: self.period.left(self.at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{calendar::Per, principal::Kind};

    const DAILY: Term = Term { requests: 3, per: Per::Day, offset: 0, shadow: false };

    struct Caller(Meter);

    impl Caller {
        fn new() -> Self {
            Self(Meter::new(Kind::Key, "a".into(), "partner".into()))
        }

        fn ask(&self, term: Term, at: SystemTime) -> Result<Spent, Denial> {
            let rule = TermRule { term, policy: "small/day".into(), counts: Arc::default() };
            let due = Due::new(&rule, &self.0, at);
            let mut spent = Spent::default();
            due.look(Duration::ZERO).and_then(|()| due.take(&mut spent)).map(|()| spent)
        }

        fn passed(&self, term: Term, at: SystemTime) -> usize {
            (0..10).filter(|_| self.ask(term, at).is_ok()).count()
        }
    }

    fn at(text: &str) -> SystemTime {
        text.parse::<Day>().unwrap().begins()
    }

    #[test]
    fn the_last_one_of_a_period_passes_and_the_next_is_told_when_to_come_back() {
        let caller = Caller::new();
        let late = at("2026-12-31") + Duration::from_millis(86_398_500);
        for left in [2, 1, 0] {
            let spent = caller.ask(DAILY, late).unwrap();
            let told: Vec<_> = spent.allowance.as_ref().unwrap().limits().cloned().collect();
            assert_eq!((told.len(), told[0].remaining, told[0].quota, told[0].window.as_secs()), (1, left, 3, 86_400));
        }
        let denial = caller.ask(DAILY, late).unwrap_err();
        assert_eq!((denial.reason, denial.retry_after), (Reason::QuotaExhausted, Some(Duration::from_millis(1500))));
        assert_eq!(denial.allowance.unwrap().limits().next().unwrap().remaining, 0);
        assert!(caller.ask(DAILY, late + denial.retry_after.unwrap()).is_ok(), "who waits is served");
    }

    #[test]
    fn who_must_wait_longer_for_its_rate_is_told_so() {
        let caller = Caller::new();
        assert_eq!(caller.passed(DAILY, at("2026-12-31")), 3);
        let rule = TermRule { term: DAILY, policy: "small/day".into(), counts: Arc::default() };
        let due = Due::new(&rule, &caller.0, at("2027-01-01") - Duration::from_secs(1));
        assert_eq!(due.look(Duration::from_secs(2)).unwrap_err().retry_after, Some(Duration::from_secs(2)));
    }

    #[test]
    fn a_shadow_lets_everyone_pass_and_tells_the_operator_only() {
        let caller = Caller::new();
        let shadow = Term { shadow: true, ..DAILY };
        let spent: Vec<_> = (0..4).map(|_| caller.ask(shadow, at("2026-11-26")).unwrap()).collect();
        assert!(spent.iter().all(|one| one.allowance.is_none()));
        assert_eq!(spent.iter().map(|one| one.shadowed).collect::<Vec<_>>(), [None, None, None, Some(Limit::Quota)]);
        assert_eq!(caller.passed(DAILY, at("2026-11-26")), 0, "it counted");
    }

    #[test]
    fn another_quota_does_not_give_back_what_is_used_up() {
        let (caller, now) = (Caller::new(), at("2026-11-26"));
        assert_eq!(caller.passed(DAILY, now), 3);
        assert_eq!(caller.passed(Term { requests: 5, ..DAILY }, now), 2);
        assert_eq!(caller.passed(Term { requests: 4, ..DAILY }, now), 0);
    }
}
