//! What a team must have and would like to have, as it writes it down. It is held against findings, never against opinions.

mod written;

use std::{path::Path, time::Duration};

use crate::{
    document::{self, Document, Fault},
    mode::Profile,
    words::words,
};

/// Where the format is described, for remedies.
pub const REFERENCE: &str = "docs/needs.md";

/// The needs of one team.
#[derive(Debug, Clone, PartialEq)]
pub struct Needs {
    /// For what, in the team's own words; may be empty.
    pub title: String,
    /// As whose servers the locks are looked at.
    pub profile: Profile,
    /// How the callers use connections.
    pub connections: Connections,
    /// How many cores the servers have together.
    pub server_cores: f64,
    /// In the order of the vocabulary, musts first; never empty, none twice.
    pub needs: Vec<Need>,
}

/// One need.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Need {
    /// How much hangs on it.
    pub weight: Weight,
    /// What is needed.
    pub what: What,
}

words! {
    /// How much hangs on a need.
    pub enum Weight {
        /// Without it the lock is out of the question.
        Must = "must",
        /// It decides between locks that have all the musts.
        Should = "should",
    }
}

words! {
    /// How callers use connections.
    pub enum Connections {
        /// One for many calls.
        Kept = "kept",
        /// A new one for every call.
        New = "new",
    }
}

words! {
    /// What somebody could steal.
    pub enum Stolen {
        /// Whatever the server writes into its log.
        Log = "log",
        /// One request, as who terminates TLS before the server sees it.
        Request = "request",
        /// The files of the caller.
        Files = "files",
        /// What a caller sends to a fake server whose certificate it does not check.
        FakeServer = "fake_server",
    }
}

/// What can be needed. `docs/needs.md` says what each is judged by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum What {
    /// A revoked credential is served no longer than this, on no kind of connection.
    RevokedWithin(Duration),
    /// A credential that nobody withdraws stops at its end.
    ExpiresByItself,
    /// A credential is replaced, and what makes it, without one failed call.
    RotatesUnnoticed,
    /// An allowlist cannot tell the callers from others: they share an address with them.
    SharedNat,
    /// The callers cannot present a certificate in the TLS handshake.
    NoClientCertificates,
    /// The callers sit behind a proxy that ends their TLS and opens its own.
    ProxyEndsTls,
    /// What was stolen opens nothing.
    SurvivesTheftOf(Stolen),
    /// Whoever asks too often is slowed down, and nobody else is.
    LimitsEachCaller,
    /// A caller can be bound to networks of its own.
    OwnNetworks,
    /// A caller can be taken in without a secret that somebody could read on the way.
    NoSecretTravels,
    /// The callers need nobody beside the resource.
    NoThirdService,
    /// When a caller's files were stolen, commands and servers need no longer until the thief is refused and the caller is served.
    RecoversWithin(Duration),
    /// 99 of 100 calls take no longer.
    P99Within(Duration),
    /// The first call of a caller that has nothing but its credential takes no longer.
    FirstCallWithin(Duration),
    /// The servers have the cores for so many calls a day, evenly spread.
    CallsPerDay(f64),
    /// The servers have the cores for so many calls a second.
    CallsPerSecond(f64),
    /// A call takes no more bytes on the wire, in both directions together.
    BytesPerCall(f64),
}

impl Needs {
    /// Reads a file.
    ///
    /// # Errors
    /// The first fault, with line, key and remedy.
    pub fn read(path: &Path) -> Result<Self, Fault> {
        Self::parse(&path.display().to_string(), &document::read(path)?)
    }

    /// Reads the text of a file; `file` is what faults name.
    ///
    /// # Errors
    /// As [`Needs::read`].
    pub fn parse(file: &str, text: &str) -> Result<Self, Fault> {
        written::parse(&Document::new(file, text))
    }
}

impl What {
    /// The key under which it is written.
    pub fn key(self) -> &'static str {
        match self {
            Self::RevokedWithin(_) => "revoked_within",
            Self::ExpiresByItself => "expires_by_itself",
            Self::RotatesUnnoticed => "rotates_unnoticed",
            Self::SharedNat => "shared_nat",
            Self::NoClientCertificates => "no_client_certificates",
            Self::ProxyEndsTls => "proxy_ends_tls",
            Self::SurvivesTheftOf(_) => "survives_theft_of",
            Self::LimitsEachCaller => "limits_each_caller",
            Self::OwnNetworks => "own_networks",
            Self::NoSecretTravels => "no_secret_travels",
            Self::NoThirdService => "no_third_service",
            Self::RecoversWithin(_) => "recovers_within",
            Self::P99Within(_) => "p99_within",
            Self::FirstCallWithin(_) => "first_call_within",
            Self::CallsPerDay(_) => "calls_per_day",
            Self::CallsPerSecond(_) => "calls_per_second",
            Self::BytesPerCall(_) => "bytes_per_call",
        }
    }
}
