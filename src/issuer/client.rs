//! Client authentication (RFC 6749 §2.3, RFC 7523 §2.2): an unknown client, a wrong secret and a bad assertion are one answer.

mod assertion;
mod keys;

use std::{borrow::Cow, sync::Arc};

pub(super) use self::keys::ClientKeys;
use self::{assertion::Claims, keys::verify_with_nobody};
use super::{proof::Proof, refusal::TokenRefusal};
use crate::{
    algorithm::Algorithm,
    authn::jwt::{Payload, jws::Compact},
    clock,
    denial::{Denial, Reason},
    guard::Guard,
    secret::{Digest, Secret},
    store::{Caller, Memory, Once, State, Which},
};

/// A client that was proven, and what is to be remembered of it.
#[derive(Debug)]
pub struct Proven {
    /// As it is now.
    pub client: Arc<Caller>,
    /// How it was proven.
    pub by: Evidence,
}

/// How a client was proven.
#[derive(Debug)]
pub enum Evidence {
    /// With this secret.
    Secret(Digest),
    /// With an assertion that counts only if this is its first use.
    Assertion(Once),
}

/// Against what clients are held.
pub(super) struct Desk<'a> {
    pub(super) memory: &'a Memory,
    pub(super) keys: &'a ClientKeys,
    /// What an assertion may be addressed to.
    pub(super) audiences: [&'a str; 2],
}

impl Desk<'_> {
    /// The client that the proof is of.
    pub(super) fn authenticate(&self, proof: Option<&Proof>) -> Result<Proven, TokenRefusal> {
        let proven = match proof {
            None => Err(Denial::new(Reason::CredentialMissing, "neither Basic nor client_secret nor client_assertion")),
            Some(Proof::Secret { id, secret }) => self.by_secret(id, secret),
            Some(Proof::Assertion { id, assertion }) => self.by_assertion(id.as_deref(), assertion.expose()),
        };
        proven.and_then(active).map_err(TokenRefusal::invalid_client)
    }

    fn by_secret(&self, id: &str, secret: &Secret) -> Result<Proven, Denial> {
        let digest = secret.digest();
        let now = clock::now();
        let client = self.memory.caller(Which::Client, id);
        let Some(client) = client.filter(|client| client.jwks.is_none()) else {
            digest.compare_with_nobody();
            return Err(unknown("no client has this id and a secret", id));
        };
        let live = client.secret(&digest).is_some_and(|secret| secret.ends.is_none_or(|end| end > now));
        if live || !Guard::ClientSecret.stands() {
            Ok(Proven { client, by: Evidence::Secret(digest) })
        } else {
            Err(unknown("not a secret of this client", id))
        }
    }

    /// Whatever is wrong with an assertion is `credential_unknown`, or `signature_invalid`: who copied one proves nothing with it.
    fn by_assertion(&self, id: Option<&str>, text: &str) -> Result<Proven, Denial> {
        let refuse = |cause| unknown(cause, id.unwrap_or_default());
        if text.len() > assertion::LONGEST {
            return Err(refuse(Cow::Borrowed("the assertion is too long")));
        }
        let jws = Compact::parse(text).map_err(|denial| refuse(denial.cause))?;
        let payload = Payload::read(jws.unverified_payload()).map_err(|denial| refuse(denial.cause))?;
        let unverified = Claims::unverified(&payload).map_err(|denial| refuse(denial.cause))?;
        let refuse = |cause: &'static str| unknown(cause, id.unwrap_or(unverified.sub));
        if id.is_some_and(|id| id != unverified.sub) {
            return Err(refuse("the assertion is not of the client that `client_id` names"));
        }
        let client = self.memory.caller(Which::Client, unverified.sub);
        let keys = client.as_ref().and_then(|client| self.keys.of(client, self.memory));
        let (Some(client), Some(keys)) = (client, keys) else {
            verify_with_nobody(text);
            return Err(refuse("no client has this id and keys"));
        };
        if let Err(denial) = jws.verify(&keys, Algorithm::ALL) {
            if denial.reason == Reason::SignatureInvalid {
                return Err(denial.claimed(&client.id));
            }
            verify_with_nobody(text);
            return Err(unknown(denial.cause, &client.id));
        }
        let claims = unverified;
        if !assertion::is_assertion(&jws) {
            return Err(unknown("the assertion's `typ` is that of something else", &client.id));
        }
        claims.check(&self.audiences, clock::seconds(clock::now())).map_err(|why| unknown(why, &client.id))?;
        let once = Once { client: Arc::clone(&client.id), jti: claims.jti.to_owned(), until: clock::from_seconds(claims.exp) };
        Ok(Proven { client, by: Evidence::Assertion(once) })
    }
}

/// Only who was proven is told that the client is switched off.
fn active(proven: Proven) -> Result<Proven, Denial> {
    let refuse = |reason, cause: &'static str| Err(Denial::new(reason, cause).claimed(&proven.client.id));
    match proven.client.state {
        State::Active => Ok(proven),
        State::Disabled => refuse(Reason::Disabled, "the client is disabled"),
        State::Revoked => refuse(Reason::Revoked, "the client is revoked"),
    }
}

fn unknown(cause: impl Into<Cow<'static, str>>, id: &str) -> Denial {
    Denial::new(Reason::CredentialUnknown, cause).claimed(id)
}
