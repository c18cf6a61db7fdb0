//! Certificates that must be refused, as data: what differs from a good one.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod};
use serde::{Deserialize, Deserializer, de::Error};

use super::{
    ca::{self, Authority, Signer},
    issue, key,
    profile::AuthorityProfile,
};
use crate::{clock, exit::Failure, key_type::KeyType, lifetime};

/// A way in which a certificate is bad. What is not said is as in a good one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Flaw {
    /// For people: what is wrong.
    pub(super) about: String,
    #[serde(default, deserialize_with = "offset")]
    begins: Option<Offset>,
    #[serde(default, deserialize_with = "offset")]
    ends: Option<Offset>,
    purposes: Option<Vec<Purpose>>,
    #[serde(default)]
    without_name: bool,
    #[serde(default)]
    ca: bool,
    #[serde(default)]
    signer: Signs,
    /// The key file is not that of the certificate.
    #[serde(default)]
    pub(super) other_key: bool,
}

/// What a certificate is for.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Purpose {
    Client,
    Server,
    Any,
}

/// Who signs.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Signs {
    /// The client CA, as always.
    #[default]
    Own,
    /// A CA that nobody knows.
    Stranger,
    /// Another CA with the name of ours.
    Namesake,
    /// The certificate's own key.
    Itself,
}

/// Seconds from now.
#[derive(Debug, Clone, Copy)]
struct Offset(i64);

/// Who signs a bad certificate instead of the client CA.
pub(super) enum Other {
    /// A CA made for this one certificate, and its certificate in PEM.
    Authority(Box<Signer>, String),
    /// The certificate's own key.
    Itself,
}

/// The flaw of that name.
///
/// # Errors
/// Exit 2 with those that there are.
pub(super) fn named<'a>(flaws: &'a BTreeMap<String, Flaw>, name: &str) -> Result<&'a Flaw, Failure> {
    flaws.get(name).ok_or_else(|| {
        let all: Vec<_> = flaws.iter().map(|(name, flaw)| format!("\n    {name}: {}", flaw.about)).collect();
        Failure::usage(format!("there is no flaw `{}`", name.escape_debug()))
            .remedy(format!("describe it below [flaws] in profile.toml, or use one of{}", all.concat()))
    })
}

impl Flaw {
    /// Makes a good certificate bad.
    pub(super) fn spoil(&self, params: &mut CertificateParams, now: SystemTime) {
        if let Some(begins) = self.begins {
            params.not_before = begins.from(now).into();
        }
        if let Some(ends) = self.ends {
            params.not_after = ends.from(now).into();
        }
        if let Some(purposes) = &self.purposes {
            params.extended_key_usages = purposes.iter().map(|purpose| purpose.usage()).collect();
        }
        if self.without_name {
            params.distinguished_name = DistinguishedName::new();
            params.subject_alt_names.clear();
        }
        if self.ca {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
    }

    /// Whether it says itself when the certificate ends.
    pub(super) fn has_end(&self) -> bool {
        self.ends.is_some()
    }

    /// Who signs, when it is not the client CA.
    pub(super) fn signer(&self, own: &Authority, profile: &AuthorityProfile, now: SystemTime) -> Result<Option<Other>, Failure> {
        match self.signer {
            Signs::Own => Ok(None),
            Signs::Itself => Ok(Some(Other::Itself)),
            Signs::Stranger => {
                authority(ca::params(&profile.organization, "authbench stranger CA", 0, profile.lifetime, now)?).map(Some)
            }
            Signs::Namesake => namesake(own, profile.lifetime, now).map(Some),
        }
    }
}

fn authority(params: CertificateParams) -> Result<Other, Failure> {
    let key = key::generate(KeyType::P256)?;
    let certificate = params.self_signed(&key).map_err(|error| issue::cannot_sign(&error))?;
    Ok(Other::Authority(Box::new(Issuer::new(params, key)), certificate.pem()))
}

/// Name and key identifier are taken from the certificate: only the signature tells the two apart.
fn namesake(own: &Authority, lifetime: Duration, now: SystemTime) -> Result<Other, Failure> {
    let (organization, common_name) = own.names();
    let mut params = ca::params(&organization, &common_name, 0, lifetime, now)?;
    params.key_identifier_method = KeyIdMethod::PreSpecified(own.key_identifier());
    authority(params)
}

impl Purpose {
    fn usage(self) -> ExtendedKeyUsagePurpose {
        match self {
            Self::Client => ExtendedKeyUsagePurpose::ClientAuth,
            Self::Server => ExtendedKeyUsagePurpose::ServerAuth,
            Self::Any => ExtendedKeyUsagePurpose::Any,
        }
    }
}

impl Offset {
    fn from(self, now: SystemTime) -> SystemTime {
        clock::from_seconds(clock::seconds(now).saturating_add_signed(self.0))
    }
}

/// `-2h` or `+10m`; ten years at most.
fn offset<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Offset>, D::Error> {
    let text = String::deserialize(from)?;
    let wrong = || D::Error::custom(format!("`{text}` is no moment; write when, counted from now, such as \"-2h\" or \"+10m\""));
    let (sign, duration) = text.split_at_checked(1).ok_or_else(wrong)?;
    let seconds = lifetime::parse(duration).map_err(|_| wrong())?.as_secs();
    let seconds = i64::try_from(seconds).map_err(|_| wrong())?;
    match sign {
        "+" => Ok(Some(Offset(seconds))),
        "-" => Ok(Some(Offset(-seconds))),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests;
