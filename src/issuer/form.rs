//! The body of a request to the token service: repeated parameters refused, empty ones absent, unknown ones ignored.

use std::collections::HashSet;

use http::{HeaderMap, Uri, header::CONTENT_TYPE};

use super::refusal::TokenRefusal;
use crate::secret::Secret;

/// The parameters that any endpoint looks at. What could open a door is kept as a [`Secret`].
#[derive(Debug, Default)]
pub(super) struct Form {
    pub(super) grant_type: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) token: Option<Secret>,
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Option<Secret>,
    pub(super) client_assertion: Option<Secret>,
    pub(super) client_assertion_type: Option<String>,
}

impl Form {
    /// Reads the body, after the URI and the content type have been found right (RFC 6749 §3.2, appendix B).
    pub(super) fn read(headers: &HeaderMap, uri: &Uri, body: &[u8]) -> Result<Self, TokenRefusal> {
        refuse_secrets_in(uri)?;
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(TokenRefusal::invalid_request("the body must be application/x-www-form-urlencoded"));
        }
        let mut form = Self::default();
        let mut seen = HashSet::new();
        for (name, value) in form_urlencoded::parse(body) {
            let value = Some(value.into_owned()).filter(|value| !value.is_empty());
            match &*name {
                "grant_type" => form.grant_type = value,
                "scope" => form.scope = value,
                "token" => form.token = value.map(Secret::new),
                "client_id" => form.client_id = value,
                "client_secret" => form.client_secret = value.map(Secret::new),
                "client_assertion" => form.client_assertion = value.map(Secret::new),
                "client_assertion_type" => form.client_assertion_type = value,
                _ => {}
            }
            if !seen.insert(name) {
                return Err(TokenRefusal::invalid_request("a parameter is there twice"));
            }
        }
        Ok(form)
    }
}

/// Secrets in a URI end up in logs on the way; a client that sends them there is told so (RFC 6749 §2.3.1).
fn refuse_secrets_in(uri: &Uri) -> Result<(), TokenRefusal> {
    let mut names = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    if names.any(|(name, _)| ["client_secret", "client_assertion", "token"].contains(&&*name)) {
        return Err(TokenRefusal::invalid_request("a secret does not belong in the URI"));
    }
    Ok(())
}
