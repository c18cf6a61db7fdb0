//! `authbench cert …`

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};

use super::{Grants, Usage, duration};
use crate::key_type::KeyType;

/// What a first certificate is to say.
#[derive(Debug, Args)]
pub struct Wanted {
    /// The caller's name
    pub name: String,
    /// A subject alternative name: `DNS:host`, `URI:spiffe://…` or `IP:address`; repeat for more [default: `DNS:NAME`]
    #[arg(long, value_name = "SAN")]
    pub san: Vec<String>,
    /// How long it is valid: 90d, 10m
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "90d")]
    pub ttl: Duration,
    /// What the caller may
    #[command(flatten)]
    pub grants: Grants,
    /// What opens the CA's key
    #[command(flatten)]
    pub ca_key: CaKey,
}

/// The passphrase of the CAs' keys.
#[derive(Debug, Args)]
pub struct CaKey {
    /// The file with the passphrase of the CAs' keys, if they have one [default: the environment variable
    /// `AUTHBENCH_CA_PASSPHRASE`, then `tls.ca_passphrase_file`]
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

/// `cert …`
#[derive(Debug, Subcommand)]
pub enum Cert {
    /// Make the development CAs (one for servers, one for clients) and the server's certificate
    Init {
        /// Let the client CA that is trusted sign one issuing CA only, which signs the callers' certificates
        #[arg(long)]
        intermediate: bool,
        /// What encrypts the CAs' keys
        #[command(flatten)]
        ca_key: CaKey,
    },
    /// Issue a client certificate: DIR/clients/NAME/{cert,key,chain,identity}.pem
    Issue {
        /// Who, and what in it
        #[command(flatten)]
        wanted: Wanted,
        /// The kind of key: p256, ed25519, rsa (3072 bits), or rsa2048 for callers that can do no more
        #[arg(long, value_name = "TYPE", default_value = "p256")]
        key_type: KeyType,
        /// Make it bad in one way, to see it refused: `expired`, `server_only`, … (a wrong one lists them all)
        #[arg(long, value_name = "FLAW")]
        flaw: Option<String>,
    },
    /// Issue a client certificate for a key that the caller keeps: DIR/clients/NAME/{cert,chain}.pem
    ///
    /// Only the public key is taken from the request. Whatever else it asks for (names, purposes, to be a CA) is not looked at.
    Sign {
        /// Who, and what in it
        #[command(flatten)]
        wanted: Wanted,
        /// The caller's certificate request (PKCS #10, PEM); `-` for standard input
        #[arg(long, value_name = "FILE")]
        csr: PathBuf,
    },
    /// Issue a new certificate to a caller that has one; the old one stays valid until it ends or is revoked
    Renew {
        /// The caller's name
        name: String,
        /// How long it is valid
        #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "90d")]
        ttl: Duration,
        /// A new request, for a caller that keeps its key; without, a new key of the same kind is made
        #[arg(long, value_name = "FILE")]
        csr: Option<PathBuf>,
        /// Go on renewing, each time that two thirds of the life are over, until SIGTERM or ctrl-c; one line for each
        #[arg(long, conflicts_with = "csr")]
        watch: bool,
        /// What opens the CA's key
        #[command(flatten)]
        ca_key: CaKey,
    },
    /// List the certificates, the CAs and the revocation lists, and when each ends
    List,
    /// Show one
    Show {
        /// Name or serial
        name: String,
    },
    /// Show who was served how much, for quotas and for the bill
    Usage(Usage),
    /// Revoke every live certificate of a name, or one by its serial
    #[command(group(clap::ArgGroup::new("which").required(true).args(["name", "serial"])))]
    Revoke {
        /// The caller's name
        name: Option<String>,
        /// One certificate only
        #[arg(long, value_name = "HEX")]
        serial: Option<String>,
        /// What opens the CA's key
        #[command(flatten)]
        ca_key: CaKey,
    },
    /// Make a new certificate for the server; a running server takes it over
    Server {
        /// A name that it is for: `DNS:host` or `IP:address`; repeat for more [default: those of profile.toml]
        #[arg(long, value_name = "SAN")]
        san: Vec<String>,
        /// How long it is valid [default: that of profile.toml]
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        ttl: Option<Duration>,
        /// Make a new key too, instead of keeping the one that is there
        #[arg(long)]
        new_key: bool,
        /// What opens the CA's key
        #[command(flatten)]
        ca_key: CaKey,
    },
    /// Write a caller's key and certificates to one file under a passphrase, for programs that want PKCS #12
    Export {
        /// The caller's name
        name: String,
        /// The file to write, mode 0600
        #[arg(long, value_name = "FILE")]
        p12: PathBuf,
        /// The file whose first line is the passphrase [default: the environment variable `AUTHBENCH_P12_PASSPHRASE`]
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Sign the revocation lists again
    Crl {
        /// What opens the CAs' keys
        #[command(flatten)]
        ca_key: CaKey,
    },
    /// The CAs for clients: one after another, each counting until it is retired
    #[command(subcommand)]
    Ca(Ca),
}

/// `cert ca …`
#[derive(Debug, Subcommand)]
pub enum Ca {
    /// List the client CAs that count, and what each does
    List,
    /// Make a new client CA, which issues from now on; the one before goes on counting
    Rotate {
        /// Let it have an issuing CA below it, also when the one before has none
        #[arg(long)]
        intermediate: bool,
        /// What opens the old CA's key, and encrypts the new one
        #[command(flatten)]
        ca_key: CaKey,
    },
    /// Take a client CA away: what it signed is refused from now on, and its keys are deleted
    Retire {
        /// Its number, or its common name
        name: String,
        /// Also when certificates of it are live
        #[arg(long)]
        force: bool,
    },
}

impl Cert {
    /// Where the passphrase of the CAs' keys is, of a command that may need one.
    pub fn ca_key(&self) -> Option<&CaKey> {
        match self {
            Self::Issue { wanted, .. } | Self::Sign { wanted, .. } => Some(&wanted.ca_key),
            Self::Init { ca_key, .. }
            | Self::Renew { ca_key, .. }
            | Self::Revoke { ca_key, .. }
            | Self::Crl { ca_key }
            | Self::Server { ca_key, .. }
            | Self::Ca(Ca::Rotate { ca_key, .. }) => Some(ca_key),
            Self::List | Self::Show { .. } | Self::Usage(_) | Self::Export { .. } | Self::Ca(Ca::List | Ca::Retire { .. }) => {
                None
            }
        }
    }
}
