//! API keys: read, checked offline, looked up by id, compared in constant time.

mod find;
mod form;

use std::{sync::Arc, time::SystemTime};

use http::HeaderValue;

pub use self::{
    find::{Place, find},
    form::ApiKey,
};
use super::{Authenticate, Challenge, Presented};
use crate::{
    clock,
    denial::{Denial, Reason},
    principal::Principal,
    store::{Caller, Memory, State, StoredSecret, Which},
    wire::API_KEY_HEADER,
};

/// The plan of a key that was given none.
const DEFAULT_PLAN: &str = "default";

/// Knows the holders of API keys.
#[derive(Debug)]
pub struct ApiKeys {
    memory: Arc<Memory>,
}

impl ApiKeys {
    /// Looks keys up in `memory`.
    pub fn new(memory: Arc<Memory>) -> Self {
        Self { memory }
    }
}

impl Authenticate for ApiKeys {
    fn authenticate(&self, presented: Presented<'_>) -> Result<Principal, Denial> {
        let key = presented_key(presented)?;
        let unknown = || Denial::new(Reason::CredentialUnknown, "no key has this id and secret").claimed(key.id());
        let digest = key.secret_digest();
        let Some(caller) = self.memory.caller(Which::Key, key.id()) else {
            digest.compare_with_nobody();
            return Err(unknown());
        };
        let secret = caller.secret(&digest).ok_or_else(unknown)?;
        let refuse = |reason| Denial::new(reason, "the key was recognised").claimed(&caller.id);
        usable(&caller, secret, clock::now()).map_err(refuse)?;
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

    fn challenge(&self) -> Option<Challenge> {
        Some(Challenge::ApiKey)
    }
}

fn presented_key(presented: Presented<'_>) -> Result<ApiKey<'_>, Denial> {
    let mut headers = presented.headers.get_all(API_KEY_HEADER).iter();
    let Some(first) = headers.next() else {
        return Err(Denial::new(Reason::CredentialMissing, "no x-api-key header"));
    };
    if headers.next().is_some() || in_query(presented) {
        return Err(Denial::new(Reason::CredentialAmbiguous, "more than one key in one request"));
    }
    let text = HeaderValue::to_str(first).ok();
    text.and_then(ApiKey::parse).ok_or_else(|| Denial::new(Reason::CredentialMalformed, "form or checksum of the key is wrong"))
}

fn in_query(presented: Presented<'_>) -> bool {
    let query = presented.uri.query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name.eq_ignore_ascii_case(API_KEY_HEADER))
}

/// Whether this caller may call with this secret of its own.
///
/// # Errors
/// `revoked`, `disabled` or `expired`.
pub fn usable(caller: &Caller, secret: &StoredSecret, now: SystemTime) -> Result<(), Reason> {
    let ended = |end: Option<SystemTime>| end.is_some_and(|end| end <= now);
    match caller.state {
        State::Revoked => Err(Reason::Revoked),
        State::Disabled => Err(Reason::Disabled),
        State::Active if ended(caller.ends) || ended(secret.ends) => Err(Reason::Expired),
        State::Active => Ok(()),
    }
}
