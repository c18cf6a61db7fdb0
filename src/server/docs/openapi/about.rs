//! What stands at the head of the document.

use utoipa::openapi::{
    Info,
    info::{InfoBuilder, LicenseBuilder},
    tag::{Tag, TagBuilder},
};

use super::{Subject, refusals::by_alert, security::CERTIFICATE};
use crate::mode::Mode;

/// The resource behind the lock.
pub(super) const RESOURCE: &str = "resource";
/// Tokens, their keys, and their metadata.
pub(super) const TOKEN_SERVICE: &str = "token service";
/// What the server says of itself.
pub(super) const DOCUMENTS: &str = "documents";

pub(super) fn info(subject: &Subject<'_>) -> Info {
    let license = env!("CARGO_PKG_LICENSE");
    InfoBuilder::new()
        .title(format!("hello-world behind {}", lock(subject.mode)))
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(description(subject)))
        .license(Some(LicenseBuilder::new().name(license).identifier(Some(license)).build()))
        .build()
}

pub(super) fn tags(subject: &Subject<'_>) -> Vec<Tag> {
    let tag = |name: &str, says: &str| TagBuilder::new().name(name).description(Some(says)).build();
    let mut tags = vec![tag(RESOURCE, "What the lock guards.")];
    if subject.mode == Mode::Jwt {
        tags.push(tag(TOKEN_SERVICE, "Tokens for clients, their end, the keys that verify them, and the metadata."));
    }
    if subject.is_standard() {
        tags.push(tag(DOCUMENTS, "What the server says of itself."));
    }
    tags
}

/// What callers must have.
fn lock(mode: Mode) -> &'static str {
    match mode {
        Mode::Open => "no lock",
        Mode::Jwt => "OAuth 2.0 access tokens",
        Mode::Mtls => "mutual TLS",
        Mode::Apikey => "API keys",
    }
}

fn description(subject: &Subject<'_>) -> String {
    let mut parts = vec![match subject.mode {
        Mode::Open => "Everybody is served: the baseline that the locks are compared with.".to_owned(),
        Mode::Jwt => "A caller gets a token from the token service with its id and secret, and presents it as `Bearer`.".into(),
        Mode::Mtls => CERTIFICATE.into(),
        Mode::Apikey => "A caller presents a key in the header `x-api-key`.".into(),
    }];
    if subject.is_standard() {
        parts.push(STANDARD.into());
        parts.extend(later(subject.mode).map(str::to_owned));
    } else {
        parts.push(AWS.into());
    }
    let alerts: Vec<_> = by_alert(subject).into_iter().map(|reason| format!("`{reason}`")).collect();
    if !alerts.is_empty() {
        parts.push(format!(
            "These refusals are TLS alerts, so no answer here shows them: {}. The server counts them by reason on its admin \
             listener (`authbench_handshakes_refused_total`).",
            alerts.join(", ")
        ));
    }
    parts.join("\n\n")
}

const STANDARD: &str = "A refusal is a problem document (RFC 9457) with a stable `reason`. A path that is not here is `404`, another \
    method `405` with `Allow`, both before anybody is asked who they are (`components.responses`).";

/// What else callers read in an answer.
fn later(mode: Mode) -> Option<&'static str> {
    match mode {
        Mode::Open => None,
        Mode::Jwt => Some(
            "Below `/oauth2/` a refusal is RFC 6749's JSON. A `401` says in `WWW-Authenticate` what to present, a `429` in \
             `Retry-After` when to come back.",
        ),
        Mode::Mtls => Some("A `429` says in `Retry-After` when to come back."),
        Mode::Apikey => Some("A `401` says in `WWW-Authenticate` what to present, a `429` in `Retry-After` when to come back."),
    }
}

const AWS: &str = "Profile `aws`: the answers are those of Amazon API Gateway and Cognito. They tell less than the server knows; the \
    reasons that are named here are in its records. A path or a method that is not here is answered as `components.responses` \
    says. This document is on the admin listener only, as API Gateway has none.";
