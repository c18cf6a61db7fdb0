//! `authbench client …`

use std::{path::PathBuf, time::Duration};

use clap::Subcommand;

use super::{Grants, Usage, duration};

/// `client …`
#[derive(Debug, Subcommand)]
pub enum Client {
    /// Make a client; its secret is shown once
    Add {
        /// The caller's name
        name: String,
        /// How long its tokens are valid [default: `jwt.token_ttl`]
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        ttl: Option<Duration>,
        /// What the caller may
        #[command(flatten)]
        grants: Grants,
        /// Keep the secret in this file (mode 0600) instead of printing it
        #[arg(long, value_name = "FILE")]
        save: Option<PathBuf>,
        /// The client signs instead (`private_key_jwt`): its public keys, a JWK set with a `kid` each
        #[arg(long, value_name = "FILE", conflicts_with = "save")]
        jwks: Option<PathBuf>,
    },
    /// Make a client for each name in a file, all of them or none; their secrets are shown once
    AddMany {
        /// The callers' names, one a line; `-` for standard input
        #[arg(value_name = "FILE")]
        names: PathBuf,
        /// How long their tokens are valid [default: `jwt.token_ttl`]
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        ttl: Option<Duration>,
        /// What each caller may
        #[command(flatten)]
        grants: Grants,
    },
    /// Take over a client that exists elsewhere; its secret is read from standard input
    Import {
        /// The caller's name
        name: String,
        /// The client id that it has there
        #[arg(long, value_name = "ID")]
        client_id: String,
        /// How long its tokens are valid [default: `jwt.token_ttl`]
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        ttl: Option<Duration>,
        /// What the caller may
        #[command(flatten)]
        grants: Grants,
    },
    /// List the clients
    List,
    /// Show one
    Show {
        /// Name or client id
        name: String,
    },
    /// Make a new secret, or take new keys; the old one stops now, or after the overlap
    Rotate {
        /// Name or client id
        name: String,
        /// How long the old secret still works
        #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "0s")]
        overlap: Duration,
        /// Keep the secret in this file (mode 0600) instead of printing it
        #[arg(long, value_name = "FILE")]
        save: Option<PathBuf>,
        /// Replace the public keys of a client that signs; for an overlap, put the old and the new key into the set
        #[arg(long, value_name = "FILE", conflicts_with_all = ["save", "overlap"])]
        jwks: Option<PathBuf>,
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
    /// Show who was served how much, for quotas and for the bill
    Usage(Usage),
}
