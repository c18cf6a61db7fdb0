//! `OAuth` clients and API keys: the two kinds of caller that hold a secret.

use std::{sync::Arc, time::Duration};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    Store,
    column::{GrantColumns, grant, millis, stamp, time, word},
    failed,
    record::{Caller, State, Which},
    secrets, taken, trail, unknown,
};
use crate::{
    deed::{Deed, Event},
    exit::Failure,
};

impl Store {
    /// Keeps a new caller with its first secret.
    ///
    /// # Errors
    /// Exit 2 when the name is taken in its kind.
    pub fn add_caller(&mut self, caller: &Caller) -> Result<(), Failure> {
        self.add_callers(std::slice::from_ref(caller))
    }

    /// Keeps new callers with their first secrets: all of them, or none.
    ///
    /// # Errors
    /// Exit 2 when a name is taken in its kind, by one of them too.
    pub fn add_callers(&mut self, callers: &[Caller]) -> Result<(), Failure> {
        self.transact(|store| {
            callers.iter().try_for_each(|caller| add(store, caller))?;
            Ok(((), callers.iter().map(added).collect()))
        })
    }

    /// Every caller of a kind, by name.
    ///
    /// # Errors
    /// Exit 3 when the database fails.
    pub fn callers(&self, which: Which) -> Result<Vec<Caller>, Failure> {
        all(&self.connection, which).map_err(|e| failed(&e))
    }

    /// The caller of that name or id.
    ///
    /// # Errors
    /// Exit 2 when there is none.
    pub fn caller(&self, which: Which, name: &str) -> Result<Caller, Failure> {
        find(&self.connection, which, name)?.ok_or_else(|| unknown(which.as_str(), name))
    }

    /// The caller of that id, if there is one.
    ///
    /// # Errors
    /// Exit 3 when the database fails.
    pub fn caller_of_id(&self, which: Which, id: &str) -> Result<Option<Caller>, Failure> {
        read(&self.connection, which, id).map_err(|e| failed(&e))
    }

    /// Whether there is a caller of that name or id.
    ///
    /// # Errors
    /// Exit 3 when the database fails.
    pub fn has_caller(&self, which: Which, name: &str) -> Result<bool, Failure> {
        find(&self.connection, which, name).map(|found| found.is_some())
    }

    /// Switches a caller on or off, or revokes it. What is revoked stays revoked.
    ///
    /// # Errors
    /// Exit 2 when there is none, or when it is revoked and was to be something else.
    pub fn set_caller_state(&mut self, which: Which, name: &str, state: State) -> Result<Caller, Failure> {
        self.transact(|store| {
            let mut caller = find(store, which, name)?.ok_or_else(|| unknown(which.as_str(), name))?;
            if caller.state == State::Revoked && state != State::Revoked {
                return Err(revoked_for_good(which, &caller.name));
            }
            let deeds =
                if caller.state == state { vec![] } else { vec![trail::of_caller(trail::event_of(which, state), &caller)] };
            caller.state = state;
            let sql = "UPDATE callers SET state = ?3 WHERE which = ?1 AND id = ?2";
            store.execute(sql, params![which.as_str(), &*caller.id, state.as_str()]).map_err(|e| failed(&e))?;
            Ok((caller, deeds))
        })
    }

    /// Forgets a caller, secrets and all.
    ///
    /// # Errors
    /// Exit 2 when there is none.
    pub fn remove_caller(&mut self, which: Which, name: &str) -> Result<Caller, Failure> {
        self.transact(|store| {
            let caller = find(store, which, name)?.ok_or_else(|| unknown(which.as_str(), name))?;
            let sql = "DELETE FROM callers WHERE which = ?1 AND id = ?2";
            store.execute(sql, params![which.as_str(), &*caller.id]).map_err(|e| failed(&e))?;
            let event = match which {
                Which::Client => Event::ClientRemoved,
                Which::Key => Event::KeyRemoved,
            };
            let deed = trail::of_caller(event, &caller);
            Ok((caller, vec![deed]))
        })
    }
}

fn added(caller: &Caller) -> Deed {
    let event = match caller.which {
        Which::Client => Event::ClientAdded,
        Which::Key => Event::KeyAdded,
    };
    trail::of_caller(event, caller)
}

