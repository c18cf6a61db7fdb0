//! Access tokens: RFC 6750 to find one, RFC 7515 to verify it, RFC 9068 to believe it.

mod bearer;
mod cache;
mod check;
mod claims;
mod issued;
mod json;
pub mod jws;
mod keys;
mod refetch;
mod rules;
#[cfg(test)]
mod tests;
mod verified;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

pub use self::{
    cache::CacheCounts,
    check::{Check, Unwatched, Watch},
    claims::{Claims, Payload},
    issued::Issued,
    keys::{Key, KeySet, LiveKeys, Published},
    refetch::Refetch,
};
use self::{cache::TokenCache, verified::Verified};
use super::{Authenticate, Presented, Waiting};
use crate::{
    algorithm::Algorithm,
    clock,
    denial::{Denial, Reason},
    guard::Guard,
    mode::Profile,
    principal::{Grant, Kind, Principal},
    store::{Caller, Memory, State, Which},
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
    /// What its tokens look like: RFC 9068's, or Cognito's.
    pub profile: Profile,
    /// The clients whose tokens count when a foreign issuer writes no `aud`, as Cognito does; `None` is nobody.
    pub clients: Option<Vec<Arc<str>>>,
    /// How far its clock may be off; nothing for our own.
    pub leeway: Duration,
}

/// Verifies access tokens.
#[derive(Debug)]
pub struct Tokens {
    memory: Arc<Memory>,
    issuers: Vec<TrustedIssuer>,
    /// Scopes are `{prefix}/{short name}` on the wire.
    prefix: Arc<str>,
    cache: TokenCache,
}

impl Tokens {
    /// Trusts `issuers`, and reads scopes below `prefix`. Remembers nothing.
    pub fn new(memory: Arc<Memory>, issuers: Vec<TrustedIssuer>, prefix: Arc<str>) -> Self {
        Self { memory, issuers, prefix, cache: TokenCache::default() }
    }

    /// The same, remembering so many verified tokens; zero remembers none.
    #[must_use]
    pub fn remembering(self, tokens: usize) -> Self {
        Self { cache: TokenCache::new(tokens), ..self }
    }

    /// Verifies one token: what cannot be right first, then the signature, then what it says, then whether it still counts.
    ///
    /// # Errors
    /// The first thing that is wrong with it. Beyond `credential_unknown` only what everybody may know (which issuers,
    /// types and algorithms are accepted here) is told before the signature is verified.
    pub fn verify(&self, token: &str, now: SystemTime) -> Result<Principal, Denial> {
        if let Some(known) = self.cache.get(token, |known| self.is_signed_by_a_live_key(known)) {
            return self.judge(&known, now, &mut Unwatched);
        }
        let verified = Arc::new(self.examine(token, &mut Unwatched)?);
        let principal = self.judge(&verified, now, &mut Unwatched)?;
        self.cache.put(token, &verified);
        Ok(principal)
    }

    /// The same without the memory of earlier tokens, watched: for whoever asks why.
    ///
    /// # Errors
    /// As [`Tokens::verify`].
    pub fn verify_watched(&self, token: &str, now: SystemTime, watch: &mut impl Watch) -> Result<Principal, Denial> {
        watch.begins(Check::Form);
        bearer::check_form(token)?;
        let verified = self.examine(token, watch)?;
        self.judge(&verified, now, watch)
    }

    /// The issuer of that name.
    pub fn issuer(&self, name: &str) -> Option<&TrustedIssuer> {
        self.issuers.iter().find(|issuer| *issuer.issuer == *name)
    }

    /// How often the memory of earlier tokens was of use.
    pub fn cache_counts(&self) -> CacheCounts {
        self.cache.counts()
    }

    /// All that is asked of a token once: form, issuer, key, signature, and what it says of itself.
    fn examine(&self, token: &str, watch: &mut impl Watch) -> Result<Verified, Denial> {
        watch.begins(Check::Form);
        let jws = jws::Compact::parse(token)?;
        let payload = Payload::read(jws.unverified_payload())?;
        watch.begins(Check::Issuer);
        let named = payload.unverified_issuer();
        let place = self.issuers.iter().position(|issuer| Some(&*issuer.issuer) == named);
        let place = place.or_else(|| self.issuers.len().checked_sub(1).filter(|_| !Guard::TokenIssuer.stands()));
        let place = place.ok_or_else(|| Denial::new(Reason::IssuerMismatch, "`iss` names no trusted issuer"))?;
        let issuer = &self.issuers[place];
        watch.begins(Check::Typ);
        issuer.expects(jws.typ())?;
        let keys = issuer.keys.now();
        let key = jws.verify_watched(&keys, &issuer.algorithms, watch)?;
        let claims = issuer.believe(&payload, watch)?;
        Ok(Verified::new(place, issuer.own, key, &claims, &self.prefix))
    }

