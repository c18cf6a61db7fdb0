//! The command line: clap types only, so that `--help` and the parser are one text.

mod audit;
mod cert;
mod client;
mod compare;
mod config;
mod key;
mod openapi;
mod scenario;
mod signing_key;
mod token;

use std::{net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use clap::{Args, Parser, Subcommand};

pub use self::{
    audit::Audit,
    cert::{Ca, CaKey, Cert, Wanted},
    client::Client,
    compare::{Compare, Report},
    config::Config,
    key::Key,
    openapi::OpenApi,
    scenario::Scenario,
    signing_key::{Servers, SigningKey},
    token::Token,
};
use crate::{
    calendar::Day,
    lifetime,
    mode::{Mode, Profile},
};

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
#[command(next_help_heading = "Options of every command")]
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
#[command(next_help_heading = "Serving")]
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

impl Serve {
    /// Whether anything of it was written.
    pub fn is_given(&self) -> bool {
        let Self { mode, listen, admin, profile, serve_allow, insecure_http } = self;
        mode.is_some() || listen.is_some() || admin.is_some() || profile.is_some() || !serve_allow.is_empty() || *insecure_http
    }
}

/// Everything but serving.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Certificates for mutual TLS, and the development CAs that sign them
    #[command(subcommand)]
    Cert(Cert),
    /// OAuth clients, who get tokens with id and secret or with a key of their own
    #[command(subcommand)]
    Client(Client),
    /// API keys
    #[command(subcommand)]
    Key(Key),
    /// Access tokens: get one as a client does, look into one, revoke one
    #[command(subcommand)]
    Token(Token),
    /// The keys that sign tokens: published, then used, then retired
    #[command(subcommand)]
    SigningKey(SigningKey),
    /// Scenarios: one claim each, tried against a freshly started server of each mode
    #[command(subcommand)]
    Scenario(Scenario),
    /// Try every scenario, measure every mode, write the report
    Compare(Compare),
    /// Draw the report again from saved findings
    Report(Report),
    /// The audit log: what was changed and refused, held together by hashes
    #[command(subcommand)]
    Audit(Audit),
    /// The configuration: check a file, show what is in force, write a first one
    #[command(subcommand)]
    Config(Config),
    /// The OpenAPI document of a server with these settings, as it has it at /openapi.json
    #[command(name = "openapi")]
    OpenApi(OpenApi),
}

/// What a caller may; alike for clients, certificates and keys.
#[derive(Debug, Clone, Default, Args)]
pub struct Grants {
    /// A scope by its short name, or in full for another resource server; repeat for more [default: all of this one]
    #[arg(long = "scope", value_name = "SCOPE")]
    pub scopes: Vec<String>,
    /// The usage plan [default: `default` for keys, none for clients and certificates]
    #[arg(long, value_name = "PLAN")]
    pub plan: Option<String>,
    /// Serve this caller only from this network; repeat for more [default: everywhere]
    #[arg(long, value_name = "CIDR")]
    pub allow: Vec<String>,
    /// Never serve this caller from this network, allowed or not; repeat for more [default: nowhere]
    #[arg(long, value_name = "CIDR")]
    pub deny: Vec<String>,
}

/// Whose usage is shown, and from when on.
#[derive(Debug, Args)]
pub struct Usage {
    /// Name or id [default: everyone who was ever served, also who is removed]
    pub name: Option<String>,
    /// The first day, in UTC, such as 2026-11-01 [default: all that is kept]
    #[arg(long, value_name = "DATE", value_parser = Day::from_str)]
    pub since: Option<Day>,
}

fn duration(text: &str) -> Result<Duration, String> {
    lifetime::parse(text)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
