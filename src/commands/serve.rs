//! `authbench --mode M`: serve.

use std::path::Path;

use super::output;
use crate::{
    cli::{Common, Serve},
    exit::Failure,
    mode::Mode,
    server::{self, Ready},
};

/// Serves until told to stop.
///
/// # Errors
/// Exit 2 for the configuration, exit 3 for what the machine refuses.
pub fn run(common: &Common, serve: &Serve) -> Result<(), Failure> {
    let Some(mode) = serve.mode else {
        return Err(Failure::usage("no mode was given").remedy("choose one: --mode open, jwt, mtls or apikey"));
    };
    let runtime = tokio::runtime::Runtime::new();
    let runtime = runtime.map_err(|error| Failure::environment(format!("no runtime: {error}")))?;
    runtime.block_on(async {
        let running = server::start(common, serve, mode)?;
        if common.json {
            output::json(running.ready())?;
        } else {
            output::line(&banner(running.ready(), common))?;
        }
        Box::pin(running.until_stopped()).await
    })
}

/// What was started, and what to type next.
fn banner(ready: &Ready, common: &Common) -> String {
    let Ready { url, admin, mode, ca, .. } = ready;
    let curl = if ca.as_os_str().is_empty() { "curl".to_owned() } else { format!("curl --cacert {}", ca.display()) };
    let resource = format!("{url}/hello-world");
    let flags = flags(common);
    let next = match mode {
        Mode::Open => format!("{curl} {resource}"),
        Mode::Jwt => {
            let reach = reach(ready);
            format!(
                "authbench client add partner --save partner.secret{flags}\n  \
                 TOKEN=$(authbench token get {reach} \\\n    --client-id CLIENT_ID --secret-file partner.secret)\n  \
                 {curl} -H \"Authorization: Bearer $TOKEN\" \\\n    {resource}"
            )
        }
        Mode::Mtls => {
            let files = common.certs.join("clients/partner");
            let files = files.display();
            format!("authbench cert issue partner{flags}\n  {curl} --cert {files}/chain.pem --key {files}/key.pem {resource}")
        }
        Mode::Apikey => format!("authbench key add partner{flags}\n  {curl} -H 'x-api-key: KEY' {resource}"),
    };
    format!(
        "authbench serves hello-world behind `{mode}` on {url}\nmetrics and health on {admin}\n\nNext, in another terminal:\n  {next}\n"
    )
}

/// How `token get` finds and verifies this server.
fn reach(ready: &Ready) -> String {
    let Ready { url, ca, .. } = ready;
    let usual = ca.as_os_str().is_empty() || *ca == Path::new("certs/server-ca/cert.pem");
    let ca = if usual { String::new() } else { format!(" --ca {}", ca.display()) };
    format!("--url {url}{ca}")
}

/// The directories that the next command needs too, when they are not the usual ones.
fn flags(common: &Common) -> String {
    let all = [("--state", &common.state, ".authbench"), ("--certs", &common.certs, "certs")];
    let unusual = all.into_iter().filter(|(_, path, usual)| path.as_os_str() != *usual);
    unusual.map(|(flag, path, _)| [" ", flag, " ", &path.to_string_lossy()].concat()).collect()
}