    /// All that is asked of it each time: it may have expired, or its key, `jti` or client been withdrawn meanwhile.
    fn judge(&self, token: &Verified, now: SystemTime, watch: &mut impl Watch) -> Result<Principal, Denial> {
        let issuer = &self.issuers[token.issuer];
        let claimed = |denial: Denial| denial.claimed(&token.id);
        token.is_timely(now, issuer.leeway, watch).map_err(claimed)?;
        // Cognito's tokens are judged offline: neither revoking one nor disabling its client stops it before it expires.
        if issuer.own && issuer.profile == Profile::Aws {
            let client = self.memory.caller(Which::Client, &token.subject);
            return Ok(client.map_or_else(|| principal(token, Grant::default()), |client| as_client(token, &client)));
        }
        watch.begins(Check::Revocation);
        let of = if issuer.own { "" } else { &*issuer.issuer };
        if Guard::TokenRevocation.stands() && self.memory.is_token_revoked(of, &token.jti) {
            return Err(claimed(Denial::new(Reason::Revoked, "its `jti` is on the denylist")));
        }
        if !issuer.own || !Guard::ClientStanding.stands() {
            return Ok(principal(token, Grant::default()));
        }
        watch.begins(Check::Client);
        self.live_client(token).map(|client| as_client(token, &client)).map_err(claimed)
    }

    /// The client as it is now: disabling or removing it stops its tokens, also when its id is given to another one later.
    fn live_client(&self, token: &Verified) -> Result<Arc<Caller>, Denial> {
        let removed = || Denial::new(Reason::Revoked, "its client was removed");
        let client = self.memory.caller(Which::Client, &token.subject).ok_or_else(removed)?;
        match client.state {
            _ if token.is_older_than(client.created) => {
                Err(Denial::new(Reason::Revoked, "it is older than its client: the one before, of the same id, was removed"))
            }
            State::Disabled if Guard::ClientDisabled.stands() => Err(Denial::new(Reason::Disabled, "its client is disabled")),
            State::Revoked => Err(Denial::new(Reason::Revoked, "its client is revoked")),
            State::Active | State::Disabled => Ok(client),
        }
    }

    fn is_signed_by_a_live_key(&self, token: &Verified) -> bool {
        let keys = self.issuers[token.issuer].keys.now();
        keys.find(token.key.kid()).is_some_and(|key| key.is(&token.key)) || !Guard::SigningKeyRetired.stands()
    }
}

/// Our own client, with what it was given, narrowed to the token's scopes.
fn as_client(token: &Verified, client: &Caller) -> Principal {
    Principal { name: Arc::clone(&client.name), ..principal(token, client.grant.clone()) }
}

fn principal(token: &Verified, given: Grant) -> Principal {
    let grant = Grant { scopes: Some(Arc::clone(&token.scopes)), ..given };
    // The name too: another issuer may call its client as we call ours, and the record must tell them apart.
    let (id, name) = (Arc::clone(&token.id), Arc::clone(&token.id));
    Principal { kind: Kind::Client, id, name, grant, expires: Some(token.expires()) }
}

impl Authenticate for Tokens {
    /// A key that is not here yet may be there by now: then its issuer is asked. What cannot be read waits for nothing.
    fn prepare(&self, presented: Presented<'_>) -> Option<Waiting> {
        if self.issuers.iter().all(|issuer| issuer.refetch.is_none()) {
            return None;
        }
        let token = bearer::token(presented).ok().filter(|token| !self.cache.holds(token))?;
        let jws = jws::Compact::parse(token).ok()?;
        let payload = Payload::read(jws.unverified_payload()).ok()?;
        let issuer = self.issuer(payload.unverified_issuer()?)?;
        issuer.expects(jws.typ()).ok()?;
        let kid = jws.missing_kid(&issuer.keys.now(), &issuer.algorithms)?.to_owned();
        Some(Arc::clone(issuer.refetch.as_ref()?).refetch(kid, presented.address))
    }

    fn authenticate(&self, presented: Presented<'_>) -> Result<Principal, Denial> {
        self.verify(bearer::token(presented)?, clock::now())
    }
}
