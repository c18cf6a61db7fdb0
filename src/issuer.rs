//! The token service: client credentials in, access tokens out (RFC 6749 §4.4, RFC 9068).

mod claims;
mod client;
mod form;
mod introspection;
mod metadata;
mod proof;
mod refusal;
mod request;
mod scope;
mod signing;

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde::Serialize;

use self::{
    claims::{Claims, Grant},
    client::ClientKeys,
    scope::Granted,
};
pub use self::{
    client::{Evidence, Proven},
    introspection::{Facts, Introspection},
    metadata::Metadata,
    proof::Proof,
    refusal::{ErrorCode, TokenRefusal},
    request::{TokenQuery, TokenRequest},
    scope::{ResourceServer, full as full_scope},
    signing::{Header, KeyState, Rotation, Signer, SigningKeys, Standing},
};
use crate::{
    clock,
    denial::{Denial, Reason},
    mode::Profile,
    store::{Caller, Memory},
};

/// What the token service is called, and what it may grant.
#[derive(Debug, Clone)]
pub struct Names {
    /// Whose habits the service has.
    pub profile: Profile,
    /// `iss`.
    pub issuer: Arc<str>,
    /// The URL of the token endpoint.
    pub token_endpoint: Arc<str>,
    /// The default resource server: `aud`, and the prefix of scopes.
    pub identifier: Arc<str>,
    /// Every scope of it by short name.
    pub scopes: BTreeSet<String>,
    /// Whether a scope that the client may not have is left out instead of refused.
    pub ignores_other_scopes: bool,
    /// Further resource servers, which tokens are issued for and which are not served here.
    pub others: Vec<ResourceServer>,
}

impl Names {
    /// The path of the issuer's URL without a final slash; empty when it has none.
    pub fn path(&self) -> &str {
        let after_scheme = self.issuer.split_once("://").map_or("", |(_, rest)| rest);
        after_scheme.find('/').map_or("", |slash| after_scheme[slash..].trim_end_matches('/'))
    }
}

/// The token service.
#[derive(Debug)]
pub struct Issuer {
    memory: Arc<Memory>,
    client_keys: ClientKeys,
    signer: Arc<Signer>,
    names: Names,
    token_ttl: Duration,
}

/// A successful answer (RFC 6749 §5.1). No refresh token: the client can always ask again.
#[derive(Serialize)]
pub struct TokenResponse {
    access_token: String,
    expires_in: u64,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

impl std::fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TokenResponse({} s)", self.expires_in)
    }
}

impl Issuer {
    /// A service that looks clients up in `memory` and signs with `signer`; `token_ttl` is for clients without their own.
    pub fn new(memory: Arc<Memory>, signer: Arc<Signer>, names: Names, token_ttl: Duration) -> Self {
        Self { memory, client_keys: ClientKeys::default(), signer, names, token_ttl }
    }

    /// Names, for the metadata.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The public keys as a JWK set, in JSON, as of now.
    pub fn jwks(&self) -> String {
        self.signer.jwks()
    }

    /// When the key that signs tokens is to be followed by another; in the past when that is overdue.
    pub fn signing_key_relieved(&self, now: SystemTime) -> Option<SystemTime> {
        self.signer.relieved(now)
    }

    /// The client that the proof is of. One that is [`Evidence::Assertion`] counts only when it was never used before.
    ///
    /// # Errors
    /// `invalid_client`.
    pub fn authenticate(&self, proof: Option<&Proof>) -> Result<Proven, TokenRefusal> {
        if self.names.profile == Profile::Aws && matches!(proof, Some(Proof::Assertion { .. })) {
            return Err(TokenRefusal::invalid_client(Denial::new(Reason::CredentialUnknown, "Cognito knows no assertions")));
        }
        let audiences = [&*self.names.issuer, &*self.names.token_endpoint];
        client::Desk { memory: &self.memory, keys: &self.client_keys, audiences }.authenticate(proof)
    }

    /// Grants a token to a client that was authenticated.
    ///
    /// # Errors
    /// What RFC 6749 §5.2 answers, with the reason for the record.
    pub fn grant(&self, client: &Caller, request: &TokenRequest) -> Result<TokenResponse, TokenRefusal> {
        request.check_grant_type()?;
        let granted = scope::granted(&self.names, client, request.scope.as_deref())?;
        self.token(client, granted).map_err(TokenRefusal::server_error)
    }

    fn token(&self, client: &Caller, granted: Granted) -> Result<TokenResponse, String> {
        let Granted { audience, scope, told } = granted;
        let profile = self.names.profile;
        let ttl = claims::lifetime(profile, client.token_ttl.unwrap_or(self.token_ttl));
        let iat = clock::seconds(clock::now());
        let grant =
            Grant { profile, issuer: &self.names.issuer, client: &client.id, audience: &audience, scope: &scope, iat, ttl };
        let header = match profile {
            Profile::Standard => Header::AccessToken,
            Profile::Aws => Header::Bare,
        };
        let access_token = self.signer.sign(header, &Claims::of(grant)?)?;
        let told = told && profile == Profile::Standard;
        Ok(TokenResponse { access_token, expires_in: ttl, token_type: "Bearer", scope: told.then_some(scope) })
    }
}
