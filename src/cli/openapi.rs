//! `authbench openapi`

use std::net::SocketAddr;

use clap::Args;

use crate::mode::{Mode, Profile};

/// Which server's document is printed.
#[derive(Debug, Args)]
pub struct OpenApi {
    /// The lock of the server: open, jwt, mtls or apikey
    #[arg(long, value_name = "MODE", default_value = "jwt")]
    pub mode: Mode,
    /// The address of its API listener, for its URL [default: as configured, else 127.0.0.1:8443]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Whose habits it answers with [default: as configured, else standard]
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<Profile>,
}
