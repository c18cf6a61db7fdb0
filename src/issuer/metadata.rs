//! Authorization server metadata (RFC 8414): only what works.

use serde::Serialize;

use super::Names;
use crate::{
    mode::Profile,
    wire::{JWKS_PATH, TOKEN_PATH},
};

/// The document at the well-known paths.
///
/// RFC 8414 requires `response_types_supported`, but a server without an authorization endpoint has none and empty
/// arrays must be left out (§3.2), so it is absent here.
#[derive(Debug, Serialize)]
pub struct Metadata {
    issuer: String,
    token_endpoint: String,
    /// Where the keys are, below the URL.
    #[serde(skip)]
    pub jwks_path: String,
    jwks_uri: String,
    scopes_supported: Vec<String>,
    grant_types_supported: [&'static str; 1],
    token_endpoint_auth_methods_supported: [&'static str; 2],
}

impl Metadata {
    /// Describes the service that clients reach at `url`.
    pub fn new(names: &Names, url: &str) -> Self {
        // Cognito's verifiers look below the issuer.
        let jwks_path = match names.profile {
            Profile::Standard => JWKS_PATH.to_owned(),
            Profile::Aws => format!("{}{JWKS_PATH}", names.path()),
        };
        Self {
            issuer: names.issuer.to_string(),
            token_endpoint: format!("{url}{TOKEN_PATH}"),
            jwks_uri: format!("{url}{jwks_path}"),
            jwks_path,
            scopes_supported: names.scopes.iter().map(|short| format!("{}/{short}", names.identifier)).collect(),
            grant_types_supported: ["client_credentials"],
            token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
        }
    }
}
