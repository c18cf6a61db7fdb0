//! Usage plans: as they are declared, and as they are in force.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
};

use super::{
    bucket::Bucket,
    limit::{Counts, Rule},
    term::TermRule,
};
use crate::{
    allowance::{Limit, Refusals},
    store::usage::Term,
    wire::Operation,
};

/// Everything that the configuration says about rates.
#[derive(Debug, Clone, Default)]
pub struct Plans {
    /// The plans by name.
    pub by_name: BTreeMap<String, Plan>,
    /// What all callers may ask together.
    pub all_callers: Option<Bucket>,
    /// What all clients may ask of the token service together.
    pub all_tokens: Option<Bucket>,
}

/// What the callers of a plan may, each for itself.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Of all operations together.
    pub bucket: Bucket,
    /// Of single operations.
    pub operations: BTreeMap<Operation, Bucket>,
    /// Whether what is too much is only counted.
    pub shadow: bool,
    /// For a day, a week or a month.
    pub quota: Option<Term>,
}

/// The rules of a plan.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) caller: Rule,
    pub(super) operations: [Option<Rule>; Operation::ALL.len()],
    pub(super) quota: Option<TermRule>,
}

/// The rules that are made of [`Plans`].
#[derive(Debug)]
pub(super) struct InForce {
    pub(super) plans: HashMap<Arc<str>, Rules>,
    pub(super) all_callers: Option<Rule>,
    pub(super) all_tokens: Option<Rule>,
}

/// How often each limit of each plan refused, or would have. Outlives the plans: a counter never falls.
#[derive(Debug, Default)]
pub(super) struct Book(Mutex<ByPlan>);

type ByPlan = BTreeMap<(Arc<str>, Limit), Arc<Counts>>;

impl InForce {
    pub(super) fn of(plans: &Plans, book: &Book) -> Self {
        let all = |bucket: &Option<Bucket>| {
            let rule = |bucket| book.rule("", Limit::AllCallers, "", bucket, false);
            bucket.map(rule)
        };
        Self {
            plans: plans.by_name.iter().map(|(name, plan)| (name.as_str().into(), Rules::of(name, plan, book))).collect(),
            all_callers: all(&plans.all_callers),
            all_tokens: all(&plans.all_tokens),
        }
    }
}

impl Rules {
    fn of(name: &str, plan: &Plan, book: &Book) -> Self {
        let rule = |limit, policy: &str, bucket| book.rule(name, limit, policy, bucket, plan.shadow);
        let operation = |operation: &Operation| {
            let bucket = *plan.operations.get(operation)?;
            Some(rule(Limit::Operation, &format!("{name}/{operation}"), bucket))
        };
        Self {
            caller: rule(Limit::Caller, name, plan.bucket),
            operations: std::array::from_fn(|at| operation(&Operation::ALL[at])),
            quota: plan.quota.map(|term| TermRule {
                term,
                policy: format!("{name}/{}", term.per).into(),
                counts: book.counts(name, Limit::Quota),
            }),
        }
    }
}

impl Book {
    fn rule(&self, plan: &str, limit: Limit, policy: &str, bucket: Bucket, shadow: bool) -> Rule {
        Rule { limit, policy: policy.into(), bucket, shadow, counts: self.counts(plan, limit) }
    }

    fn counts(&self, plan: &str, limit: Limit) -> Arc<Counts> {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(book.entry((plan.into(), limit)).or_default())
    }

    pub(super) fn refusals(&self) -> Vec<Refusals> {
        let book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let read = |((plan, limit), counts): (&(Arc<str>, Limit), &Arc<Counts>)| Refusals {
            plan: Arc::clone(plan),
            limit: *limit,
            refused: counts.refused.load(Ordering::Relaxed),
            shadowed: counts.shadowed.load(Ordering::Relaxed),
        };
        book.iter().map(read).collect()
    }
}
