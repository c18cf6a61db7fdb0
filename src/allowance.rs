//! What is left of a caller's limits.

use std::{sync::Arc, time::Duration};

use crate::words::words;

words! {
    /// Which of the limits that hold for a request, from the narrowest to the widest.
    pub enum Limit {
        /// What one caller may ask of one operation.
        Operation = "operation",
        /// What one caller may ask.
        Caller = "caller",
        /// What one caller may ask in a day, a week or a month.
        Quota = "quota",
        /// What all callers may ask together.
        AllCallers = "all_callers",
    }
}

/// The state of the limits of a caller's plan, narrowest first, for the `RateLimit` fields
/// (draft-ietf-httpapi-ratelimit-headers-10). Of one limit, the usual number, nothing is allocated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    first: ServiceLimit,
    more: Vec<ServiceLimit>,
}

/// The state of one limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceLimit {
    /// Its name: the plan's, with an operation or the period of a quota behind a `/` if it is about that.
    pub policy: Arc<str>,
    /// Requests in a window.
    pub quota: u64,
    /// The time in which all of them are given anew.
    pub window: Duration,
    /// Requests that would pass now.
    pub remaining: u64,
    /// The time after which more would.
    pub reset: Duration,
}

/// How often one limit of a plan refused since the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals {
    /// The plan; empty for what all callers share.
    pub plan: Arc<str>,
    /// Which of its limits.
    pub limit: Limit,
    /// Requests that were refused.
    pub refused: u64,
    /// Requests that were served, and would have been refused by a plan that is no shadow.
    pub shadowed: u64,
}

/// How many failure budgets are not whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FailureBudgets {
    /// A failure or more is not forgiven yet, and another one is borne.
    pub begun: usize,
    /// The next failure is told `guessing`.
    pub spent: usize,
}

impl Allowance {
    /// Of these limits; `None` when there are none.
    pub fn of(limits: impl IntoIterator<Item = ServiceLimit>) -> Option<Self> {
        let mut limits = limits.into_iter();
        limits.next().map(|first| Self { first, more: limits.collect() })
    }

    /// Of one limit.
    pub fn only(first: ServiceLimit) -> Self {
        Self { first, more: Vec::new() }
    }

    /// The same with another one, wider than those before.
    #[must_use]
    pub fn and(mut self, limit: ServiceLimit) -> Self {
        self.more.push(limit);
        self
    }

    /// Each limit, narrowest first.
    pub fn limits(&self) -> impl Iterator<Item = &ServiceLimit> {
        std::iter::once(&self.first).chain(&self.more)
    }
}
