//! What was verified of one token and cannot change any more, and what must be asked at each use.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{
    check::{Check, Watch},
    claims::Claims,
    keys::Key,
};
use crate::{
    clock,
    denial::{Denial, Reason},
    guard::Guard,
};

/// A token whose signature and claims were verified. Whether it still counts is another question, and asked each time.
#[derive(Debug)]
pub(super) struct Verified {
    /// Its issuer's place among those that are trusted.
    pub(super) issuer: usize,
    /// The key that signed it.
    pub(super) key: Key,
    /// Who it proves: a client of ours by its id, one of another issuer by issuer and `sub`.
    pub(super) id: Arc<str>,
    /// `sub`.
    pub(super) subject: Arc<str>,
    /// `jti`.
    pub(super) jti: Box<str>,
    /// Its scopes by short name.
    pub(super) scopes: Arc<[String]>,
    exp: u64,
    nbf: Option<u64>,
    iat: u64,
}

impl Verified {
    pub(super) fn new(issuer: usize, own: bool, key: &Key, claims: &Claims<'_>, prefix: &str) -> Self {
        let subject: Arc<str> = claims.sub.into();
        Self {
            issuer,
            key: key.clone(),
            id: if own { Arc::clone(&subject) } else { format!("{} {subject}", claims.iss).into() },
            subject,
            jti: claims.jti.into(),
            scopes: claims.short_scopes(prefix).into(),
            exp: claims.exp,
            nbf: claims.nbf,
            iat: claims.iat,
        }
    }

    /// Whether it was made before `at`, which no second of doubt decides.
    pub(super) fn is_older_than(&self, at: SystemTime) -> bool {
        self.iat < clock::seconds(at)
    }

    /// The end of validity, leeway aside.
    pub(super) fn expires(&self) -> SystemTime {
        clock::from_seconds(self.exp)
    }

    /// Whether it is valid at this moment, by a clock that may be `leeway` off the issuer's.
    pub(super) fn is_timely(&self, now: SystemTime, leeway: Duration, watch: &mut impl Watch) -> Result<(), Denial> {
        let (now, leeway) = (clock::seconds(now), leeway.as_secs());
        let refuse = |reason, cause: &'static str| Err(Denial::new(reason, cause));
        watch.begins(Check::Expiry);
        // RFC 7519 §4.1.4: on or after `exp` it must not be accepted.
        if Guard::TokenExpiry.stands() && self.exp.saturating_add(leeway) <= now {
            return refuse(Reason::Expired, "`exp` has come");
        }
        watch.begins(Check::Beginning);
        let latest = if Guard::TokenBeginning.stands() { now.saturating_add(leeway) } else { u64::MAX };
        if self.nbf.is_some_and(|nbf| nbf > latest) {
            return refuse(Reason::NotYetValid, "`nbf` is still to come");
        }
        if self.iat > latest {
            return refuse(Reason::NotYetValid, "`iat` is still to come");
        }
        Ok(())
    }
}
