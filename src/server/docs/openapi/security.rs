//! How a caller proves who it is, as `OpenAPI` names it.

use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, ClientCredentials, Flow, Http, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityRequirement,
    SecurityScheme,
};

use super::Subject;
use crate::{
    config::ClientAuth,
    issuer::full_scope,
    mode::Mode,
    wire::{API_KEY_HEADER, HELLO_SCOPE},
};

const OAUTH2: &str = "oauth2";
const CLIENT: &str = "oauth2Client";
const MUTUAL_TLS: &str = "mutualTLS";
const API_KEY: &str = "apiKey";

/// Every scheme of this mode.
pub(super) fn schemes(subject: &Subject<'_>) -> Vec<(&'static str, SecurityScheme)> {
    match subject.mode {
        Mode::Open => Vec::new(),
        Mode::Jwt => vec![(OAUTH2, SecurityScheme::OAuth2(oauth2(subject))), (CLIENT, SecurityScheme::Http(client()))],
        Mode::Mtls => {
            let description = Some(CERTIFICATE.to_owned());
            vec![(MUTUAL_TLS, SecurityScheme::MutualTls { description, deprecated: None, extensions: None })]
        }
        Mode::Apikey => {
            let value = ApiKeyValue::with_description(API_KEY_HEADER, "A key as `authbench key add NAME` makes it.");
            vec![(API_KEY, SecurityScheme::ApiKey(ApiKey::Header(value)))]
        }
    }
}

/// What the resource asks for.
pub(super) fn of_resource(subject: &Subject<'_>) -> Vec<SecurityRequirement> {
    let none: [&str; 0] = [];
    match subject.mode {
        Mode::Open => Vec::new(),
        Mode::Jwt => vec![SecurityRequirement::new(OAUTH2, [full_scope(&subject.names.identifier, HELLO_SCOPE)])],
        Mode::Mtls => vec![SecurityRequirement::new(MUTUAL_TLS, none)],
        Mode::Apikey => vec![SecurityRequirement::new(API_KEY, none)],
    }
}

/// What public documents ask for: nothing, but where TLS lets nobody in without a certificate.
pub(super) fn of_public(subject: &Subject<'_>) -> Vec<SecurityRequirement> {
    let in_tls = subject.mode == Mode::Mtls && subject.config.mtls.client_auth == ClientAuth::Required;
    if in_tls { of_resource(subject) } else { Vec::new() }
}

/// What the token service asks for.
pub(super) fn of_token_service() -> Vec<SecurityRequirement> {
    let none: [&str; 0] = [];
    vec![SecurityRequirement::new(CLIENT, none)]
}

fn oauth2(subject: &Subject<'_>) -> OAuth2 {
    let own = subject.config.scopes.iter().map(|(short, says)| (full_scope(&subject.names.identifier, short), says.clone()));
    let others = subject
        .config
        .resource_servers
        .iter()
        .flat_map(|server| server.scopes.iter().map(|(short, says)| (full_scope(&server.identifier, short), says.clone())));
    let flow = ClientCredentials::new(&*subject.names.token_endpoint, own.chain(others).collect::<Scopes>());
    let says = "An access token for client credentials (RFC 6749 §4.4). `authbench client add NAME` makes a client.";
    OAuth2::with_description([Flow::ClientCredentials(flow)], says)
}

fn client() -> Http {
    let says = "A client's id and secret at the token service, both form-urlencoded before they are joined (RFC 6749 §2.3.1).";
    HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some(says)).build()
}

/// How to bring a certificate.
pub(super) const CERTIFICATE: &str = "A client certificate of a CA that this server trusts, shown in the TLS handshake: no header and no form \
    can bring one, so there is nothing to fill in here. `authbench cert issue NAME` makes one.\n\n\
    - With curl: `--cert chain.pem --key key.pem`.\n\
    - With a browser: `authbench cert export NAME --p12 FILE --passphrase-file FILE` writes it as PKCS #12; import that into the \
    browser's or the system's certificate store, open this page again on the API listener, and choose the certificate when the \
    browser asks.";
