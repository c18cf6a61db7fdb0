//! The command line: clap types only, so that `--help` and the parser are one text.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};

use crate::mode::{Mode, Profile};

/// One hello-world behind three locks, and a bench that measures what each lock stops, lets through, costs and takes to run.
///
/// `authbench --mode jwt` serves; everything else is a subcommand. On a fresh machine nothing needs to be configured.
#[derive(Debug, Parser)]
#[command(version, subcommand_negates_reqs = true, args_conflicts_with_subcommands = false)]
#[command(
    after_help = "First steps:\n  authbench compare --quick            the three locks, tried and measured, in a minute\n  authbench --mode apikey              serve; then, in another terminal:\n  authbench key add partner            make a credential\n\nExit codes: 0 done; 1 an expectation did not hold; 2 usage or configuration; 3 the environment."
)]
pub struct Cli {
    /// What every command shares.
    #[command(flatten)]
    pub common: Common,
    /// How to serve, when there is no subcommand.
    #[command(flatten)]
    pub serve: Serve,
    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What every command shares.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// The configuration file [default: authbench.toml, if present]
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Where credentials, revocations and signing keys are kept
    #[arg(long, value_name = "DIR", global = true, default_value = ".authbench")]
    pub state: PathBuf,
    /// Where the development CAs and certificates are kept
    #[arg(long, value_name = "DIR", global = true, default_value = "certs")]
    pub certs: PathBuf,
    /// Print one JSON document on stdout and nothing else
    #[arg(long, global = true)]
    pub json: bool,
    /// Say more on stderr (-vv: everything)
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
}

/// How to serve.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// The lock on the door: open, jwt, mtls or apikey
    #[arg(long, value_name = "MODE", required = true)]
    pub mode: Option<Mode>,
    /// The address of the API listener; port 0 picks a free one [default: 127.0.0.1:8443]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// The address of the admin listener [default: 127.0.0.1:9464]
    #[arg(long, value_name = "ADDR")]
    pub admin: Option<SocketAddr>,
    /// Whose habits to answer with: standard or aws [default: standard]
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<Profile>,
    /// Serve only callers from this network; repeat for more [default: everyone]
    #[arg(long = "allow", value_name = "CIDR")]
    pub serve_allow: Vec<String>,
    /// Plain HTTP, on loopback only: for measuring what TLS costs
    #[arg(long)]
    pub insecure_http: bool,
}

/// Everything but serving.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Certificates for mutual TLS, and the development CAs that sign them
    #[command(subcommand)]
    Cert(Cert),
    /// OAuth clients, who get tokens with id and secret
    #[command(subcommand)]
    Client(Client),
    /// API keys
    #[command(subcommand)]
    Key(Key),
    /// Access tokens: get one as a client does, look into one, revoke one
    #[command(subcommand)]
    Token(Token),
    /// Scenarios: one claim each, tried against a freshly started server of each mode
    #[command(subcommand)]
    Scenario(Scenario),
    /// Try every scenario, measure every mode, write the report
    Compare(Compare),
    /// Draw the report again from saved findings
    Report(Report),
    /// The configuration: check a file, show what is in force, write a first one
    #[command(subcommand)]
    Config(Config),
}

/// What a caller may; alike for clients, certificates and keys.
#[derive(Debug, Clone, Default, Args)]
pub struct Grants {
    /// A scope by its short name; repeat for more [default: all]
    #[arg(long = "scope", value_name = "SCOPE")]
    pub scopes: Vec<String>,
    /// The usage plan [default: `default` for keys, none for clients and certificates]
    #[arg(long, value_name = "PLAN")]
    pub plan: Option<String>,
    /// Serve this caller only from this network; repeat for more [default: everywhere]
    #[arg(long, value_name = "CIDR")]
    pub allow: Vec<String>,
}

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
}

/// `token …`
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Get a token as a client does: client credentials, HTTP Basic
    Get {
        /// The server [default: `public_url` of the configuration]
        #[arg(long, value_name = "URL")]
        url: Option<String>,
        /// The file that verifies the server [default: the development CA]
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
        /// The client id
        #[arg(long, value_name = "ID")]
        client_id: String,
        /// The file that holds the secret [default: the environment variable `AUTHBENCH_CLIENT_SECRET`]
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
        /// A scope to ask for, in full; repeat for more [default: all that the client has]
        #[arg(long, value_name = "SCOPE")]
        scope: Vec<String>,
    },
    /// Say what is in a token, and whether and why this server would refuse it
    Inspect {
        /// `-`: the token on standard input
        #[arg(value_parser = ["-"])]
        token: String,
        /// The server's URL [default: `public_url` of the configuration]
        #[arg(long, value_name = "URL")]
        url: Option<String>,
    },
    /// Stop a token before its time
    Revoke {
        /// Its `jti`, or `-`: the token on standard input
        token: String,
    },
}

/// `scenario …`
#[derive(Debug, Subcommand)]
pub enum Scenario {
    /// List the scenarios, by group
    List {
        /// Read them from here [default: the built-in ones]
        #[arg(long, value_name = "DIR")]
        scenarios: Option<PathBuf>,
    },
    /// Show one as it is written
    Show {
        /// Its id, as `list` prints it
        id: String,
        /// Read them from here [default: the built-in ones]
        #[arg(long, value_name = "DIR")]
        scenarios: Option<PathBuf>,
    },
    /// Run some, or all
    Run {
        /// Ids or files [default: all]
        which: Vec<String>,
        /// Only in this mode; repeat for more
        #[arg(long, value_name = "MODE")]
        mode: Vec<Mode>,
        /// Read them from here [default: the built-in ones]
        #[arg(long, value_name = "DIR")]
        scenarios: Option<PathBuf>,
    },
}

/// `compare`
#[derive(Debug, Args)]
pub struct Compare {
    /// All scenarios of the standard profile and a first measurement, within a minute
    #[arg(long)]
    pub quick: bool,
    /// Where findings.json, report.md and index.html go
    #[arg(long, value_name = "DIR", default_value = "authbench-report")]
    pub out: PathBuf,
    /// Only this mode; repeat for more
    #[arg(long, value_name = "MODE")]
    pub mode: Vec<Mode>,
    /// Only the scenarios of this group
    #[arg(long, value_name = "GROUP")]
    pub only: Option<String>,
}

/// `report`
#[derive(Debug, Args)]
pub struct Report {
    /// The findings.json of an earlier run
    pub findings: PathBuf,
    /// Where report.md and index.html go [default: beside the findings]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `config …`
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Read the file and say what is wrong, if anything
    Check,
    /// Print every setting with the value in force
    Show,
    /// Write a commented authbench.toml with every default
    Init,
}

fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("{error}; write a number and a unit: 30s, 10m, 24h, 90d"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
