//! `authbench key …`

use std::{path::PathBuf, time::Duration};

use clap::Subcommand;

use super::{Grants, Servers, Usage, duration};

/// `key …`
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Make a key; it is shown once
    Add {
        /// The caller's name
        name: String,
        /// When it ends, from now [default: never]
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        expires: Option<Duration>,
        /// What the caller may
        #[command(flatten)]
        grants: Grants,
        /// Keep the key in this file (mode 0600) instead of printing it
        #[arg(long, value_name = "FILE")]
        save: Option<PathBuf>,
        /// For which servers: those of `aws` have keys of 40 letters and digits
        #[command(flatten)]
        servers: Servers,
    },
    /// Make a key for each name in a file, all of them or none; they are shown once
    AddMany {
        /// The callers' names, one a line; `-` for standard input
        #[arg(value_name = "FILE")]
        names: PathBuf,
        /// When they end, from now [default: never]
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        expires: Option<Duration>,
        /// What each caller may
        #[command(flatten)]
        grants: Grants,
        /// For which servers: those of `aws` have keys of 40 letters and digits
        #[command(flatten)]
        servers: Servers,
    },
    /// Take over a key that a gateway has: 20 to 128 letters and digits, read from standard input. For servers of profile `aws`
    Import {
        /// The caller's name
        name: String,
        /// When it ends, from now [default: never]
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        expires: Option<Duration>,
        /// What the caller may
        #[command(flatten)]
        grants: Grants,
        /// For which servers
        #[command(flatten)]
        servers: Servers,
    },
    /// List the keys
    List,
    /// Show one
    Show {
        /// Name or key id
        name: String,
    },
    /// Make a new key with the same grants; the old one stops now, or after the overlap
    Rotate {
        /// Name or key id
        name: String,
        /// How long the old key still works
        #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "0s")]
        overlap: Duration,
        /// Keep the key in this file (mode 0600) instead of printing it
        #[arg(long, value_name = "FILE")]
        save: Option<PathBuf>,
        /// For which servers: those of `aws` have keys of 40 letters and digits
        #[command(flatten)]
        servers: Servers,
    },
    /// Switch a key off
    Disable {
        /// Name or key id
        name: String,
    },
    /// Switch it on again
    Enable {
        /// Name or key id
        name: String,
    },
    /// Revoke a key for good
    Revoke {
        /// Name or key id
        name: String,
    },
    /// Show who was served how much, for quotas and for the bill
    Usage(Usage),
    /// Look for keys in files, logs and directories, and say which of them are live: then exit 1
    ///
    /// Keys are told by their form and checksum, so nothing is asked of anybody; the state directory says which are live. Only places
    /// and ids are shown, never a key. Links in directories are not followed.
    Scan {
        /// What to look through; `-` is standard input
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<PathBuf>,
    },
}
