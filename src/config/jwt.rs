//! The token service, its tokens, and the further issuers whose tokens are accepted.

use std::{
    ops::RangeInclusive,
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

/// Cognito's bounds of `access_token_validity`.
const COGNITO_TTL: RangeInclusive<Duration> = Duration::from_secs(5 * 60)..=Duration::from_secs(24 * 60 * 60);

impl Jwt {
    /// What Cognito would not take as the lifetime of a token.
    pub(super) fn check_for_aws(&self) -> Result<(), String> {
        if COGNITO_TTL.contains(&self.token_ttl.0) {
            return Ok(());
        }
        Err(format!("{} is no lifetime that Cognito has", humantime::format_duration(self.token_ttl.0)))
    }

    pub(super) fn check(&self, document: &Document<'_>) -> Result<(), Fault> {
        for (key, value) in [("jwt.issuer", &self.issuer), ("jwt.identifier", &self.identifier)] {
            if value.as_deref().is_some_and(|url| !url.starts_with("https://") || url.contains([' ', '"', '\\', '?', '#'])) {
                let remedy = "write an https URL without query and fragment";
                return Err(document.fault_at_key(key, "is not an https URL", remedy));
            }
        }
        Ok(())
    }
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
