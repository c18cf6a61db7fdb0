//! Names and bytes on the wire that more than one room must spell alike.

use std::time::Duration;

use crate::words::words;

words! {
    /// What a request asks for, as plans and usage name it: method and path, whatever the stage. `HEAD` is its `GET`.
    pub enum Operation {
        /// The resource.
        Hello = "GET /hello-world",
    }
}

/// The header of an API key.
pub const API_KEY_HEADER: &str = "x-api-key";
/// The request id: in every answer, in every refusal body, in every record.
pub const REQUEST_ID_HEADER: &str = "x-request-id";
/// The resource, byte for byte the same in every mode.
pub const HELLO_BODY: &str = r#"{"message": "hello world!"}"#;
/// The path of the resource without its stage.
pub const HELLO_PATH: &str = "/hello-world";
/// The short name of the scope that the resource needs.
pub const HELLO_SCOPE: &str = "hello-world";
/// The token endpoint (RFC 6749 §3.2).
pub const TOKEN_PATH: &str = "/oauth2/token";
/// Token revocation (RFC 7009).
pub const REVOCATION_PATH: &str = "/oauth2/revoke";
/// Token introspection (RFC 7662).
pub const INTROSPECTION_PATH: &str = "/oauth2/introspect";
/// Below it every refusal is RFC 6749's JSON.
pub const OAUTH_PREFIX: &str = "/oauth2/";
/// The signing keys (RFC 7517 §5).
pub const JWKS_PATH: &str = "/.well-known/jwks.json";
/// For how long clients may keep them: `max-age` of that answer (RFC 9111 §5.2.2.1).
pub const JWKS_MAX_AGE: Duration = Duration::from_secs(300);
/// Authorization server metadata (RFC 8414 §3); an issuer with a path has it behind this.
pub const METADATA_PATH: &str = "/.well-known/oauth-authorization-server";
/// The same document where `OpenID` clients look; an issuer with a path has it before this.
pub const OPENID_PATH: &str = "/.well-known/openid-configuration";
/// The `OpenAPI` document of the listener.
pub const OPENAPI_PATH: &str = "/openapi.json";
/// Swagger UI.
pub const DOCS_PATH: &str = "/docs";
/// Media type of refusals (RFC 9457).
pub const PROBLEM_JSON: &str = "application/problem+json";
/// Prometheus metrics, on the admin listener.
pub const METRICS_PATH: &str = "/metrics";
/// The counter of refused handshakes on the admin listener, labelled by `reason`.
pub const HANDSHAKES_REFUSED: &str = "authbench_handshakes_refused_total";
/// The counter of decisions on the admin listener, labelled by `mode`, `outcome` and `reason`.
pub const DECISIONS: &str = "authbench_decisions_total";
/// The age of a further issuer's keys on the admin listener, labelled by `issuer`.
pub const ISSUER_KEYS_AGE: &str = "authbench_issuer_keys_age_seconds";
/// The counter of remembered tokens on the admin listener, labelled by `outcome`: `hit` or `miss`.
pub const TOKEN_CACHE: &str = "authbench_token_cache_total";
