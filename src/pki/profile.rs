//! What the development PKI says of itself, as data: `profile.toml`.

use std::{collections::BTreeMap, path::Path, time::Duration};

use serde::{Deserialize, Deserializer, de::Error};

use super::flaw::Flaw;
use crate::{
    document::{self, Document, Fault},
    exit::Failure,
};

const BUILT_IN: &str = include_str!("../../certs/profile.toml");

/// Names and lifetimes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Profile {
    pub(super) server_ca: AuthorityProfile,
    pub(super) client_ca: AuthorityProfile,
    pub(super) server: ServerProfile,
    pub(super) revocation_list: ListProfile,
    /// Bad certificates by name. Those of the built-in profile are there whatever an own one says.
    #[serde(default)]
    pub(super) flaws: BTreeMap<String, Flaw>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuthorityProfile {
    pub(super) common_name: String,
    pub(super) organization: String,
    #[serde(deserialize_with = "lifetime")]
    pub(super) lifetime: Duration,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServerProfile {
    pub(super) names: Vec<String>,
    #[serde(deserialize_with = "lifetime")]
    pub(super) lifetime: Duration,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListProfile {
    #[serde(deserialize_with = "lifetime")]
    pub(super) lifetime: Duration,
}

impl Profile {
    /// The profile in the certificate directory, or the built-in one.
    ///
    /// # Errors
    /// Exit 2, naming file, line, key and remedy.
    pub(super) fn read(directory: &Path) -> Result<Self, Failure> {
        let path = directory.join("profile.toml");
        let built_in = Self::parse("profile.toml", BUILT_IN);
        let profile = if path.exists() {
            document::read(&path).and_then(|text| Self::parse(&path.display().to_string(), &text)).and_then(|own| {
                let flaws = built_in?.flaws.into_iter().chain(own.flaws).collect();
                Ok(Self { flaws, ..own })
            })
        } else {
            built_in
        };
        profile.map_err(|fault| Failure::usage(fault.to_string()))
    }

    fn parse(name: &str, text: &str) -> Result<Self, Fault> {
        Document::new(name, text).parse("certs/README.md")
    }
}

/// A minute at least: shorter ones would end before a server is up. A century at most: X.509 writes years in four digits.
fn lifetime<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(from)?;
    let lifetime = humantime::parse_duration(&text).map_err(|error| D::Error::custom(format!("`{text}`: {error}")))?;
    let (least, most) = (Duration::from_secs(60), Duration::from_secs(100 * 365 * 86_400));
    if lifetime < least || lifetime > most {
        return Err(D::Error::custom(format!("`{text}` is no lifetime: from one minute to a hundred years")));
    }
    Ok(lifetime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_profile_is_whole() {
        let nowhere = tempfile::tempdir().unwrap();
        let profile = Profile::read(nowhere.path()).unwrap();
        assert_ne!(profile.server_ca.common_name, profile.client_ca.common_name);
        assert!(profile.revocation_list.lifetime < profile.client_ca.lifetime);
    }

    #[test]
    fn a_fault_in_an_own_profile_names_file_and_line() {
        let directory = tempfile::tempdir().unwrap();
        for (wrong, told) in [("10seconds", "from one minute"), ("soon", "`soon`"), ("200years", "hundred years")] {
            let text = BUILT_IN.replace("\"30days\"", &format!("\"{wrong}\""));
            std::fs::write(directory.path().join("profile.toml"), text).unwrap();
            let message = Profile::read(directory.path()).unwrap_err().to_string();
            assert!(message.contains("profile.toml:19") && message.contains(told), "{message}");
        }
    }
}
