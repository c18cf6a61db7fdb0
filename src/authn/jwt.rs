//! Access tokens: RFC 6750 to find one, RFC 7515 to verify it, RFC 9068 to believe it.

mod bearer;
mod claims;
pub mod jws;
mod keys;
mod refetch;
mod roca;

use std::{sync::Arc, time::SystemTime};

pub use self::{
    claims::Claims,
    keys::{Key, KeySet, LiveKeys, Published},
    refetch::Refetch,
};
use super::{Authenticate, Challenge, Presented, Waiting};
use crate::{
    algorithm::Algorithm,
    clock,
    denial::{Denial, Reason},
    principal::{Grant, Kind, Principal},
    store::{Memory, State, Which},
};

/// An issuer whose tokens count: its keys are used for its tokens only.
#[derive(Debug)]
pub struct TrustedIssuer {
    /// `iss`, exactly.
    pub issuer: Arc<str>,
    /// `aud` must name this.
    pub audience: Arc<str>,
    /// What it may sign with.
    pub algorithms: Vec<Algorithm>,
    /// Its public keys.
    pub keys: LiveKeys,
    /// Who can be asked for keys that are not among them; nobody, unless they are fetched.
    pub refetch: Option<Arc<dyn Refetch>>,
    /// Whether it is this server: then clients are looked up, and revocations are under the empty name.
    pub own: bool,
}

/// Verifies access tokens.
#[derive(Debug)]
pub struct Tokens {
    memory: Arc<Memory>,
    issuers: Vec<TrustedIssuer>,
    /// Scopes are `{prefix}/{short name}` on the wire.
    prefix: Arc<str>,
}

impl Tokens {
    /// Trusts `issuers`, and reads scopes below `prefix`.
    pub fn new(memory: Arc<Memory>, issuers: Vec<TrustedIssuer>, prefix: Arc<str>) -> Self {
        Self { memory, issuers, prefix }
    }

    /// Verifies one token: signature first, then what it says.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn verify(&self, token: &str, now: SystemTime) -> Result<Principal, Denial> {
        let jws = jws::Compact::parse(token)?;
        let issuer = self.issuer_of(&jws)?;
        let payload = jws.verify(&issuer.keys.now(), &issuer.algorithms)?;
        if !jws.is_access_token() {
            return Err(Denial::new(Reason::TypeMismatch, "`typ` is not `at+jwt`"));
        }
        let claims = Claims::read(payload)?;
        claims.check(&issuer.issuer, &issuer.audience, now)?;
        let revocations = if issuer.own { "" } else { &*issuer.issuer };
        if self.memory.is_token_revoked(revocations, &claims.jti) {
            return Err(Denial::new(Reason::Revoked, "its `jti` is on the denylist"));
        }
        if issuer.own { self.own_principal(&claims) } else { Ok(self.foreign_principal(&claims)) }
    }

    fn issuer_of(&self, jws: &jws::Compact<'_>) -> Result<&TrustedIssuer, Denial> {
        let unverified = Claims::unverified_issuer(jws.unverified_payload())?;
        let found = self.issuers.iter().find(|issuer| *issuer.issuer == *unverified);
        found.ok_or_else(|| Denial::new(Reason::IssuerMismatch, "`iss` names no trusted issuer"))
    }

    /// The client as it is now: disabling or removing it stops its tokens.
    fn own_principal(&self, claims: &Claims) -> Result<Principal, Denial> {
        let refuse = |reason, cause: &'static str| Err(Denial::new(reason, cause).claimed(&claims.sub));
        if claims.client_id.as_deref() != Some(&claims.sub) {
            return refuse(Reason::CredentialMalformed, "`client_id` is not `sub`");
        }
        let Some(client) = self.memory.caller(Which::Client, &claims.sub) else {
            return refuse(Reason::Revoked, "its client was removed");
        };
        match client.state {
            State::Active => {}
            State::Disabled => return refuse(Reason::Disabled, "its client is disabled"),
            State::Revoked => return refuse(Reason::Revoked, "its client is revoked"),
        }
        let grant = Grant { scopes: Some(claims.short_scopes(&self.prefix).into()), ..client.grant.clone() };
        let (id, name) = (Arc::clone(&client.id), Arc::clone(&client.name));
        Ok(Principal { kind: Kind::Client, id, name, grant, expires: Some(claims.expires()) })
    }

    fn foreign_principal(&self, claims: &Claims) -> Principal {
        let id: Arc<str> = format!("{} {}", claims.iss, claims.sub).into();
        let grant = Grant { scopes: Some(claims.short_scopes(&self.prefix).into()), ..Grant::default() };
        Principal { kind: Kind::Client, id, name: claims.sub.as_str().into(), grant, expires: Some(claims.expires()) }
    }
}

impl Authenticate for Tokens {
    /// A key that is not here yet may be there by now: then its issuer is asked. What cannot be read waits for nothing.
    fn prepare(&self, presented: Presented<'_>) -> Option<Waiting> {
        if self.issuers.iter().all(|issuer| issuer.refetch.is_none()) {
            return None;
        }
        let jws = jws::Compact::parse(bearer::token(presented).ok()?).ok()?;
        let issuer = self.issuer_of(&jws).ok()?;
        let kid = jws.missing_kid(&issuer.keys.now(), &issuer.algorithms)?.to_owned();
        issuer.refetch.as_ref()?.refetch(kid, presented.peer.ip())
    }

    fn authenticate(&self, presented: Presented<'_>) -> Result<Principal, Denial> {
        self.verify(bearer::token(presented)?, clock::now())
    }

    fn challenge(&self) -> Option<Challenge> {
        Some(Challenge::Bearer)
    }
}
