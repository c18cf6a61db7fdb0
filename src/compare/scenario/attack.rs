//! The verbs of those who should not: what somebody changes, makes, takes, or pretends.

use std::fmt;

use serde::Deserialize;

use crate::{mode::Mode, words::words};

/// `tamper`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tamper {
    /// Whose credential.
    pub caller: String,
    /// Who then holds the changed one.
    #[serde(rename = "as")]
    pub who: String,
}

/// `forge`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forge {
    /// Who then holds the made one.
    #[serde(rename = "as")]
    pub who: String,
    /// Whom it claims to be.
    pub like: String,
    /// Who makes it.
    pub by: Minter,
    /// What is wrong with it, beside who made it.
    pub flaw: Option<Flaw>,
}

words! {
    /// Who makes a credential.
    pub enum Minter {
        /// Somebody with a signing key, a CA, a random generator of its own.
        Stranger = "stranger",
        /// Somebody whom the server trusts to make them: a second issuer, the client CA.
        Trusted = "trusted",
    }
}

words! {
    /// What is wrong with a made credential.
    pub enum Flaw {
        /// It names the true maker (`kid`, the CA's name), who did not make it.
        SameName = "same_name",
        /// It begins in an hour.
        NotYetValid = "not_yet_valid",
        /// It ended an hour ago.
        Expired = "expired",
        /// It is good, but for something else: another audience, server authentication.
        NotForThisServer = "not_for_this_server",
        /// It cannot be read.
        Garbage = "garbage",
        /// It carries no signature and says so (`alg` none).
        NoSignature = "no_signature",
        /// It is authenticated with the true maker's public key as a secret (`alg` HS256).
        PublicKeyAsSecret = "public_key_as_secret",
        /// It was made for another use, such as an ID token.
        WrongType = "wrong_type",
        /// It names an issuer that nobody here trusts, under a key that is trusted.
        WrongIssuer = "wrong_issuer",
    }
}

impl Flaw {
    /// The modes in which somebody can make such a thing; `open` takes anything.
    pub fn modes(self) -> &'static [Mode] {
        match self {
            Self::Garbage => Mode::ALL,
            Self::SameName | Self::NotYetValid | Self::Expired | Self::NotForThisServer => &[Mode::Open, Mode::Jwt, Mode::Mtls],
            Self::NoSignature | Self::PublicKeyAsSecret | Self::WrongType | Self::WrongIssuer => &[Mode::Open, Mode::Jwt],
        }
    }
}

/// `steal`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Steal {
    /// Whose.
    pub from: String,
    /// What.
    pub what: Loot,
    /// Who then holds it, and uses all of it.
    pub by: String,
}

words! {
    /// What can be stolen.
    pub enum Loot {
        /// All that who terminates TLS saw of a call: head, and certificate chain.
        ResourceRequest = "resource_request",
        /// All that who terminates TLS saw of a call to the token endpoint.
        TokenRequest = "token_request",
        /// The client's files.
        Disk = "disk",
    }
}

impl Loot {
    /// The modes in which there is such a thing; in `open` there is nothing to steal.
    pub fn modes(self) -> &'static [Mode] {
        match self {
            Self::ResourceRequest | Self::Disk => Mode::ALL,
            Self::TokenRequest => &[Mode::Open, Mode::Jwt],
        }
    }
}

/// `impostor`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Impostor {
    /// Whose call it takes.
    #[serde(rename = "for")]
    pub victim: String,
    /// Whether that caller checks the server's certificate.
    pub verify: bool,
    /// Who then holds what it learned.
    pub by: String,
}

impl fmt::Display for Forge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {} makes a credential like that of {}", self.by, self.like)?;
        self.flaw.map_or(Ok(()), |flaw| write!(f, ", {}", flaw.as_str().replace('_', " ")))?;
        write!(f, ", for {}", self.who)
    }
}
