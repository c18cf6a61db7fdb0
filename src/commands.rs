//! One thin file per subcommand: read the arguments, call a room, print what came of it.

pub mod audit;
pub mod cert;
pub mod client;
pub mod compare;
pub mod config;
mod grant;
pub mod key;
mod many;
pub mod openapi;
pub mod output;
mod program;
pub mod report;
mod saved;
pub mod scenario;
pub mod serve;
pub mod signing_key;
pub mod token;
mod usage;

use std::time::Duration;

pub use self::program::program;
use serde_json::{Value, json};

use crate::{
    cli::Cli,
    clock,
    exit::Failure,
    store::{Caller, LastUse, StoredSecret},
};

/// Does what the command line asks.
///
/// # Errors
/// Why it was not done, with exit code and remedy.
pub fn run(cli: &Cli) -> Result<(), Failure> {
    use crate::cli::Command;
    let common = &cli.common;
    if cli.command.is_some() && cli.serve.is_given() {
        return Err(Failure::usage("an option of the server stands before a command that does not serve")
            .remedy("put options after the command: `authbench key add NAME --allow CIDR`"));
    }
    match &cli.command {
        None => serve::run(common, &cli.serve),
        Some(Command::Client(command)) => client::run(common, command),
        Some(Command::Key(command)) => key::run(common, command),
        Some(Command::Token(command)) => token::run(common, command),
        Some(Command::SigningKey(command)) => signing_key::run(common, command),
        Some(Command::Config(command)) => config::run(common, command),
        Some(Command::OpenApi(asked)) => openapi::run(common, asked),
        Some(Command::Audit(command)) => audit::run(common, command),
        Some(Command::Cert(command)) => cert::run(common, command),
        Some(Command::Scenario(command)) => scenario::run(common, command),
        Some(Command::Compare(command)) => compare::run(common, command),
        Some(Command::Report(command)) => report::run(common, command),
    }
}

/// A caller's name: it becomes a path, a label and a word on a line, so it is kept plain.
fn check_name(name: &str) -> Result<(), Failure> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() || name.len() > 64 || name.starts_with(['.', '-']) || !name.bytes().all(plain) {
        return Err(Failure::usage(format!("`{}` cannot be a name", name.escape_debug()))
            .remedy("use up to 64 letters, digits, `-`, `_` and `.`, beginning with a letter or digit"));
    }
    Ok(())
}

/// A lifetime of at least a second: tokens and certificates count whole ones.
fn whole(ttl: Option<Duration>) -> Result<Option<Duration>, Failure> {
    match ttl {
        Some(ttl) if ttl < Duration::from_secs(1) => {
            Err(Failure::usage("a lifetime below one second is no lifetime").remedy("write at least 1s"))
        }
        _ => Ok(ttl),
    }
}

/// One secret after the other, for people.
fn secrets_text(caller: &Caller, between: &str) -> String {
    let one = |secret: &StoredSecret| match secret.ends {
        Some(end) => format!("one until {} ({})", clock::rfc3339(end), last_used(&secret.last_used)),
        None => format!("one since {} ({})", clock::rfc3339(secret.created), last_used(&secret.last_used)),
    };
    caller.secrets.iter().map(one).collect::<Vec<_>>().join(between)
}

/// For people.
fn last_used(last: &LastUse) -> String {
    last.get().map_or("never used".to_owned(), |at| format!("last used {}", clock::rfc3339(at)))
}

fn secrets_json(caller: &Caller) -> Vec<Value> {
    let one = |secret: &StoredSecret| {
        json!({
            "created": clock::rfc3339(secret.created),
            "ends": secret.ends.map(clock::rfc3339),
            "last_used": secret.last_used.get().map(clock::rfc3339),
        })
    };
    caller.secrets.iter().map(one).collect()
}
