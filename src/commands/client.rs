//! `authbench client …`: OAuth clients.

use std::{path::Path, time::Duration};

use serde_json::{Value, json};

use super::{grant, output, saved};
use crate::{
    cli::{self, Common, Grants},
    clock,
    config::Config,
    exit::Failure,
    secret::{Secret, random_text},
    store::{Caller, State, Store, StoredSecret, Which},
};

const ID: usize = 20;
const SECRET: usize = 32;

/// Does what `client …` asks.
///
/// # Errors
/// As the store's.
pub fn run(common: &Common, command: &cli::Client) -> Result<(), Failure> {
    let config = Config::load(common)?;
    let mut store = Store::open(&common.state)?;
    match command {
        cli::Client::Add { name, ttl, grants, save } => add(common, &config, &mut store, (name, *ttl, grants, save.as_deref())),
        cli::Client::List => list(common, &store),
        cli::Client::Show { name } => {
            let client = store.caller(Which::Client, name)?;
            output::show(common.json, &document(&client), || text(&client))
        }
        cli::Client::Rotate { name, overlap, save } => rotate(common, &config, &mut store, (name, *overlap, save.as_deref())),
        cli::Client::Disable { name } => told(common, &store.set_caller_state(Which::Client, name, State::Disabled)?, "disabled"),
        cli::Client::Enable { name } => told(common, &store.set_caller_state(Which::Client, name, State::Active)?, "active"),
        cli::Client::Remove { name } => told(common, &store.remove_caller(Which::Client, name)?, "removed"),
    }
}

fn add(
    common: &Common,
    config: &Config,
    store: &mut Store,
    (name, ttl, grants, save): (&str, Option<Duration>, &Grants, Option<&Path>),
) -> Result<(), Failure> {
    super::check_name(name)?;
    let secret = Secret::generate(SECRET).map_err(Failure::environment)?;
    let caller = Caller {
        which: Which::Client,
        id: random_text(ID).map_err(Failure::environment)?.into(),
        name: name.into(),
        state: State::Active,
        grant: grant::read(grants, config)?,
        token_ttl: super::whole(ttl)?,
        ends: None,
        created: clock::now(),
        secrets: vec![StoredSecret { digest: secret.digest(), created: clock::now(), ends: None }],
    };
    saved::deliver(&secret, save, &remedy(name), || store.add_caller(&caller))?;
    shown_once(common, config, &caller, &secret, save)
}

fn rotate(
    common: &Common,
    config: &Config,
    store: &mut Store,
    (name, overlap, save): (&str, Duration, Option<&Path>),
) -> Result<(), Failure> {
    let secret = Secret::generate(SECRET).map_err(Failure::environment)?;
    let rotate = || store.rotate_secret(Which::Client, name, secret.digest(), overlap);
    let caller = saved::deliver(&secret, save, &remedy(name), rotate)?;
    shown_once(common, config, &caller, &secret, save)
}

/// What mends a secret that nobody has seen.
fn remedy(name: &str) -> String {
    format!("`authbench client rotate {name}` makes another secret, and ends this one")
}

fn shown_once(common: &Common, config: &Config, caller: &Caller, secret: &Secret, save: Option<&Path>) -> Result<(), Failure> {
    let shown = saved::text(secret, save);
    let scopes = caller.grant.scopes.as_ref().map_or_else(|| config.scopes.keys().cloned().collect(), |scopes| scopes.to_vec());
    let mut document = json!({"name": &*caller.name, "client_id": &*caller.id, "scopes": scopes});
    match save {
        Some(path) => document["saved"] = json!(path),
        None => document["client_secret"] = json!(shown),
    }
    let text = || {
        let (name, id, scopes) = (&caller.name, &caller.id, scopes.join(" "));
        format!("client         {name}\nclient_id      {id}\nclient_secret  {shown}\nscopes         {scopes}")
    };
    match save {
        Some(_) => output::show(common.json, &document, text)?,
        None => output::show_secret(common.json, &document, text, &remedy(&caller.name))?,
    }
    if !common.json {
        output::note(
            "The secret is not shown again. A token: authbench token get --client-id ID, with AUTHBENCH_CLIENT_SECRET set.",
        );
    }
    Ok(())
}

fn list(common: &Common, store: &Store) -> Result<(), Failure> {
    let all = store.callers(Which::Client)?;
    if common.json {
        return output::json(&all.iter().map(document).collect::<Vec<_>>());
    }
    if all.is_empty() {
        output::note("There is no client yet. Make one: authbench client add NAME");
        return Ok(());
    }
    let row = |client: &Caller| {
        vec![client.name.to_string(), client.id.to_string(), client.state.to_string(), grant::text(&client.grant)]
    };
    output::table(&["NAME", "CLIENT ID", "STATE", "MAY"], &all.iter().map(row).collect::<Vec<_>>())
}

fn text(client: &Caller) -> String {
    let ttl = client.token_ttl.map_or("default".into(), |ttl| humantime::format_duration(ttl).to_string());
    format!(
        "client     {}\nclient_id  {}\nstate      {}\nmay        {}\ntokens     {ttl}\nsecrets    {}\ncreated    {}",
        client.name,
        client.id,
        client.state,
        grant::text(&client.grant),
        super::secrets_text(client),
        clock::rfc3339(client.created)
    )
}

fn told(common: &Common, client: &Caller, state: &str) -> Result<(), Failure> {
    let document = json!({"name": &*client.name, "client_id": &*client.id, "state": state});
    output::show(common.json, &document, || format!("client {} is {state}", client.name))
}

fn document(client: &Caller) -> Value {
    json!({
        "name": &*client.name,
        "client_id": &*client.id,
        "state": client.state,
        "grant": grant::json(&client.grant),
        "token_ttl_seconds": client.token_ttl.map(|ttl| ttl.as_secs()),
        "secrets": super::secrets_json(client),
        "created": clock::rfc3339(client.created),
    })
}
