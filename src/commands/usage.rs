//! `… usage`: who was served how much, for the bill. The same for keys, clients and certificates.

use std::{sync::Arc, time::SystemTime};

use serde_json::{Value, json};

use super::output;
use crate::{
    authn::apikey::DEFAULT_PLAN,
    calendar::{Day, Period},
    cli::{self, Common},
    clock,
    config::{Config, Quota},
    exit::Failure,
    principal::Kind,
    store::{
        Store, Which,
        usage::{Billed, KEPT_DAYS, Term, Usage},
    },
};

/// A caller as it is shown.
#[derive(Debug)]
struct Shown {
    billed: Billed,
    is_removed: bool,
    today: u64,
    period: Option<Spell>,
}

/// The present period of its quota.
#[derive(Debug)]
struct Spell {
    quota: Quota,
    period: Period,
    requests: u64,
    left: u64,
}

/// Shows the usage of the caller of that name or id, or of all that were ever served, also of those that are removed.
///
/// # Errors
/// Exit 2 when there is none of that name; exit 3 when the database fails.
pub(super) fn show(common: &Common, config: &Config, store: &Store, kind: Kind, asked: &cli::Usage) -> Result<(), Failure> {
    let today = Day::of(clock::now());
    let since = asked.since.unwrap_or_else(|| today.minus(KEPT_DAYS));
    let mut billed = store.billed(kind, asked.name.as_deref())?;
    if let Some(name) = asked.name.as_deref().filter(|_| billed.is_empty()) {
        billed.push(never_served(store, kind, name)?);
    }
    let all = billed.into_iter().map(|one| Shown::new(one, config, store, today)).collect::<Result<Vec<_>, _>>()?;
    if common.json {
        let callers: Vec<_> = all.iter().map(|one| one.document(since)).collect();
        return output::json(&json!({"kind": kind, "today": today.to_string(), "since": since.to_string(), "callers": callers}));
    }
    if all.is_empty() {
        output::note(&format!("No {kind} was served yet."));
        return Ok(());
    }
    let header = format!("SINCE {}", asked.since.map_or_else(|| "THE START".to_owned(), |day| day.to_string()));
    let rows: Vec<_> = all.iter().map(|one| one.row(since)).collect();
    output::table(&["NAME", "ID", "PLAN", "TODAY", "IN THIS PERIOD", "LEFT", &header, "LAST SERVED"], &rows)?;
    if asked.name.is_some() { by_day(&all, since) } else { Ok(()) }
}

fn by_day(all: &[Shown], since: Day) -> Result<(), Failure> {
    let usage: Vec<_> = all.iter().flat_map(|one| one.since(since)).collect();
    if usage.is_empty() {
        return Ok(());
    }
    let row = |one: &&Usage| vec![one.day.to_string(), one.operation.clone(), one.requests.to_string()];
    output::line("")?;
    output::table(&["DAY", "OPERATION", "REQUESTS"], &usage.iter().map(row).collect::<Vec<_>>())
}

/// Somebody who is there and asked for nothing yet.
fn never_served(store: &Store, kind: Kind, name: &str) -> Result<Billed, Failure> {
    let (id, name, plan) = if let Some(which) = which(kind) {
        let caller = store.caller(which, name)?;
        let plan = caller.grant.plan.or_else(|| (kind == Kind::Key).then(|| DEFAULT_PLAN.into()));
        (caller.id, caller.name, plan)
    } else {
        let newest = store.certificates_of(name)?.into_iter().next();
        let known: Arc<str> = newest.as_ref().map_or_else(|| name.into(), |one| Arc::clone(&one.name));
        (Arc::clone(&known), known, newest.and_then(|one| one.grant.plan))
    };
    let (first, last) = (Day::of(clock::now()), SystemTime::UNIX_EPOCH);
    Ok(Billed { kind, id, name, plan, first, last, usage: Vec::new() })
}

fn which(kind: Kind) -> Option<Which> {
    match kind {
        Kind::Client => Some(Which::Client),
        Kind::Key => Some(Which::Key),
        Kind::Anyone | Kind::Certificate => None,
    }
}

impl Shown {
    fn new(billed: Billed, config: &Config, store: &Store, today: Day) -> Result<Self, Failure> {
        let quota = billed.plan.as_deref().and_then(|plan| config.plans.get(plan)).and_then(|plan| plan.quota);
        let within = |period: Period| sum(billed.usage.iter().filter(|one| period.begins <= one.day && one.day < period.ends));
        let period = quota.map(|quota| {
            let term = Term { requests: quota.requests.get(), per: quota.per, offset: quota.offset, shadow: false };
            let period = quota.per.period(today);
            let (limit, requests) = (term.limit(billed.first >= period.begins), within(period));
            Spell { quota, period, requests, left: limit.saturating_sub(requests) }
        });
        let is_removed = match which(billed.kind) {
            // A client of a further issuer was never on our books.
            Some(which) => !billed.id.contains(' ') && !store.has_caller(which, &billed.id)?,
            None => false,
        };
        Ok(Self { today: sum(billed.usage.iter().filter(|one| one.day == today)), period, is_removed, billed })
    }

    fn since(&self, since: Day) -> impl Iterator<Item = &Usage> {
        self.billed.usage.iter().filter(move |one| one.day >= since)
    }

    fn last_served(&self) -> Option<String> {
        (!self.billed.usage.is_empty()).then(|| clock::rfc3339(self.billed.last))
    }

    fn row(&self, since: Day) -> Vec<String> {
        let plan = self.billed.plan.as_deref().unwrap_or("-");
        let (period, left) = self.period.as_ref().map_or_else(
            || ("-".to_owned(), "-".to_owned()),
            |spell| (format!("{} of {} this {}", spell.requests, spell.quota.requests, spell.quota.per), spell.left.to_string()),
        );
        vec![
            format!("{}{}", self.billed.name, if self.is_removed { " (removed)" } else { "" }),
            self.billed.id.to_string(),
            plan.to_owned(),
            self.today.to_string(),
            period,
            left,
            sum(self.since(since)).to_string(),
            self.last_served().unwrap_or_else(|| "never".to_owned()),
        ]
    }

    fn document(&self, since: Day) -> Value {
        let period = self.period.as_ref().map(|spell| {
            json!({
                "per": spell.quota.per,
                "begins": spell.period.begins.to_string(),
                "ends": spell.period.ends.to_string(),
                "quota": spell.quota.requests,
                "requests": spell.requests,
                "left": spell.left,
            })
        });
        let usage = |one: &Usage| json!({"day": one.day.to_string(), "operation": one.operation, "requests": one.requests});
        json!({
            "name": &*self.billed.name,
            "id": &*self.billed.id,
            "removed": self.is_removed,
            "plan": self.billed.plan.as_deref(),
            "today": self.today,
            "period": period,
            "requests": sum(self.since(since)),
            "last_served": self.last_served(),
            "usage": self.since(since).map(usage).collect::<Vec<_>>(),
        })
    }
}

fn sum<'u>(usage: impl Iterator<Item = &'u Usage>) -> u64 {
    usage.map(|one| one.requests).sum()
}
