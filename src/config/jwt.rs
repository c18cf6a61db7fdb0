//! The token service, its tokens, and the further issuers whose tokens are accepted.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::Period;
use crate::{
    algorithm::Algorithm,
    document::{Document, Fault},
    lifetime,
    mode::Profile,
};

/// More would be a wish, not a memory: each token may take 4 KiB.
const MOST_TOKENS: usize = 1_000_000;
/// The most that another issuer's clock may be off.
const LONGEST_LEEWAY: Duration = Duration::from_secs(60);

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
    /// How many verified tokens are remembered; zero: none.
    pub token_cache: usize,
}

impl Default for Jwt {
    fn default() -> Self {
        Self { issuer: None, identifier: None, token_ttl: Period(Duration::from_secs(24 * 60 * 60)), token_cache: 10_000 }
    }
}

impl Jwt {
    pub(super) fn check(&self, document: &Document<'_>) -> Result<(), Fault> {
        for (key, value) in [("jwt.issuer", &self.issuer), ("jwt.identifier", &self.identifier)] {
            if value.as_deref().is_some_and(|url| !url.starts_with("https://") || url.contains([' ', '"', '\\', '?', '#'])) {
                let remedy = "write an https URL without query and fragment";
                return Err(document.fault_at_key(key, "is not an https URL", remedy));
            }
        }
        if self.token_cache > MOST_TOKENS {
            let remedy = format!("write a number up to {MOST_TOKENS}, or 0 to verify every token anew");
            return Err(document.fault_at_key("jwt.token_cache", "is more than fits into memory", remedy));
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
    /// What its tokens look like: RFC 9068's, or Cognito's.
    #[serde(default = "standard")]
    pub profile: Profile,
    /// In `aws`: the clients whose tokens count though they have no `aud`.
    pub client_ids: Option<Vec<String>>,
    /// How far its clock may be off.
    #[serde(default)]
    pub leeway: Leeway,
}

/// A duration from nothing to a minute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Leeway(pub Duration);

impl Serialize for Leeway {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&humantime::format_duration(self.0))
    }
}

impl<'de> Deserialize<'de> for Leeway {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        match lifetime::parse(&text).map_err(D::Error::custom)? {
            leeway if leeway > LONGEST_LEEWAY => Err(D::Error::custom(format!("`{text}` is too long; write at most \"60s\""))),
            leeway if leeway.subsec_nanos() != 0 => Err(D::Error::custom(format!("`{text}` is no number of whole seconds"))),
            leeway => Ok(Self(leeway)),
        }
    }
}

fn standard() -> Profile {
    Profile::Standard
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
        match (&self.client_ids, self.profile) {
            (Some(_), Profile::Standard) => Err(document.fault_at_key(
                "issuers.client_ids",
                "is for tokens without `aud`, which `standard` refuses",
                "remove it, or write profile = \"aws\" when this issuer is a Cognito user pool",
            )),
            (Some(ids), Profile::Aws) if ids.is_empty() || ids.iter().any(String::is_empty) => {
                Err(document.fault_at_key("issuers.client_ids", "names nobody", "write the ids of the app clients that may call"))
            }
            _ => Ok(()),
        }
    }
}
