//! What callers prove themselves with: secrets, as hashes, and the public keys of clients that sign instead.

use std::{cmp::Reverse, time::Duration};

use rusqlite::{Connection, Row, params};

use super::{
    Store,
    callers::{find, revoked_for_good},
    column::{stamp, time, unreadable},
    failed,
    last_use::LastUse,
    record::{Caller, State, StoredSecret, Which},
    trail, unknown,
};
use crate::{clock, deed::Event, exit::Failure, secret::Digest};

impl Store {
    /// Gives a caller a new secret; the newest old one works for `overlap` longer, every other one stops now.
    ///
    /// # Errors
    /// Exit 2 when there is no such caller, it is revoked, or it proves itself with keys.
    pub fn rotate_secret(
        &mut self,
        which: Which,
        name: &str,
        fresh: &StoredSecret,
        overlap: Duration,
    ) -> Result<Caller, Failure> {
        self.transact(|store| {
            let caller = changeable(store, which, name)?;
            if caller.jwks.is_some() {
                return Err(another_method(&caller, "keys and no secret", "--jwks FILE", "replaces them"));
            }
            let newest = caller.secrets.first().filter(|_| !overlap.is_zero());
            let sql = "DELETE FROM secrets WHERE which = ?1 AND id = ?2 AND (?3 IS NULL OR digest <> ?3)";
            let kept = newest.map(|secret| secret.digest.octets().to_vec());
            store.execute(sql, params![which.as_str(), &*caller.id, kept]).map_err(|e| failed(&e))?;
            let sql = "UPDATE secrets SET ends = min(coalesce(ends, ?3), ?3) WHERE which = ?1 AND id = ?2";
            store
                .execute(sql, params![which.as_str(), &*caller.id, stamp(clock::after(fresh.created, overlap))])
                .map_err(|e| failed(&e))?;
            keep(store, which, &caller.id, fresh)?;
            let rotated = find(store, which, &caller.id)?.ok_or_else(|| unknown(which.as_str(), name))?;
            let deed = trail::of_caller(Event::SecretRotated, &rotated);
            Ok((rotated, vec![deed]))
        })
    }

    /// Replaces the public keys of a client (a JWK set as text) by others: those that are not among them stop now.
    ///
    /// # Errors
    /// Exit 2 when there is no such client, it is revoked, or it proves itself with a secret.
    pub fn replace_keys(&mut self, name: &str, jwks: &str) -> Result<Caller, Failure> {
        self.transact(|store| {
            let client = changeable(store, Which::Client, name)?;
            if client.jwks.is_none() {
                return Err(another_method(&client, "a secret and no keys", "", "makes another secret"));
            }
            let sql = "UPDATE callers SET jwks = ?3 WHERE which = ?1 AND id = ?2";
            store.execute(sql, params![Which::Client.as_str(), &*client.id, jwks]).map_err(|e| failed(&e))?;
            let deed = trail::of_caller(Event::ClientKeysReplaced, &client);
            Ok((Caller { jwks: Some(jwks.into()), ..client }, vec![deed]))
        })
    }
}

fn changeable(store: &Connection, which: Which, name: &str) -> Result<Caller, Failure> {
    let caller = find(store, which, name)?.ok_or_else(|| unknown(which.as_str(), name))?;
    if caller.state == State::Revoked { Err(revoked_for_good(which, &caller.name)) } else { Ok(caller) }
}

/// Who was registered with one method is not moved to the other: that would be the downgrade that an attacker wishes for.
fn another_method(client: &Caller, has: &str, option: &str, does: &str) -> Failure {
    let command = format!("authbench client rotate {} {option}", client.name);
    Failure::usage(format!("the client `{}` has {has}", client.name))
        .remedy(format!("`{}` {does}; for the other method make another client", command.trim_end()))
}

pub(super) fn keep(store: &Connection, which: Which, id: &str, secret: &StoredSecret) -> Result<(), Failure> {
    if secret.opaque && is_held(store, &secret.digest).map_err(|e| failed(&e))? {
        // Whose it is, is nobody's business: who imports it may have found it.
        return Err(Failure::usage("this key is in use already").remedy("every caller has a key of its own: make a fresh one"));
    }
    let sql = "INSERT INTO secrets (which, id, digest, created, ends, opaque) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let ends = secret.ends.map(stamp);
    let row = params![which.as_str(), id, secret.digest.octets(), stamp(secret.created), ends, secret.opaque];
    store.execute(sql, row).map(drop).map_err(|e| failed(&e))
}

/// Whether somebody has this key that tells no id.
fn is_held(store: &Connection, digest: &Digest) -> rusqlite::Result<bool> {
    store.query_row("SELECT EXISTS (SELECT 1 FROM secrets WHERE opaque AND digest = ?1)", [digest.octets()], |row| row.get(0))
}

/// The caller with its secrets.
pub(super) fn join(store: &Connection, mut caller: Caller) -> rusqlite::Result<Caller> {
    let sql = "SELECT digest, created AS since, ends AS until, opaque, last FROM secrets LEFT JOIN uses USING (which, id, digest)
               WHERE which = ?1 AND id = ?2";
    let mut select = store.prepare_cached(sql)?;
    let mut rows = select.query(params![caller.which.as_str(), &*caller.id])?;
    while let Some(row) = rows.next()? {
        caller.secrets.extend(beside(row)?);
    }
    Ok(in_order(caller))
}

/// The secret in a row; a caller without one has a row without one.
pub(super) fn beside(row: &Row<'_>) -> rusqlite::Result<Option<StoredSecret>> {
    let Some(octets) = row.get_ref("digest")?.as_blob_or_null()? else { return Ok(None) };
    let digest = Digest::from_octets(octets).ok_or_else(|| unreadable("secrets.digest"))?;
    let at = |column| row.get::<_, Option<i64>>(column).map(|stamp| stamp.map(time));
    let created = time(row.get("since")?);
    Ok(Some(StoredSecret {
        digest,
        created,
        ends: at("until")?,
        last_used: LastUse::new(at("last")?),
        opaque: row.get("opaque")?,
    }))
}

/// The caller with its secrets in their order: the live one first. No more memory is kept than they need.
pub(super) fn in_order(mut caller: Caller) -> Caller {
    caller.secrets.sort_by_key(|secret| (secret.ends.is_some(), Reverse(secret.created)));
    caller.secrets.shrink_to_fit();
    caller
}
