//! `authbench openapi`: the document that a server with these settings has at `/openapi.json`.

use super::output;
use crate::{
    cli::{Common, OpenApi, Serve},
    config::Config,
    exit::Failure,
    server,
};

/// Prints it, as the server sends it: it is JSON with and without `--json`.
///
/// # Errors
/// Exit 2 for the configuration.
pub fn run(common: &Common, asked: &OpenApi) -> Result<(), Failure> {
    let OpenApi { mode, listen, profile } = *asked;
    let serve = Serve { mode: Some(mode), listen, profile, admin: None, serve_allow: Vec::new(), insecure_http: false };
    let config = Config::load_for(common, &serve)?;
    let port = config.listen.api.port();
    if port == 0 && config.listen.public_url.is_none() {
        return Err(Failure::usage("the port is 0: a free one, which is not known before a server has taken it")
            .remedy("write the server's: `authbench openapi --listen 127.0.0.1:8443`"));
    }
    output::line(&server::document(&config, mode, &config.listen.url("https", port)))
}
