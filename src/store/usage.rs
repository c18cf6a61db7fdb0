//! Who was served how much, for quotas and for the bill: requests by caller, operation and day.
//!
//! A request adds to a [`Meter`], which is memory. The thread that writes adds what has come together to the book on disk, so that
//! several servers on one state add up, and takes over what the others wrote there.

mod ledger;
mod meter;
mod report;
mod spent;

use std::{sync::Arc, time::SystemTime};

use rusqlite::{Connection, params};

pub use self::{
    ledger::{Ledger, REST, TOLD_APART, Totals},
    meter::Meter,
    report::{Billed, Usage, running},
    spent::Spent,
};
use super::column::stamp;
use crate::{
    calendar::{Day, Per, Period},
    wire::Operation,
};

/// For so many days the book is kept.
pub const KEPT_DAYS: u32 = 400;

/// The quota of a plan: how many requests, for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// Requests in a period.
    pub requests: u32,
    /// How long a period is.
    pub per: Per,
    /// How many fewer they are in a caller's first period.
    pub offset: u32,
    /// Whether what goes beyond is only counted.
    pub shadow: bool,
}

impl Term {
    /// How many requests there are in a period.
    pub fn limit(&self, is_first: bool) -> u64 {
        u64::from(if is_first { self.requests.saturating_sub(self.offset) } else { self.requests })
    }
}

/// Requests of one operation on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Served {
    operation: Operation,
    day: Day,
    count: u64,
}

/// What one caller was served and nobody has written yet.
#[derive(Debug)]
pub(super) struct Entry {
    meter: Arc<Meter>,
    plan: Option<Arc<str>>,
    term: Option<Term>,
    served: Vec<Served>,
    at: SystemTime,
}

/// What is on disk of a caller's period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    period: Period,
    used: u64,
    first: Day,
}

impl Entry {
    /// Takes over what the same caller was served later.
    fn add(&mut self, later: Self) {
        for one in later.served {
            match self.served.iter_mut().find(|known| (known.operation, known.day) == (one.operation, one.day)) {
                Some(known) => known.count += one.count,
                None => self.served.push(one),
            }
        }
        if later.at >= self.at {
            (self.plan, self.term, self.at) = (later.plan, later.term, later.at);
        }
    }

    /// How much of it was in the period.
    fn within(&self, period: Period) -> u64 {
        let inside = self.served.iter().filter(|one| period.begins <= one.day && one.day < period.ends);
        inside.map(|one| one.count).sum()
    }

    /// Adds it to the book, and says what is there then of the period of its quota.
    pub(super) fn write(&self, store: &Connection) -> rusqlite::Result<Option<Standing>> {
        let Meter { kind, id, name, .. } = &*self.meter;
        let Some(first) = self.served.iter().map(|one| one.day).min() else { return Ok(None) };
        let sql = "INSERT INTO billed (kind, id, name, plan, first, last) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                   ON CONFLICT (kind, id) DO UPDATE SET
                       first = CASE WHEN plan IS excluded.plan THEN min(first, excluded.first) ELSE excluded.first END,
                       name = excluded.name, plan = excluded.plan, last = max(last, excluded.last)
                   RETURNING first";
        let row = params![kind.as_str(), &**id, &**name, self.plan.as_deref(), first.number(), stamp(self.at)];
        let first: u32 = store.prepare_cached(sql)?.query_row(row, |row| row.get(0))?;
        let sql = "INSERT INTO usage (kind, id, day, operation, requests) VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT (kind, id, day, operation) DO UPDATE SET requests = requests + excluded.requests";
        let mut add = store.prepare_cached(sql)?;
        for Served { operation, day, count } in &self.served {
            let count = i64::try_from(*count).unwrap_or(i64::MAX);
            add.execute(params![kind.as_str(), &**id, day.number(), operation.as_str(), count])?;
        }
        let Some(term) = self.term else { return Ok(None) };
        let period = term.per.period(Day::of(self.at));
        let sql = "SELECT coalesce(sum(requests), 0) FROM usage WHERE kind = ?1 AND id = ?2 AND day >= ?3 AND day < ?4";
        let within = params![kind.as_str(), &**id, period.begins.number(), period.ends.number()];
        let used: i64 = store.prepare_cached(sql)?.query_row(within, |row| row.get(0))?;
        Ok(Some(Standing { period, used: used.unsigned_abs(), first: Day::numbered(first.into()) }))
    }
}

/// Forgets days that are past keeping, and callers of whom nothing is left.
pub(super) fn sweep(store: &Connection, now: SystemTime) -> rusqlite::Result<()> {
    let horizon = Day::of(now).minus(KEPT_DAYS).number();
    if store.prepare_cached("DELETE FROM usage WHERE day < ?1")?.execute([horizon])? == 0 {
        return Ok(());
    }
    let sql = "DELETE FROM billed WHERE last < ?1
               AND NOT EXISTS (SELECT 1 FROM usage WHERE usage.kind = billed.kind AND usage.id = billed.id)";
    store.prepare_cached(sql)?.execute([stamp(Day::numbered(horizon.into()).begins())]).map(drop)
}
