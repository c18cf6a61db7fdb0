//! `authbench cert …`

use std::time::Duration;

use clap::Subcommand;

use super::{Grants, duration};

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
