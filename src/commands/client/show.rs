//! Clients, for people and for machines.

use serde_json::{Value, json};

use super::jwks;
use crate::{
    cli::Common,
    clock,
    commands::{grant, output, secrets_json, secrets_text},
    config::Config,
    exit::Failure,
    store::{Caller, Store, Which},
};

pub(super) fn list(common: &Common, config: &Config, store: &Store) -> Result<(), Failure> {
    let all = store.callers(Which::Client)?;
    if common.json {
        return output::json(&all.iter().map(|client| document(client, config)).collect::<Vec<_>>());
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

pub(super) fn one(common: &Common, config: &Config, client: &Caller) -> Result<(), Failure> {
    output::show(common.json, &document(client, config), || text(client, config))
}

pub(super) fn told(common: &Common, client: &Caller, state: &str) -> Result<(), Failure> {
    let document = json!({"name": &*client.name, "client_id": &*client.id, "state": state});
    output::show(common.json, &document, || format!("client {} is {state}", client.name))
}

/// How it proves itself: with a secret either way that RFC 6749 §2.3.1 knows.
pub(super) fn method(client: &Caller) -> &'static str {
    if client.jwks.is_some() { "private_key_jwt" } else { "client_secret" }
}

/// Its scopes as they are kept; without any of its own, all of this resource server.
pub(super) fn scopes(client: &Caller, config: &Config) -> Vec<String> {
    client.grant.scopes.as_ref().map_or_else(|| config.scopes.keys().cloned().collect(), |scopes| scopes.to_vec())
}

fn described<'a>(client: &Caller, config: &'a Config) -> Vec<(String, &'a str)> {
    let describe = |scope: String| {
        let description = grant::description(&scope, config).unwrap_or("not configured any more");
        (scope, description)
    };
    scopes(client, config).into_iter().map(describe).collect()
}

fn text(client: &Caller, config: &Config) -> String {
    let ttl = client.token_ttl.map_or("default".into(), |ttl| humantime::format_duration(ttl).to_string());
    let scopes = described(client, config).into_iter().map(|(scope, is)| format!("{scope} ({is})")).collect::<Vec<_>>();
    let proof = match &client.jwks {
        Some(kept) => format!("keys       {}", jwks::kids(kept).join(" ")),
        None => format!("secrets    {}", secrets_text(client, "\n           ")),
    };
    format!(
        "client     {}\nclient_id  {}\nstate      {}\nmay        {}\nscopes     {}\ntokens     {ttl}\n{proof}\ncreated    {}",
        client.name,
        client.id,
        client.state,
        grant::text(&client.grant),
        scopes.join(", "),
        clock::rfc3339(client.created)
    )
}

fn document(client: &Caller, config: &Config) -> Value {
    let scope = |(scope, description): (String, &str)| json!({"scope": scope, "description": description});
    json!({
        "name": &*client.name,
        "client_id": &*client.id,
        "state": client.state,
        "auth_method": method(client),
        "grant": grant::json(&client.grant),
        "scopes": described(client, config).into_iter().map(scope).collect::<Vec<_>>(),
        "token_ttl_seconds": client.token_ttl.map(|ttl| ttl.as_secs()),
        "secrets": secrets_json(client),
        "kids": client.jwks.as_deref().map(jwks::kids),
        "created": clock::rfc3339(client.created),
    })
}
