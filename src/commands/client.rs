//! `authbench client …`: OAuth clients.

mod jwks;
mod make;
mod show;

use super::{many, usage};
use crate::{
    cli::{self, Common},
    config::Config,
    exit::Failure,
    principal::Kind,
    store::{State, Store, Which},
};

/// Does what `client …` asks.
///
/// # Errors
/// As the store's.
pub fn run(common: &Common, command: &cli::Client) -> Result<(), Failure> {
    let config = Config::load(common)?;
    let mut store = Store::open(&common.state)?;
    let mut desk = make::Desk { common, config: &config, store: &mut store };
    match command {
        cli::Client::Add { name, ttl, grants, save: _, jwks: Some(file) } => desk.add_with_keys(name, *ttl, grants, file),
        cli::Client::Add { name, ttl, grants, save, jwks: None } => desk.add(name, *ttl, grants, save.as_deref()),
        cli::Client::AddMany { names, ttl, grants } => desk.add_many(&many::names(names)?, *ttl, grants),
        cli::Client::Import { name, client_id, ttl, grants } => desk.import(name, client_id, *ttl, grants),
        cli::Client::Rotate { name, jwks: Some(file), .. } => desk.replace_keys(name, file),
        cli::Client::Rotate { name, overlap, save, jwks: None } => desk.rotate(name, *overlap, save.as_deref()),
        cli::Client::List => show::list(common, &config, &store),
        cli::Client::Show { name } => show::one(common, &config, &store.caller(Which::Client, name)?),
        cli::Client::Disable { name } => {
            show::told(common, &store.set_caller_state(Which::Client, name, State::Disabled)?, "disabled")
        }
        cli::Client::Enable { name } => {
            show::told(common, &store.set_caller_state(Which::Client, name, State::Active)?, "active")
        }
        cli::Client::Usage(asked) => usage::show(common, &config, &store, Kind::Client, asked),
        cli::Client::Remove { name } => show::told(common, &store.remove_caller(Which::Client, name)?, "removed"),
    }
}
