//! What the book says: of the quotas that run, for a server that starts, and for whoever bills.

use std::{path::Path, sync::Arc, time::SystemTime};

use rusqlite::{Connection, Row, params};

use super::{Meter, Standing, Term};
use crate::{
    calendar::Day,
    exit::Failure,
    principal::Kind,
    store::{
        Store,
        column::{stamp, time, word},
        failed,
    },
};

/// A caller that was served, whether it is still there or not.
#[derive(Debug, Clone)]
pub struct Billed {
    /// By which kind of credential it was known.
    pub kind: Kind,
    /// Its stable id.
    pub id: Arc<str>,
    /// Its last known name.
    pub name: Arc<str>,
    /// The plan that it was last in.
    pub plan: Option<Arc<str>>,
    /// The first day on which it was served in that plan.
    pub first: Day,
    /// When it was last served.
    pub last: SystemTime,
    /// By day and operation, the first day first.
    pub usage: Vec<Usage>,
}

/// Requests of one operation on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The day, UTC.
    pub day: Day,
    /// What was asked for, as plans name it.
    pub operation: String,
    /// How often it was served.
    pub requests: u64,
}

impl Store {
    /// Every caller of a kind that was ever served, or those of one name or id, by name, with all that is kept of their usage.
    ///
    /// # Errors
    /// Exit 3 when the database fails.
    pub fn billed(&self, kind: Kind, name: Option<&str>) -> Result<Vec<Billed>, Failure> {
        billed(&self.connection, kind, name).map_err(|e| failed(&e))
    }
}

fn billed(store: &Connection, kind: Kind, name: Option<&str>) -> rusqlite::Result<Vec<Billed>> {
    let sql = "SELECT id, name, plan, first, last FROM billed WHERE kind = ?1 AND (?2 IS NULL OR id = ?2 OR name = ?2)
               ORDER BY name, first, id";
    let mut select = store.prepare(sql)?;
    let callers =
        select.query_map(params![kind.as_str(), name], |row| caller(kind, row))?.collect::<rusqlite::Result<Vec<_>>>()?;
    let with_usage = |caller: Billed| Ok(Billed { usage: usage(store, kind, &caller.id)?, ..caller });
    callers.into_iter().map(with_usage).collect()
}

fn caller(kind: Kind, row: &Row<'_>) -> rusqlite::Result<Billed> {
    Ok(Billed {
        kind,
        id: row.get::<_, String>("id")?.into(),
        name: row.get::<_, String>("name")?.into(),
        plan: row.get::<_, Option<String>>("plan")?.map(Arc::from),
        first: day(row, "first")?,
        last: time(row.get("last")?),
        usage: Vec::new(),
    })
}

fn usage(store: &Connection, kind: Kind, id: &str) -> rusqlite::Result<Vec<Usage>> {
    let sql = "SELECT day, operation, requests FROM usage WHERE kind = ?1 AND id = ?2 ORDER BY day, operation";
    let mut select = store.prepare_cached(sql)?;
    let rows = select.query_map(params![kind.as_str(), id], |row| {
        Ok(Usage { day: day(row, "day")?, operation: row.get("operation")?, requests: count(row, "requests")? })
    })?;
    rows.collect()
}

fn day(row: &Row<'_>, column: &str) -> rusqlite::Result<Day> {
    row.get::<_, u32>(column).map(|number| Day::numbered(number.into()))
}

fn count(row: &Row<'_>, column: &str) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::unsigned_abs)
}

/// The meters of all callers whose present period has begun already, at what is on disk, for a server that starts.
///
/// # Errors
/// Exit 3 when the database cannot be read: nobody could say then who has used up what.
pub fn running(state: &Path, terms: &[(String, Term)], now: SystemTime) -> Result<Vec<Arc<Meter>>, Failure> {
    if terms.is_empty() {
        return Ok(Vec::new());
    }
    let store = Store::open(state)?;
    let of = |(plan, term): &(String, Term)| in_plan(&store.connection, plan, term, now);
    let meters = terms.iter().map(of).collect::<rusqlite::Result<Vec<_>>>().map_err(|e| failed(&e))?;
    Ok(meters.into_iter().flatten().collect())
}

fn in_plan(store: &Connection, plan: &str, term: &Term, now: SystemTime) -> rusqlite::Result<Vec<Arc<Meter>>> {
    let period = term.per.period(Day::of(now));
    // Where the first period counts differently, every caller must be known from before.
    let since = if term.offset > 0 { SystemTime::UNIX_EPOCH } else { period.begins.begins() };
    let sql = "SELECT kind, id, name, first, (
                   SELECT coalesce(sum(requests), 0) FROM usage
                   WHERE usage.kind = billed.kind AND usage.id = billed.id AND day >= ?3 AND day < ?4
               ) AS used FROM billed WHERE plan = ?1 AND last >= ?2";
    let mut select = store.prepare(sql)?;
    let within = params![plan, stamp(since), period.begins.number(), period.ends.number()];
    let meters = select.query_map(within, |row| {
        let meter = Meter::new(word(row, "kind")?, row.get::<_, String>("id")?.into(), row.get::<_, String>("name")?.into());
        meter.learn(term, 0, Standing { period, used: count(row, "used")?, first: day(row, "first")? });
        Ok(Arc::new(meter))
    })?;
    meters.collect()
}
