//! Access tokens that were revoked before their time: a denylist by issuer and `jti`.

use std::time::SystemTime;

use rusqlite::{Connection, params};

use super::{
    Store,
    callers::{stamp, time},
    failed,
};
use crate::{clock, exit::Failure};

impl Store {
    /// Keeps a revocation until the token would have expired. An empty issuer is this server's own, whatever its URL.
    ///
    /// # Errors
    /// Exit 3 when the database fails.
    pub fn revoke_token(&mut self, issuer: &str, jti: &str, until: SystemTime) -> Result<(), Failure> {
        self.transact(|store| {
            let sql = "INSERT INTO revoked_tokens (issuer, jti, until) VALUES (?1, ?2, ?3)
                       ON CONFLICT (issuer, jti) DO UPDATE SET until = max(until, excluded.until)";
            store.execute(sql, params![issuer, jti, stamp(until)]).map_err(|e| failed(&e))?;
            let over = stamp(clock::now());
            store.execute("DELETE FROM revoked_tokens WHERE until < ?1", [over]).map(drop).map_err(|e| failed(&e))
        })
    }
}

/// Every revocation that still matters.
pub(super) fn all(store: &Connection) -> rusqlite::Result<Vec<(String, String, SystemTime)>> {
    let mut select = store.prepare("SELECT issuer, jti, until FROM revoked_tokens WHERE until >= ?1")?;
    select.query_map([stamp(clock::now())], |row| Ok((row.get(0)?, row.get(1)?, time(row.get(2)?))))?.collect()
}

/// The end of one revocation, for the feed.
pub(super) fn read(store: &Connection, issuer: &str, jti: &str) -> rusqlite::Result<Option<SystemTime>> {
    use rusqlite::OptionalExtension as _;
    let sql = "SELECT until FROM revoked_tokens WHERE issuer = ?1 AND jti = ?2";
    store.prepare_cached(sql)?.query_row(params![issuer, jti], |row| row.get(0).map(time)).optional()
}
