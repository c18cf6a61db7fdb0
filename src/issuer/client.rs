//! Client authentication (RFC 6749 §2.3.1): an unknown client and a wrong secret are one answer.

use std::sync::Arc;

use super::{
    refusal::{ErrorCode, TokenRefusal},
    request::TokenRequest,
};
use crate::{
    clock,
    denial::{Denial, Reason},
    store::{Caller, Memory, State, Which},
};

/// The client that the request proves to come from.
pub(super) fn authenticate(memory: &Memory, request: &TokenRequest) -> Result<Arc<Caller>, TokenRefusal> {
    let Some((id, secret)) = &request.client else {
        return Err(refuse(Denial::new(Reason::CredentialMissing, "neither Basic nor client_secret")));
    };
    let unknown = || refuse(Denial::new(Reason::CredentialUnknown, "no client has this id and secret").claimed(id.as_str()));
    let digest = secret.digest();
    let Some(caller) = memory.caller(Which::Client, id) else {
        digest.compare_with_nobody();
        return Err(unknown());
    };
    let now = clock::now();
    let live = caller.secret(&digest).is_some_and(|secret| secret.ends.is_none_or(|end| end > now));
    match caller.state {
        _ if !live => Err(unknown()),
        State::Active => Ok(caller),
        State::Disabled => Err(refuse(Denial::new(Reason::Disabled, "the client is disabled").claimed(id.as_str()))),
        State::Revoked => Err(refuse(Denial::new(Reason::Revoked, "the client is revoked").claimed(id.as_str()))),
    }
}

fn refuse(denial: Denial) -> TokenRefusal {
    TokenRefusal::new(ErrorCode::InvalidClient, "client authentication failed", denial)
}
