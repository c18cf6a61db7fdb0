//! The verbs of those who should not: what somebody changes, makes, takes, or pretends.

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
        /// All that the server wrote: its records, and what it says about itself.
        Log = "log",
        /// What a wire tap records of a call, without any key.
        Ciphertext = "ciphertext",
        /// The server's database, as it lies in the state directory.
        Store = "store",
        /// The private key with which the token service signs.
        SigningKey = "signing_key",
        /// The private key of the client CA.
        CaKey = "ca_key",
    }
}

impl Loot {
    /// The modes in which there is such a thing; in `open` there is nothing to steal.
    pub fn modes(self) -> &'static [Mode] {
        match self {
            Self::ResourceRequest | Self::Disk | Self::Log | Self::Ciphertext | Self::Store => Mode::ALL,
            Self::TokenRequest | Self::SigningKey => &[Mode::Open, Mode::Jwt],
            Self::CaKey => &[Mode::Open, Mode::Mtls],
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
    /// Whose signature is on the fake server's certificate.
    #[serde(default)]
    pub signed_by: SignedBy,
    /// Who then holds what it learned.
    pub by: String,
}

words! {
    /// Who signed a fake server's certificate.
    #[derive(Default)]
    pub enum SignedBy {
        /// A CA that nobody knows.
        #[default]
        Stranger = "stranger",
        /// The CA that the callers trust, whose private key is stolen.
        ServerCa = "server_ca",
    }
}
