//! Access tokens that were revoked before their time: a denylist by issuer and `jti`.

use std::time::{Duration, SystemTime};

use rusqlite::{Connection, params};

use super::{
    Store,
    column::{stamp, time},
    failed,
};
use crate::{
    clock,
    deed::{Deed, Event, Thing},
    exit::Failure,
};

/// How long a revocation outlives its token. The wall clock may jump ahead and back again: a revocation that was forgotten in
/// between would bring its token back to life. A week is longer than a wrong clock goes unnoticed.
const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The revocations of tokens that ended before this time are forgotten.
pub(super) fn horizon(now: SystemTime) -> SystemTime {
    now.checked_sub(KEPT).unwrap_or(SystemTime::UNIX_EPOCH)
}

impl Store {
    /// Keeps a revocation until the token has been expired for a week. An empty issuer is this server's own, whatever its URL.
    ///
    /// # Errors
    /// Exit 3 when the database fails.
    pub fn revoke_token(&mut self, issuer: &str, jti: &str, until: SystemTime) -> Result<(), Failure> {
        self.transact(|store| {
            let is_new = insert(store, issuer, jti, until).map_err(|e| failed(&e))?;
            let deeds = if is_new { vec![revoked(issuer, jti)] } else { vec![] };
            Ok(((), deeds))
        })
    }
}

/// Forgets what does not matter any more: only for who knows that the clock is right, as a server that has watched it does.
pub(super) fn sweep(store: &Connection) -> rusqlite::Result<()> {
    let over = stamp(horizon(clock::now()));
    store.prepare_cached("DELETE FROM revoked_tokens WHERE until < ?1")?.execute([over]).map(drop)
}

pub(super) fn revoked(issuer: &str, jti: &str) -> Deed {
    let deed = Deed::new(Event::TokenRevoked, Thing::Token, jti);
    if issuer.is_empty() { deed } else { deed.detail(format!("issuer {issuer}")) }
}

/// Adds a revocation, or prolongs it. Whether that changed anything.
pub(super) fn insert(store: &Connection, issuer: &str, jti: &str, until: SystemTime) -> rusqlite::Result<bool> {
    let sql = "INSERT INTO revoked_tokens (issuer, jti, until) VALUES (?1, ?2, ?3)
               ON CONFLICT (issuer, jti) DO UPDATE SET until = excluded.until WHERE excluded.until > until";
    store.prepare_cached(sql)?.execute(params![issuer, jti, stamp(until)]).map(|changed| changed > 0)
}

/// Every revocation. Which of them do not matter any more is not asked: when a server starts, its clock may be wrong.
pub(super) fn all(store: &Connection) -> rusqlite::Result<Vec<(String, String, SystemTime)>> {
    let mut select = store.prepare("SELECT issuer, jti, until FROM revoked_tokens")?;
    select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, time(row.get(2)?))))?.collect()
}

/// The end of one revocation, for the feed.
pub(super) fn read(store: &Connection, issuer: &str, jti: &str) -> rusqlite::Result<Option<SystemTime>> {
    use rusqlite::OptionalExtension as _;
    let sql = "SELECT until FROM revoked_tokens WHERE issuer = ?1 AND jti = ?2";
    store.prepare_cached(sql)?.query_row(params![issuer, jti], |row| row.get(0).map(time)).optional()
}