fn add(store: &Connection, caller: &Caller) -> Result<(), Failure> {
    // Every verb takes the name or the id, so neither may be the name or the id of another one.
    for name in [&caller.name, &caller.id] {
        if find(store, caller.which, name)?.is_some() {
            return Err(taken(caller.which.as_str(), name));
        }
    }
    let grant = GrantColumns::from(&caller.grant);
    let row = params![
        caller.which.as_str(),
        &*caller.id,
        &*caller.name,
        caller.state.as_str(),
        grant.scopes,
        grant.plan,
        grant.networks,
        caller.token_ttl.map(millis),
        caller.ends.map(stamp),
        stamp(caller.created),
        caller.jwks.as_deref(),
        grant.denied
    ];
    let sql = "INSERT INTO callers (which, id, name, state, scopes, plan, networks, token_ttl, ends, created, jwks, denied)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    store.prepare_cached(sql).and_then(|mut insert| insert.execute(row)).map_err(|e| failed(&e))?;
    caller.secrets.iter().try_for_each(|secret| secrets::keep(store, caller.which, &caller.id, secret))
}

pub(super) fn revoked_for_good(which: Which, name: &str) -> Failure {
    Failure::usage(format!("the {which} `{name}` is revoked, and that is for good"))
        .remedy(format!("make another one: `authbench {which} add NAME`"))
}

const COLUMNS: &str = "id, name, state, scopes, plan, networks, token_ttl, ends, created, jwks, denied";

pub(super) fn find(store: &Connection, which: Which, name: &str) -> Result<Option<Caller>, Failure> {
    // Two look-ups: with OR in its place SQLite reads the whole table, and there may be a million of them.
    let sql = "SELECT id FROM callers WHERE which = ?1 AND id = ?2 UNION ALL
               SELECT id FROM callers WHERE which = ?1 AND name = ?2 LIMIT 1";
    let found = store
        .prepare_cached(sql)
        .and_then(|mut select| select.query_row(params![which.as_str(), name], |row| row.get::<_, String>(0)).optional());
    let id = found.map_err(|e| failed(&e))?;
    let Some(id) = id else { return Ok(None) };
    read(store, which, &id).map_err(|e| failed(&e))
}

/// The caller of that id, for the feed.
pub(super) fn read(store: &Connection, which: Which, id: &str) -> rusqlite::Result<Option<Caller>> {
    let sql = format!("SELECT {COLUMNS} FROM callers WHERE which = ?1 AND id = ?2");
    let caller = store.prepare_cached(&sql)?.query_row(params![which.as_str(), id], |row| caller(which, row)).optional()?;
    caller.map(|caller| secrets::join(store, caller)).transpose()
}

fn all(store: &Connection, which: Which) -> rusqlite::Result<Vec<Caller>> {
    let mut callers = Vec::new();
    each(store, which, |caller| callers.push(caller))?;
    callers.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(callers)
}

/// Tells `take` of every caller of a kind, in one pass: there may be a million of them.
pub(super) fn each(store: &Connection, which: Which, mut take: impl FnMut(Caller)) -> rusqlite::Result<()> {
    let sql = "SELECT callers.*, digest, secrets.created AS since, secrets.ends AS until, opaque, last
               FROM callers LEFT JOIN secrets USING (which, id) LEFT JOIN uses USING (which, id, digest)
               WHERE callers.which = ?1 ORDER BY callers.id";
    let mut select = store.prepare_cached(sql)?;
    let mut rows = select.query([which.as_str()])?;
    let mut open: Option<Caller> = None;
    while let Some(row) = rows.next()? {
        let id = row.get_ref("id")?.as_str()?;
        let same = open.take_if(|open| *open.id == *id);
        let mut now = same.map_or_else(|| caller(which, row), Ok)?;
        now.secrets.extend(secrets::beside(row)?);
        if let Some(whole) = open.replace(now) {
            take(secrets::in_order(whole));
        }
    }
    open.map(secrets::in_order).into_iter().for_each(take);
    Ok(())
}

fn caller(which: Which, row: &Row<'_>) -> rusqlite::Result<Caller> {
    Ok(Caller {
        which,
        id: row.get::<_, String>("id")?.into(),
        name: row.get::<_, String>("name")?.into(),
        state: word(row, "state")?,
        grant: grant(row)?,
        token_ttl: row.get::<_, Option<i64>>("token_ttl")?.map(|ms| Duration::from_millis(ms.unsigned_abs())),
        ends: row.get::<_, Option<i64>>("ends")?.map(time),
        created: time(row.get("created")?),
        secrets: Vec::new(),
        jwks: row.get::<_, Option<String>>("jwks")?.map(Arc::from),
    })
}
