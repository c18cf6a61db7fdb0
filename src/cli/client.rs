//! `authbench client …`

use std::{path::PathBuf, time::Duration};

use clap::Subcommand;

use super::{Grants, duration};

/// `client …`
#[derive(Debug, Subcommand)]
pub enum Client {
    /// Make a client; its secret is shown once
    Add {
        /// The caller's name
        name: String,
        /// How long its tokens are valid [default: 24h]
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        ttl: Option<Duration>,
        /// What the caller may
        #[command(flatten)]
        grants: Grants,
        /// Keep the secret in this file (mode 0600) instead of printing it
        #[arg(long, value_name = "FILE")]
        save: Option<PathBuf>,
    },
    /// List the clients
    List,
    /// Show one
    Show {
        /// Name or client id
        name: String,
    },
    /// Make a new secret; the old one stops now, or after the overlap
    Rotate {
        /// Name or client id
        name: String,
        /// How long the old secret still works
        #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "0s")]
        overlap: Duration,
        /// Keep the secret in this file (mode 0600) instead of printing it
        #[arg(long, value_name = "FILE")]
        save: Option<PathBuf>,
    },
    /// Switch a client and all its tokens off
    Disable {
        /// Name or client id
        name: String,
    },
    /// Switch it on again
    Enable {
        /// Name or client id
        name: String,
    },
    /// Remove a client for good; its tokens stop
    Remove {
        /// Name or client id
        name: String,
    },
}
