//! API keys: read, checked offline, looked up by id, compared in constant time.
//!
//! In the `aws` profile keys without an id and a checksum count too, and are looked up by their hash.

mod find;
mod form;
mod opaque;
mod weak;

use std::{borrow::Cow, sync::Arc, time::SystemTime};

use http::HeaderValue;

pub use self::{
    find::{Place, find},
    form::ApiKey,
    opaque::{OPAQUE_LENGTHS, OpaqueKey},
    weak::weakness,
};
use super::{Authenticate, Presented};
use crate::{
    clock,
    denial::{Denial, Reason},
    guard::Guard,
    principal::Principal,
    secret::Digest,
    store::{Caller, Memory, State, StoredSecret, Which},
    wire::API_KEY_HEADER,
};

/// The plan of a key that was given none.
pub const DEFAULT_PLAN: &str = "default";

/// Which keys count, and where they may stand.
#[derive(Debug, Clone, Copy, Default)]
pub struct Accepted {
    /// Keys that tell no id, as API Gateway has them.
    pub opaque: bool,
    /// In the query too: in every log and history on the way.
    pub in_query: bool,
}

/// Knows the holders of API keys.
#[derive(Debug)]
pub struct ApiKeys {
    memory: Arc<Memory>,
    accepted: Accepted,
}

/// A text in the form of a key.
#[derive(Debug)]
enum Key<'a> {
    Named(ApiKey<'a>),
    Opaque(OpaqueKey<'a>),
}

impl ApiKeys {
    /// Looks keys of our own up in `memory`, from the header alone.
    pub fn new(memory: Arc<Memory>) -> Self {
        Self { memory, accepted: Accepted::default() }
    }

    /// The same, accepting more.
    #[must_use]
    pub fn accepting(self, accepted: Accepted) -> Self {
        Self { accepted, ..self }
    }

    fn read<'a>(&self, text: &'a str) -> Option<Key<'a>> {
        let opaque = || OpaqueKey::parse(text).filter(|_| self.accepted.opaque).map(Key::Opaque);
        ApiKey::parse(text).map(Key::Named).or_else(opaque)
    }
}

impl Key<'_> {
    fn digest(&self) -> Digest {
        match self {
            Self::Named(key) => key.secret_digest(),
            Self::Opaque(key) => key.digest(),
        }
    }

    fn caller(&self, digest: &Digest, memory: &Memory) -> Option<Arc<Caller>> {
        match self {
            Self::Named(key) => memory.caller(Which::Key, key.id()),
            Self::Opaque(_) => memory.caller_of_opaque(digest),
        }
    }

    /// The secret that it is. One without an id is not the secret part of one with an id, nor the other way round.
    fn secret<'c>(&self, digest: &Digest, caller: &'c Caller) -> Option<&'c StoredSecret> {
        let secret = caller.secret(digest).filter(|secret| secret.opaque == matches!(self, Self::Opaque(_)));
        secret.or_else(|| caller.secrets.first().filter(|_| !Guard::KeySecret.stands()))
    }

    fn unknown(&self) -> Denial {
        match self {
            Self::Named(key) => Denial::new(Reason::CredentialUnknown, "no key has this id and secret").claimed(key.id()),
            Self::Opaque(_) => Denial::new(Reason::CredentialUnknown, "nobody has this key"),
        }
    }
}

impl Authenticate for ApiKeys {
    fn authenticate(&self, presented: Presented<'_>) -> Result<Principal, Denial> {
        let text = self.presented(presented)?;
        let key = self.read(&text).ok_or_else(|| malformed("form or checksum of the key is wrong"))?;
        let digest = key.digest();
        let Some(caller) = key.caller(&digest, &self.memory) else {
            digest.compare_with_nobody();
            return Err(key.unknown());
        };
        let secret = key.secret(&digest, &caller).ok_or_else(|| key.unknown())?;
        let refuse = |reason| Denial::new(reason, "the key was recognised").claimed(&caller.id);
        let now = clock::now();
        usable(&caller, secret, now).map_err(refuse)?;
        self.memory.used(&caller, secret, now);
        let mut grant = caller.grant.clone();
        grant.plan.get_or_insert_with(|| DEFAULT_PLAN.into());
        Ok(Principal {
            kind: Which::Key.into(),
            id: Arc::clone(&caller.id),
            name: Arc::clone(&caller.name),
            grant,
            expires: caller.ends,
        })
    }
}

impl ApiKeys {
    /// The one text that was presented as a key.
    fn presented<'a>(&self, presented: Presented<'a>) -> Result<Cow<'a, str>, Denial> {
        let mut headers = presented.headers.get_all(API_KEY_HEADER).iter();
        let mut query = in_query(presented);
        match (headers.next(), query.next()) {
            (None, Some(text)) if self.accepted.in_query && query.next().is_none() => Ok(text),
            (None, Some(_)) if !self.accepted.in_query => {
                Err(Denial::new(Reason::CredentialMissing, "a key in the query is not looked at"))
            }
            (None, None) => Err(Denial::new(Reason::CredentialMissing, "no x-api-key header")),
            (Some(first), None) if headers.next().is_none() => {
                HeaderValue::to_str(first).map(Cow::Borrowed).map_err(|_| malformed("the key is no text"))
            }
            _ => Err(Denial::new(Reason::CredentialAmbiguous, "more than one key in one request")),
        }
    }
}

/// Keys in the query, whatever they are like.
fn in_query(presented: Presented<'_>) -> impl Iterator<Item = Cow<'_, str>> {
    let query = presented.uri.query().unwrap_or_default();
    let pairs = form_urlencoded::parse(query.as_bytes());
    pairs.filter(|(name, _)| name.eq_ignore_ascii_case(API_KEY_HEADER)).map(|(_, value)| value)
}

fn malformed(cause: &'static str) -> Denial {
    Denial::new(Reason::CredentialMalformed, cause)
}

/// Whether this caller may call with this secret of its own.
///
/// # Errors
/// `revoked`, `disabled` or `expired`.
pub fn usable(caller: &Caller, secret: &StoredSecret, now: SystemTime) -> Result<(), Reason> {
    let ended = |end: Option<SystemTime>| end.is_some_and(|end| end <= now);
    match caller.state {
        State::Revoked if Guard::KeyRevocation.stands() => Err(Reason::Revoked),
        State::Disabled if Guard::KeyDisabled.stands() => Err(Reason::Disabled),
        _ if Guard::KeyExpiry.stands() && (ended(caller.ends) || ended(secret.ends)) => Err(Reason::Expired),
        _ => Ok(()),
    }
}
