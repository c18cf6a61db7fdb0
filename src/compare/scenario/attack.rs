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
    }
}

impl Loot {
    /// The modes in which there is such a thing; in `open` there is nothing to steal.
    pub fn modes(self) -> &'static [Mode] {
        match self {
            Self::ResourceRequest | Self::Disk | Self::Log => Mode::ALL,
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
