//! `authbench token …`

use std::path::PathBuf;

use clap::Subcommand;

use super::Servers;

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
        /// For which servers
        #[command(flatten)]
        servers: Servers,
    },
    /// Stop a token before its time
    Revoke {
        /// Its `jti`, or `-`: the token on standard input
        token: String,
    },
}
