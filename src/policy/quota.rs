//! How much each caller may, by its usage plan, and how much all of them may together.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwap;

use super::{
    account::Account,
    level::{Level, Moment},
    limit::{Limits, Spent},
    plan::{Book, InForce, Plans},
    term::Due,
};
use crate::{
    allowance::Refusals,
    denial::{Denial, Reason},
    guard::Guard,
    wire::Operation,
};

/// The plans that are in force. What each caller has left of its plan is in its [`Account`].
#[derive(Debug)]
pub struct Quota {
    in_force: ArcSwap<InForce>,
    all_callers: Level,
    all_tokens: Level,
    book: Book,
}

/// What a proven caller asks for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked {
    /// The resource, at that time of day.
    Call(Operation, SystemTime),
    /// The token service: counted apart from calls.
    Token,
}

impl Quota {
    /// These plans, and nothing spent.
    pub fn new(plans: &Plans) -> Self {
        let book = Book::default();
        let in_force = ArcSwap::from_pointee(InForce::of(plans, &book));
        Self { in_force, all_callers: Level::default(), all_tokens: Level::default(), book }
    }

    /// Puts other plans in force. Callers keep what they have left: of a plan that is the same as before, exactly that.
    pub fn replace(&self, plans: &Plans) {
        self.in_force.store(Arc::new(InForce::of(plans, &self.book)));
    }

    /// How often each limit refused.
    pub fn refusals(&self) -> Vec<Refusals> {
        self.book.refusals()
    }

    /// Takes one request out of all that holds for it: the operation's bucket, the caller's, the caller's quota, and the bucket that all
    /// callers share. No plan is no limit of the caller's own.
    ///
    /// # Errors
    /// `rate_limited` or `quota_exhausted` with the time after which a request passes; `unavailable` when the plan is not configured here.
    pub(super) fn spend(&self, account: &Account, plan: Option<&Arc<str>>, asked: Asked, now: Moment) -> Result<Spent, Denial> {
        let rules = self.in_force.load();
        let plan = plan.map(|name| rules.plans.get(name).ok_or_else(|| not_configured(name))).transpose()?;
        let caller = plan.map(|plan| &plan.caller);
        let limits = match asked {
            Asked::Call(operation, _) => Limits::default()
                .and(plan.and_then(|plan| plan.operations[operation as usize].as_ref()), &account.operations[operation as usize])
                .and(caller, &account.calls)
                .and(rules.all_callers.as_ref(), &self.all_callers),
            Asked::Token => Limits::default().and(caller, &account.tokens).and(rules.all_tokens.as_ref(), &self.all_tokens),
        };
        let quota = match asked {
            Asked::Call(_, at) => {
                plan.and_then(|plan| plan.quota.as_ref()).zip(account.meter()).map(|(rule, meter)| Due::new(rule, meter, at))
            }
            Asked::Token => None,
        };
        let Some(quota) = quota.filter(|_| Guard::Quota.stands()) else { return limits.spend(now) };
        quota.look(limits.wait(now))?;
        let mut spent = limits.spend(now)?;
        quota.take(&mut spent)?;
        Ok(spent)
    }
}

fn not_configured(name: &str) -> Denial {
    let cause = format!("the caller is in plan `{name}`, which is not configured");
    Denial::new(Reason::Unavailable, cause).retry_after(Duration::from_secs(60))
}

#[cfg(test)]
mod tests;
