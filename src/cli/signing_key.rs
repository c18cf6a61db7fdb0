//! `authbench signing-key …`

use std::time::Duration;

use clap::{Args, Subcommand};

use super::duration;
use crate::{algorithm::Algorithm, mode::Profile};

/// `signing-key …`
#[derive(Debug, Subcommand)]
pub enum SigningKey {
    /// List the keys: what each does now, since when, until when
    List {
        /// For which servers
        #[command(flatten)]
        servers: Servers,
    },
    /// Let the next key sign: it is published now and signs after the wait; the old one goes on verifying
    Rotate {
        /// How long it is published before it signs; 0s signs at once [default: `jwt.key_wait`]
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        wait: Option<Duration>,
        /// What it signs with, to change the algorithm without a gap: `ES256`, `RS256`, `EdDSA` [default: `jwt.algorithm`]
        #[arg(long, value_name = "ALGORITHM")]
        algorithm: Option<Algorithm>,
        /// For which servers
        #[command(flatten)]
        servers: Servers,
    },
    /// End a key: every token that it signed is refused at once
    Retire {
        /// The key's id, as `list` shows it
        #[arg(allow_hyphen_values = true)]
        kid: String,
        /// For which servers
        #[command(flatten)]
        servers: Servers,
    },
}

/// Servers of the profiles sign with keys of different kinds.
#[derive(Debug, Clone, Args)]
pub struct Servers {
    /// The `--profile` that the servers run with [default: `profile` of the configuration]
    #[arg(long = "profile", id = "servers_profile", value_name = "PROFILE")]
    pub profile: Option<Profile>,
}
