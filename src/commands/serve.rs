//! `authbench --mode M`: serve.

use super::output;
use crate::{
    cli::{Common, Serve},
    exit::Failure,
    server::{self, Ready, next::View},
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
    let Ready { url, admin, mode, ca, docs, .. } = ready;
    let steps = View::of_starter(*mode, url, ca, common).steps();
    let next: Vec<_> = steps.into_iter().map(|step| step.command).collect();
    format!(
        "authbench serves hello-world behind `{mode}` on {url}\ndocumentation on {docs}\nmetrics and health on {admin}\n\nNext, in another terminal:\n  {}\n",
        next.join("\n  ")
    )
}
