//! `authbench cert …`

use std::time::Duration;

use clap::Subcommand;

use super::{Grants, duration};
use crate::key_type::KeyType;

/// `cert …`
#[derive(Debug, Subcommand)]
pub enum Cert {
    /// Make the development CAs (one for servers, one for clients) and the server's certificate
    Init,
    /// Issue a client certificate: DIR/clients/NAME/{cert,key,chain}.pem
    Issue {
        /// The caller's name
        name: String,
        /// A subject alternative name: `DNS:host`, `URI:spiffe://…` or `IP:address`; repeat for more [default: `DNS:NAME`]
        #[arg(long, value_name = "SAN")]
        san: Vec<String>,
        /// How long it is valid: 90d, 10m
        #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "90d")]
        ttl: Duration,
        /// The kind of key: p256, ed25519, rsa (3072 bits), or rsa2048 for callers that can do no more
        #[arg(long, value_name = "TYPE", default_value = "p256")]
        key_type: KeyType,
        /// Make it bad in one way, to see it refused: `expired`, `server_only`, … (a wrong one lists them all)
        #[arg(long, value_name = "FLAW")]
        flaw: Option<String>,
        /// What the caller may
        #[command(flatten)]
        grants: Grants,
    },
    /// Issue a new certificate and key to a caller that has one; the old one stays valid until it ends or is revoked
    Renew {
        /// The caller's name
        name: String,
        /// How long it is valid
        #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "90d")]
        ttl: Duration,
    },
    /// List the certificates, and when each ends
    List,
    /// Show one
    Show {
        /// Name or serial
        name: String,
    },
    /// Revoke every live certificate of a name, or one by its serial
    #[command(group(clap::ArgGroup::new("which").required(true).args(["name", "serial"])))]
    Revoke {
        /// The caller's name
        name: Option<String>,
        /// One certificate only
        #[arg(long, value_name = "HEX")]
        serial: Option<String>,
    },
    /// Sign the revocation list again
    Crl,
}
