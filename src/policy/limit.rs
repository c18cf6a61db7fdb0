//! The limits of one request: all of them let it pass, or nothing is taken out of any.

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{
    bucket::{Bucket, Reading},
    level::{Level, Moment, Taken},
};
use crate::{
    allowance::{Allowance, Limit, ServiceLimit},
    denial::{Denial, Reason},
    guard::Guard,
    store::usage::Term,
};

/// No request has more limits than this.
const MOST: usize = Limit::ALL.len();

/// A limit as it is declared, whoever it is asked for.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) limit: Limit,
    /// What the `RateLimit` fields call it.
    pub(super) policy: Arc<str>,
    pub(super) bucket: Bucket,
    /// It counts what it would refuse, and refuses nothing.
    pub(super) shadow: bool,
    pub(super) counts: Arc<Counts>,
}

/// How often a limit refused, or would have.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) refused: AtomicU64,
    pub(super) shadowed: AtomicU64,
}

/// A rule with the level that it is held against.
#[derive(Debug, Clone, Copy)]
struct Held<'p> {
    rule: &'p Rule,
    level: &'p Level,
}

/// What holds for one request, narrowest first.
#[derive(Debug, Default)]
pub(super) struct Limits<'p>([Option<Held<'p>>; MOST]);

/// One request was taken out of all that holds for it.
#[derive(Debug, Default)]
pub(super) struct Spent {
    /// What is left of the caller's own limits.
    pub(super) allowance: Option<Allowance>,
    /// The limit that would have refused it, were it more than a shadow.
    pub(super) shadowed: Option<Limit>,
    /// The quota that it counts for.
    pub(super) term: Option<Term>,
}

impl<'p> Limits<'p> {
    /// The same with another one, wider than those before. No rule is no limit.
    pub(super) fn and(mut self, rule: Option<&'p Rule>, level: &'p Level) -> Self {
        let rule = rule.filter(|_| Guard::RateLimit.stands()).map(|rule| Held { rule, level });
        if let Some(free) = self.0.iter_mut().find(|held| held.is_none()) {
            *free = rule;
        }
        self
    }

    /// Takes one out of each.
    ///
    /// # Errors
    /// Nothing is taken: `rate_limited`, with the longest of their waiting times. Who waits for it is served, unless others take
    /// meanwhile what they share.
    pub(super) fn spend(mut self, now: Moment) -> Result<Spent, Denial> {
        let shadowed = self.leave_out_shadows(now);
        // Looked at first: a flood is refused by the narrowest without touching what is wider.
        if let Some(refusal) = self.longest_wait(now) {
            return Err(self.refuse(refusal, now));
        }
        let mut taken = [None; MOST];
        for (at, held) in self.held() {
            match held.level.take(held.rule.bucket, now) {
                Ok(one) => taken[at] = Some(one),
                // Somebody was faster, between the look and now.
                Err(wait) => {
                    self.give_back(&taken);
                    return Err(self.refuse((held, wait), now));
                }
            }
        }
        let allowance = self.allowance(|at, held| taken[at].map_or(held.read(now), |one| one.left(held.rule.bucket, now)));
        Ok(Spent { allowance, shadowed, term: None })
    }

    /// How long a request would have to wait for all of them, were nothing asked meanwhile.
    pub(super) fn wait(&self, now: Moment) -> Duration {
        self.longest_wait(now).map_or(Duration::ZERO, |(_, wait)| wait)
    }

    fn held(&self) -> impl Iterator<Item = (usize, Held<'p>)> {
        self.0.iter().enumerate().filter_map(|(at, held)| held.map(|held| (at, held)))
    }

    /// A shadow that would refuse is counted, and does not hold.
    fn leave_out_shadows(&mut self, now: Moment) -> Option<Limit> {
        let mut narrowest = None;
        for place in &mut self.0 {
            if let Some(held) = place.filter(|held| held.rule.shadow && held.read(now).left == 0) {
                held.rule.counts.shadowed.fetch_add(1, Ordering::Relaxed);
                narrowest = narrowest.or(Some(held.rule.limit));
                *place = None;
            }
        }
        narrowest
    }

    fn longest_wait(&self, now: Moment) -> Option<(Held<'p>, Duration)> {
        let readings = self.held().map(|(_, held)| (held, held.read(now)));
        readings
            .filter(|(_, reading)| reading.left == 0)
            .map(|(held, reading)| (held, reading.next))
            .max_by_key(|(_, wait)| *wait)
    }

    fn refuse(&self, (held, wait): (Held<'_>, Duration), now: Moment) -> Denial {
        held.rule.counts.refused.fetch_add(1, Ordering::Relaxed);
        let denial = Denial::new(Reason::RateLimited, held.rule.cause()).retry_after(wait);
        match self.allowance(|_, held| held.read(now)) {
            Some(allowance) => denial.allowance(allowance),
            None => denial,
        }
    }

    fn give_back(&self, taken: &[Option<Taken>; MOST]) {
        for (at, held) in self.held() {
            taken[at].into_iter().for_each(|one| held.level.give_back(one));
        }
    }

    /// What a caller is told of: its own limits, as far as they hold.
    fn allowance(&self, reading: impl Fn(usize, Held<'p>) -> Reading) -> Option<Allowance> {
        let own = self.held().filter(|(_, held)| !held.rule.shadow && held.rule.limit != Limit::AllCallers);
        Allowance::of(own.map(|(at, held)| held.rule.state(reading(at, held))))
    }
}

impl Held<'_> {
    fn read(&self, now: Moment) -> Reading {
        self.level.read(self.rule.bucket, now)
    }
}

impl Rule {
    fn state(&self, reading: Reading) -> ServiceLimit {
        ServiceLimit {
            policy: Arc::clone(&self.policy),
            quota: self.bucket.burst.get().into(),
            window: self.bucket.window(),
            remaining: reading.left.into(),
            reset: reading.next,
        }
    }

    fn cause(&self) -> Cow<'static, str> {
        match self.limit {
            Limit::Operation | Limit::Caller | Limit::Quota => {
                format!("the bucket `{}` of the caller's plan is empty", self.policy).into()
            }
            Limit::AllCallers => "the bucket that all callers share is empty".into(),
        }
    }
}
