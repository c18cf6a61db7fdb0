//! Client authentication (RFC 6749 §2.3.1): an unknown client and a wrong secret are one answer at one cost.

use std::sync::Arc;

use super::{
    refusal::{ErrorCode, TokenRefusal},
    request::TokenRequest,
};
use crate::{
    clock,
    denial::{Denial, Reason},
    secret::Digest,
    store::{Caller, Memory, State, Which},
};

/// The client that the request proves to come from.
pub(super) fn authenticate(memory: &Memory, request: &TokenRequest) -> Result<Arc<Caller>, TokenRefusal> {
    let Some((id, secret)) = &request.client else {
        return Err(refuse(Denial::new(Reason::CredentialMissing, "neither Basic nor client_secret")));
    };
    let digest = secret.digest();
    let now = clock::now();
    let caller = memory.caller(Which::Client, id);
    let nobody = [Digest::of(b"")];
    let secrets = caller.iter().flat_map(|caller| &caller.secrets);
    let live = secrets.filter(|secret| secret.ends.is_none_or(|end| end > now)).map(|secret| &secret.digest);
    // No early end: the time tells neither whether the client exists nor which of its secrets matched.
    let right = live.chain(&nobody).fold(false, |found, known| known.matches(&digest) | found);
    match caller.filter(|_| right) {
        None => Err(refuse(Denial::new(Reason::CredentialUnknown, "no client has this id and secret").claimed(id.as_str()))),
        Some(caller) if caller.state != State::Active => {
            Err(refuse(Denial::new(Reason::Disabled, "the client is disabled").claimed(id.as_str())))
        }
        Some(caller) => Ok(caller),
    }
}

fn refuse(denial: Denial) -> TokenRefusal {
    TokenRefusal::new(ErrorCode::InvalidClient, "client authentication failed", denial)
}
