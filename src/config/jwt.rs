//! The token service, its tokens, and the further issuers whose tokens are accepted.

use std::{
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use http::{Uri, uri::Authority};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::Period;
use crate::{
    algorithm::{Algorithm, KeyKind},
    document::{Document, Fault},
    lifetime,
    mode::Profile,
    wire::JWKS_MAX_AGE,
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
    /// What tokens are signed with, in `standard`.
    pub algorithm: Algorithm,
    /// For how long a key is published before it signs.
    pub key_wait: Period,
    /// For how long a key signs before the next one is published.
    pub key_age: Period,
    /// How many verified tokens are remembered; zero: none.
    pub token_cache: usize,
}

impl Default for Jwt {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            issuer: None,
            identifier: None,
            token_ttl: Period(Duration::from_secs(DAY)),
            algorithm: Algorithm::Es256,
            key_wait: Period::seconds(10 * 60),
            key_age: Period::seconds(90 * DAY),
            token_cache: 10_000,
        }
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

    /// The kind of key that tokens are signed with: Cognito knows one only, whatever the setting says.
    pub fn key_kind(&self, profile: Profile) -> KeyKind {
        match profile {
            Profile::Standard => KeyKind::strong(self.algorithm),
            Profile::Aws => KeyKind::COGNITO,
        }
    }

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
        if self.token_cache > MOST_TOKENS {
            let remedy = format!("write a number up to {MOST_TOKENS}, or 0 to verify every token anew");
            return Err(document.fault_at_key("jwt.token_cache", "is more than fits into memory", remedy));
        }
        self.check_keys(document)
    }

    fn check_keys(&self, document: &Document<'_>) -> Result<(), Fault> {
        if self.key_wait.0 < JWKS_MAX_AGE {
            let message = "a key would sign while clients still hold a JWK set without it, which they may keep for 5m";
            return Err(document.fault_at_key("jwt.key_wait", message, "write at least \"5m\""));
        }
        if self.key_age.0 < self.key_wait.0 {
            let message = "a key would be replaced before its successor may sign";
            return Err(document.fault_at_key("jwt.key_age", message, "write no less than `jwt.key_wait`"));
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
    /// Its public keys (RFC 7517 §5) in a file, relative to the configuration file. Either this or `jwks_url`.
    pub jwks_file: Option<PathBuf>,
    /// Where it publishes them: an https URL.
    pub jwks_url: Option<String>,
    /// Who may sign the certificate of that server, a PEM file; by default the authorities that this machine trusts.
    pub ca: Option<PathBuf>,
    /// How often they are fetched.
    #[serde(default = "five_minutes")]
    pub jwks_refresh: Period,
    /// For how long they count when they cannot be fetched any more.
    #[serde(default = "one_day")]
    pub jwks_keep: Period,
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

fn five_minutes() -> Period {
    Period::seconds(5 * 60)
}

fn one_day() -> Period {
    Period::seconds(24 * 60 * 60)
}

fn is_https(url: &str) -> bool {
    let uri = url.parse::<Uri>().ok().filter(|_| !url.contains('#'));
    uri.is_some_and(|uri| {
        let authority = uri.authority().map_or("", Authority::as_str);
        uri.scheme_str() == Some("https") && uri.host().is_some_and(|host| !host.is_empty()) && !authority.contains('@')
    })
}

impl Issuer {
    pub(super) fn resolve(&mut self, directory: &Path) {
        let files = [&mut self.jwks_file, &mut self.ca];
        files.into_iter().flatten().for_each(|path| *path = directory.join(&*path));
    }

    pub(super) fn check(&self, document: &Document<'_>) -> Result<(), Fault> {
        if self.issuer.is_empty() {
            return Err(document.fault_at_key("issuers.issuer", "is empty", "write the issuer's URL, exactly as in `iss`"));
        }
        if self.algorithms.is_empty() {
            return Err(document.fault_at_key("issuers.algorithms", "is empty", "write [\"ES256\"], or what it signs with"));
        }
        self.check_keys(document)?;
        self.check_clients(document)
    }

    /// Keys come from one place, and over TLS when they come from afar.
    fn check_keys(&self, document: &Document<'_>) -> Result<(), Fault> {
        let fault = |key: &str, why: &str, remedy: &str| Err(document.fault_at_key(&format!("issuers.{key}"), why, remedy));
        match (&self.jwks_file, &self.jwks_url) {
            (None, None) => return fault("issuer", "has no keys", "set `jwks_url`, or `jwks_file`"),
            (Some(_), Some(_)) => return fault("jwks_url", "the keys come from a file and from a URL", "leave one of them away"),
            (None, Some(url)) if !is_https(url) => {
                let remedy = "write an https URL such as \"https://issuer.example/.well-known/jwks.json\"";
                return fault("jwks_url", "is no https URL, or has a user or a fragment", remedy);
            }
            (Some(_), None) if self.ca.is_some() => {
                return fault("ca", "belongs to `jwks_url`", "leave it away: a file is not fetched");
            }
            _ => {}
        }
        if self.jwks_keep.0 < self.jwks_refresh.0 {
            return fault(
                "jwks_keep",
                "is shorter than `jwks_refresh`: keys would run out between two fetches",
                "make it longer",
            );
        }
        Ok(())
    }

    /// Whose tokens count is named by `aud`, or where there is none by client.
    fn check_clients(&self, document: &Document<'_>) -> Result<(), Fault> {
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
