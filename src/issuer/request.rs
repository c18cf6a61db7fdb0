//! What the endpoints of the token service are asked, read as the RFCs want it.

use http::{HeaderMap, Uri};

use super::{
    form::Form,
    proof::Proof,
    refusal::{ErrorCode, TokenRefusal},
};
use crate::{
    denial::{Denial, Reason},
    secret::Secret,
};

/// A request for a token (RFC 6749 §4.4.2).
#[derive(Debug, Default)]
pub struct TokenRequest {
    grant_type: Option<String>,
    /// How the client says that it is itself.
    pub proof: Option<Proof>,
    /// The asked scope; `None` is all that the client has.
    pub(super) scope: Option<String>,
}

impl TokenRequest {
    /// Reads headers and body.
    ///
    /// # Errors
    /// `invalid_request`, or `invalid_client` when the proof cannot be read.
    pub fn read(headers: &HeaderMap, uri: &Uri, body: &[u8]) -> Result<Self, TokenRefusal> {
        let mut form = Form::read(headers, uri, body)?;
        let proof = Proof::read(headers, &mut form)?;
        Ok(Self { grant_type: form.grant_type, proof, scope: form.scope })
    }

    /// Whether it asks for the one grant that there is.
    ///
    /// # Errors
    /// `invalid_request` when it says nothing of it, `unsupported_grant_type` for another one.
    pub fn check_grant_type(&self) -> Result<(), TokenRefusal> {
        match self.grant_type.as_deref() {
            Some("client_credentials") => Ok(()),
            None => Err(TokenRefusal::invalid_request("grant_type is missing")),
            Some(_) => {
                let denial = Denial::new(Reason::CredentialMalformed, "another grant type");
                Err(TokenRefusal::new(ErrorCode::UnsupportedGrantType, "only client_credentials is granted here", denial))
            }
        }
    }
}

/// A request about a token: to revoke it (RFC 7009 §2.1) or to look into it (RFC 7662 §2.1). `token_type_hint` is ignored: there
/// is one type, and a hint that is wrong must not matter.
#[derive(Debug)]
pub struct TokenQuery {
    /// How the client says that it is itself.
    pub proof: Option<Proof>,
    token: Option<Secret>,
}

impl TokenQuery {
    /// Reads headers and body.
    ///
    /// # Errors
    /// As [`TokenRequest::read`].
    pub fn read(headers: &HeaderMap, uri: &Uri, body: &[u8]) -> Result<Self, TokenRefusal> {
        let mut form = Form::read(headers, uri, body)?;
        let proof = Proof::read(headers, &mut form)?;
        Ok(Self { proof, token: form.token })
    }

    /// The token that is asked about. Asked for after the client was authenticated.
    ///
    /// # Errors
    /// `invalid_request` when there is none.
    pub fn token(&self) -> Result<&Secret, TokenRefusal> {
        self.token.as_ref().ok_or_else(|| TokenRefusal::invalid_request("token is missing"))
    }
}

#[cfg(test)]
mod tests;
