//! Authorization server metadata (RFC 8414): only what works.

use serde::Serialize;

use super::{Names, scope::full};
use crate::{
    algorithm::Algorithm,
    mode::Profile,
    wire::{INTROSPECTION_PATH, JWKS_PATH, METADATA_PATH, OPENID_PATH, REVOCATION_PATH, TOKEN_PATH},
};

/// How clients may prove themselves, at each endpoint alike.
const METHODS: &[&str] = &["client_secret_basic", "client_secret_post", "private_key_jwt"];
/// And to Cognito.
const COGNITO_METHODS: &[&str] = &["client_secret_basic", "client_secret_post"];

/// The document at the well-known paths.
///
/// RFC 8414 requires `response_types_supported`, but a server without an authorization endpoint has none and empty
/// arrays must be left out (§3.2), so it is absent here.
#[derive(Debug, Serialize)]
pub struct Metadata {
    issuer: String,
    token_endpoint: String,
    revocation_endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    introspection_endpoint: Option<String>,
    jwks_uri: String,
    scopes_supported: Vec<String>,
    grant_types_supported: [&'static str; 1],
    token_endpoint_auth_methods_supported: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    token_endpoint_auth_signing_alg_values_supported: Option<&'static [Algorithm]>,
    revocation_endpoint_auth_methods_supported: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation_endpoint_auth_signing_alg_values_supported: Option<&'static [Algorithm]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    introspection_endpoint_auth_methods_supported: Option<&'static [&'static str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    introspection_endpoint_auth_signing_alg_values_supported: Option<&'static [Algorithm]>,
}

impl Metadata {
    /// Describes the service that clients reach at `url`.
    pub fn new(names: &Names, url: &str) -> Self {
        let others = names.others.iter().flat_map(|server| server.scopes.iter().map(|short| full(&server.identifier, short)));
        let standard = names.profile == Profile::Standard;
        let methods = if standard { METHODS } else { COGNITO_METHODS };
        let algorithms = standard.then_some(Algorithm::ALL);
        Self {
            issuer: names.issuer.to_string(),
            token_endpoint: format!("{url}{TOKEN_PATH}"),
            revocation_endpoint: format!("{url}{REVOCATION_PATH}"),
            introspection_endpoint: standard.then(|| format!("{url}{INTROSPECTION_PATH}")),
            jwks_uri: format!("{url}{}", Self::jwks_path(names)),
            scopes_supported: names.scopes.iter().map(|short| full(&names.identifier, short)).chain(others).collect(),
            grant_types_supported: ["client_credentials"],
            token_endpoint_auth_methods_supported: methods,
            token_endpoint_auth_signing_alg_values_supported: algorithms,
            revocation_endpoint_auth_methods_supported: methods,
            revocation_endpoint_auth_signing_alg_values_supported: algorithms,
            introspection_endpoint_auth_methods_supported: standard.then_some(methods),
            introspection_endpoint_auth_signing_alg_values_supported: algorithms,
        }
    }

    /// Where the signing keys are: below the URL, or where Cognito's verifiers look, below the issuer.
    pub fn jwks_path(names: &Names) -> String {
        match names.profile {
            Profile::Standard => JWKS_PATH.to_owned(),
            Profile::Aws => format!("{}{JWKS_PATH}", names.path()),
        }
    }

    /// Where clients of this issuer look for it: inserted between host and path (RFC 8414 §3.1), and behind the path (`OpenID`
    /// Connect Discovery §4.1).
    pub fn paths(names: &Names) -> [String; 2] {
        let path = names.path();
        [format!("{METADATA_PATH}{path}"), format!("{path}{OPENID_PATH}")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_the_issuer_is_where_the_rfcs_put_it() {
        let paths = |issuer: &str| {
            Metadata::paths(&Names {
                profile: Profile::Standard,
                ignores_other_scopes: false,
                issuer: issuer.into(),
                token_endpoint: "".into(),
                identifier: "".into(),
                scopes: std::iter::empty::<String>().collect(),
                others: Vec::new(),
            })
        };
        let root = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];
        assert_eq!(paths("https://h"), root);
        assert_eq!(paths("https://h:8443/"), root, "RFC 8414 §3.1: a terminating slash is removed");
        let inside = ["/.well-known/oauth-authorization-server/p/q", "/p/q/.well-known/openid-configuration"];
        assert_eq!(paths("https://h/p/q"), inside);
        assert_eq!(paths("https://h/p/q/"), inside);
    }
}
