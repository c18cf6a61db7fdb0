//! The token service, its tokens, and the further issuers whose tokens are accepted.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::Period;
use crate::{
    algorithm::Algorithm,
    document::{Document, Fault},
};

/// The token service and its tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Jwt {
    /// `iss`; by default the public URL.
    pub issuer: Option<String>,
    /// The resource server: `aud`, and the prefix of scopes; by default the public URL and the stage.
    pub identifier: Option<String>,
    /// How long a token is valid, unless its client says otherwise.
    pub token_ttl: Period,
}

impl Default for Jwt {
    fn default() -> Self {
        Self { issuer: None, identifier: None, token_ttl: Period(Duration::from_secs(24 * 60 * 60)) }
    }
}

impl Jwt {
    pub(super) fn check(&self, document: &Document<'_>) -> Result<(), Fault> {
        for (key, value) in [("jwt.issuer", &self.issuer), ("jwt.identifier", &self.identifier)] {
            if value.as_deref().is_some_and(|url| !is_identifier(url)) {
                let remedy = "write an https URL without query and fragment";
                return Err(document.fault_at_key(key, "is not an https URL", remedy));
            }
        }
        if self.issuer.as_deref().is_some_and(|issuer| !has_plain_path(issuer)) {
            let remedy = "the metadata is served below it: use segments of letters, digits, `-`, `_`, `.` and `~`";
            return Err(document.fault_at_key("jwt.issuer", "has a path that cannot be served", remedy));
        }
        Ok(())
    }
}

/// Whether it can stand in `iss`, `aud` and scopes (RFC 6749 §3.3): an https URL without query and fragment.
pub(super) fn is_identifier(url: &str) -> bool {
    let rest = url.strip_prefix("https://").unwrap_or_default();
    !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\?#".contains(&byte))
}

/// Whether metadata can be served below its path.
fn has_plain_path(url: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let is_segment = |text: &str| !["", ".", ".."].contains(&text) && text.bytes().all(plain);
    let path = url.trim_start_matches("https://").split_once('/').map_or("", |(_, path)| path);
    path.is_empty() || path.strip_suffix('/').unwrap_or(path).split('/').all(is_segment)
}

/// A further issuer whose tokens are accepted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// `iss`, exactly.
    pub issuer: String,
    /// `aud` of its tokens; by default this resource server's identifier.
    pub audience: Option<String>,
    /// Its public keys (RFC 7517 §5), relative to the configuration file.
    pub jwks_file: PathBuf,
    /// What it signs with.
    #[serde(default = "es256")]
    pub algorithms: Vec<Algorithm>,
}

fn es256() -> Vec<Algorithm> {
    vec![Algorithm::Es256]
}

impl Issuer {
    pub(super) fn resolve(&mut self, directory: &Path) {
        self.jwks_file = directory.join(&self.jwks_file);
    }

    pub(super) fn check(&self, document: &Document<'_>) -> Result<(), Fault> {
        if self.issuer.is_empty() {
            return Err(document.fault_at_key("issuers.issuer", "is empty", "write the issuer's URL, exactly as in `iss`"));
        }
        if self.algorithms.is_empty() {
            return Err(document.fault_at_key("issuers.algorithms", "is empty", "write [\"ES256\"], or what it signs with"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_may_have_a_path_that_can_be_served() {
        for right in ["https://h", "https://h:8443/", "https://h/p", "https://h/p/q.r-s_t~u/"] {
            assert!(is_identifier(right) && has_plain_path(right), "{right}");
        }
        for wrong in
            ["https://h//", "https://h/p//q", "https://h/../p", "https://h/{p}", "https://h/:p", "https://h/*p", "https://h/%70"]
        {
            assert!(!has_plain_path(wrong), "{wrong}");
        }
        for wrong in ["http://h", "https://", "https://h?q", "https://h#f", "https://h p", "https://h\u{e9}", "https://h\""] {
            assert!(!is_identifier(wrong), "{wrong}");
        }
    }
}
