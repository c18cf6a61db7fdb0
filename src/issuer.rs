//! The token service: client credentials in, access tokens out (RFC 6749 §4.4, RFC 9068).

mod claims;
mod client;
mod key_file;
mod metadata;
mod private_key;
mod refusal;
mod request;
mod signer;
mod signing_keys;
mod succession;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use serde::Serialize;

use self::claims::{Claims, Grant};
pub use self::{
    metadata::Metadata,
    refusal::{ErrorCode, TokenRefusal},
    request::TokenRequest,
    signer::{Header, Signer},
    signing_keys::SigningKeys,
    succession::{KeyState, Rotation, Standing},
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
    /// `aud`, and the prefix of scopes.
    pub identifier: Arc<str>,
    /// Every scope by short name.
    pub scopes: BTreeSet<String>,
    /// Whether a scope that the client may not have is left out instead of refused.
    pub ignores_other_scopes: bool,
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
        Self { memory, signer, names, token_ttl }
    }

    /// Names, for the metadata.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The public keys as a JWK set, in JSON, as of now.
    pub fn jwks(&self) -> String {
        self.signer.jwks()
    }

    /// The client that a request proves to come from.
    ///
    /// # Errors
    /// `invalid_client`.
    pub fn authenticate(&self, request: &TokenRequest) -> Result<Arc<Caller>, TokenRefusal> {
        client::authenticate(&self.memory, request)
    }

    /// Grants a token to a client that was authenticated.
    ///
    /// # Errors
    /// What RFC 6749 §5.2 answers, with the reason for the record.
    pub fn grant(&self, client: &Caller, request: &TokenRequest) -> Result<TokenResponse, TokenRefusal> {
        request.check_grant_type()?;
        let (scope, told) = self.scope(client, request)?;
        self.token(client, &scope, told).map_err(TokenRefusal::server_error)
    }

    /// The granted scope in full, and whether the client must be told because it did not ask for exactly that (§3.3).
    fn scope(&self, client: &Caller, request: &TokenRequest) -> Result<(String, bool), TokenRefusal> {
        let may = |short: &str| {
            self.names.scopes.contains(short)
                && client.grant.scopes.as_ref().is_none_or(|own| own.iter().any(|scope| scope == short))
        };
        let full = |short: &String| format!("{}/{short}", self.names.identifier);
        let Some(asked) = &request.scope else {
            let all: Vec<String> = self.names.scopes.iter().filter(|short| may(short)).map(full).collect();
            return Ok((all.join(" "), true));
        };
        let short = |scope: &str| {
            scope.strip_prefix(&*self.names.identifier)?.strip_prefix('/').filter(|short| may(short)).map(str::to_owned)
        };
        let granted: Option<BTreeSet<String>> = if self.names.ignores_other_scopes {
            Some(asked.split(' ').filter_map(short).collect())
        } else {
            asked.split(' ').map(short).collect()
        };
        let refused = || Denial::new(Reason::ScopeInsufficient, "a scope that the client may not have").claimed(&client.id);
        let granted = granted
            .ok_or_else(|| TokenRefusal::new(ErrorCode::InvalidScope, "this client may not have that scope", refused()))?;
        let text = granted.iter().map(full).collect::<Vec<_>>().join(" ");
        let told = text != *asked;
        Ok((text, told))
    }

    fn token(&self, client: &Caller, scope: &str, told: bool) -> Result<TokenResponse, String> {
        let profile = self.names.profile;
        let ttl = claims::lifetime(profile, client.token_ttl.unwrap_or(self.token_ttl));
        let iat = clock::seconds(clock::now());
        let claims = Claims::of(Grant { names: &self.names, client: &client.id, scope, iat, ttl })?;
        let header = match profile {
            Profile::Standard => Header::AccessToken,
            Profile::Aws => Header::Bare,
        };
        let access_token = self.signer.sign(header, &claims)?;
        let told = told && profile == Profile::Standard;
        Ok(TokenResponse { access_token, expires_in: ttl, token_type: "Bearer", scope: told.then(|| scope.to_owned()) })
    }
}
