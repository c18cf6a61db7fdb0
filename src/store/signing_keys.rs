//! The public side of the keys that sign tokens, and when each of them signs. The private side is a file, and no concern of this one.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rusqlite::{Connection, Row, params};
use serde_json::Value;

use super::{
    Store,
    column::{stamp, time, unreadable, word},
    failed,
};
use crate::{
    algorithm::{Algorithm, KeyKind},
    clock,
    deed::{Deed, Event, Thing},
    exit::Failure,
};

/// A signing key as everyone may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Its name: the thumbprint of the JWK (RFC 7638).
    pub kid: Arc<str>,
    /// Algorithm and size.
    pub kind: KeyKind,
    /// The public key as a JWK (RFC 7517), in JSON.
    pub jwk: Arc<str>,
    /// Since when it is published.
    pub created: SystemTime,
    /// From when it signs; `None` for a spare, which is published only.
    pub signs: Option<SystemTime>,
    /// Since when it does not count any more.
    pub retired: Option<SystemTime>,
}

impl Store {
    /// Every signing key, retired ones too, the newest first.
    ///
    /// # Errors
    /// Exit 3 when the database fails.
    pub fn signing_keys(&self) -> Result<Vec<SigningKey>, Failure> {
        all(&self.connection).map_err(|e| failed(&e))
    }

    /// Adds or changes `keys`, all of them or none, if the table still is as it was `seen`. What is retired stays so.
    ///
    /// # Errors
    /// Exit 3 when another process changed it meanwhile, or the database fails.
    pub fn put_signing_keys(&mut self, seen: &[SigningKey], keys: &[SigningKey]) -> Result<(), Failure> {
        self.transact(|store| {
            if all(store).map_err(|e| failed(&e))? != seen {
                return Err(Failure::environment("the signing keys were changed by another process at the same time")
                    .remedy("run the command again: nothing was changed"));
            }
            let sql = "INSERT INTO signing_keys (kid, algorithm, jwk, created, signs, retired) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                       ON CONFLICT (kid) DO UPDATE SET signs = excluded.signs, retired = coalesce(retired, excluded.retired)";
            let deeds = keys.iter().filter_map(|key| done(seen, key)).collect();
            keys.iter().try_for_each(|key| {
                let (algorithm, signs) = (key.kind.algorithm.as_str(), key.signs.map(stamp));
                let row = params![&*key.kid, algorithm, &*key.jwk, stamp(key.created), signs, key.retired.map(stamp)];
                store.execute(sql, row).map(drop).map_err(|e| failed(&e))
            })?;
            Ok(((), deeds))
        })
    }

    /// The longest lifetime that a client was given for its tokens.
    ///
    /// # Errors
    /// Exit 3 when the database fails.
    pub fn longest_token_ttl(&self) -> Result<Option<Duration>, Failure> {
        let sql = "SELECT max(token_ttl) FROM callers WHERE which = 'client'";
        let longest: Option<i64> = self.connection.query_row(sql, [], |row| row.get(0)).map_err(|e| failed(&e))?;
        Ok(longest.map(|ms| Duration::from_millis(ms.unsigned_abs())))
    }
}

/// What becomes of a key by being put beside those that were seen.
fn done(seen: &[SigningKey], key: &SigningKey) -> Option<Deed> {
    let before = seen.iter().find(|other| other.kid == key.kid);
    let event = match before {
        None => Event::SigningKeyMade,
        Some(before) if before.retired.is_none() && key.retired.is_some() => Event::SigningKeyRetired,
        Some(before) if before.signs != key.signs => Event::SigningKeyRotated,
        Some(_) => return None,
    };
    let deed = Deed::new(event, Thing::SigningKey, &*key.kid);
    let from = key.signs.filter(|_| event != Event::SigningKeyRetired);
    Some(match from {
        Some(from) => deed.detail(format!("{} signs from {}", key.kind, clock::rfc3339(from))),
        None => deed.detail(key.kind.to_string()),
    })
}

/// Every key, the newest first.
pub(super) fn all(store: &Connection) -> rusqlite::Result<Vec<SigningKey>> {
    let sql = "SELECT kid, algorithm, jwk, created, signs, retired FROM signing_keys ORDER BY created DESC, kid";
    let mut select = store.prepare_cached(sql)?;
    select.query_map([], key)?.collect()
}

fn key(row: &Row<'_>) -> rusqlite::Result<SigningKey> {
    let jwk: String = row.get("jwk")?;
    let kind = kind(word(row, "algorithm")?, &jwk).ok_or_else(|| unreadable("signing_keys.jwk"))?;
    Ok(SigningKey {
        kid: row.get::<_, String>("kid")?.into(),
        kind,
        jwk: jwk.into(),
        created: time(row.get("created")?),
        signs: row.get::<_, Option<i64>>("signs")?.map(time),
        retired: row.get::<_, Option<i64>>("retired")?.map(time),
    })
}

/// Algorithm and size; `None` for what is no JWK of that algorithm.
fn kind(algorithm: Algorithm, jwk: &str) -> Option<KeyKind> {
    let jwk: Value = serde_json::from_str(jwk).ok()?;
    if jwk.get("alg")?.as_str()? != algorithm.as_str() {
        return None;
    }
    let rsa_bits = match jwk.get("n") {
        Some(modulus) => Some(URL_SAFE_NO_PAD.decode(modulus.as_str()?).ok()?.len() * 8),
        None => None,
    };
    Some(KeyKind { algorithm, rsa_bits })
}
