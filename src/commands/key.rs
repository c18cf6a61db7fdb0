//! `authbench key …`: API keys.

mod scan;

use std::{path::Path, time::Duration};

use serde_json::{Value, json};

use super::{grant, output, saved};
use crate::{
    authn::apikey::ApiKey,
    cli::{self, Common, Grants},
    clock,
    config::Config,
    exit::Failure,
    secret::{Digest, Secret},
    store::{Caller, State, Store, StoredSecret, Which},
};

/// Does what `key …` asks.
///
/// # Errors
/// As the store's.
pub fn run(common: &Common, command: &cli::Key) -> Result<(), Failure> {
    let config = Config::load(common)?;
    let mut store = Store::open(&common.state)?;
    match command {
        cli::Key::Add { name, expires, grants, save } => {
            add(common, &config, &mut store, (name, *expires, grants, save.as_deref()))
        }
        cli::Key::List => list(common, &store),
        cli::Key::Show { name } => {
            let key = store.caller(Which::Key, name)?;
            output::show(common.json, &document(&key), || text(&key))
        }
        cli::Key::Rotate { name, overlap, save } => rotate(common, &mut store, (name, *overlap, save.as_deref())),
        cli::Key::Disable { name } => told(common, &store.set_caller_state(Which::Key, name, State::Disabled)?),
        cli::Key::Enable { name } => told(common, &store.set_caller_state(Which::Key, name, State::Active)?),
        cli::Key::Scan { paths } => scan::run(common, &store, paths),
        cli::Key::Revoke { name } => told(common, &store.set_caller_state(Which::Key, name, State::Revoked)?),
    }
}

fn add(
    common: &Common,
    config: &Config,
    store: &mut Store,
    (name, expires, grants, save): (&str, Option<Duration>, &Grants, Option<&Path>),
) -> Result<(), Failure> {
    super::check_name(name)?;
    let (id, key) = ApiKey::generate(None).map_err(Failure::environment)?;
    let caller = Caller {
        which: Which::Key,
        id: id.into(),
        name: name.into(),
        state: State::Active,
        grant: grant::read(grants, config)?,
        token_ttl: None,
        ends: super::whole(expires)?.map(|expires| clock::after(clock::now(), expires)),
        created: clock::now(),
        secrets: vec![StoredSecret::new(digest_of(&key)?, clock::now())],
        jwks: None,
    };
    saved::deliver(&key, save, &remedy(name), || store.add_caller(&caller))?;
    shown_once(common, &caller, &key, save)
}

fn rotate(common: &Common, store: &mut Store, (name, overlap, save): (&str, Duration, Option<&Path>)) -> Result<(), Failure> {
    let id = store.caller(Which::Key, name)?.id;
    let (_, key) = ApiKey::generate(Some(&id)).map_err(Failure::environment)?;
    let digest = digest_of(&key)?;
    let caller = saved::deliver(&key, save, &remedy(name), || store.rotate_secret(Which::Key, &id, digest, overlap))?;
    shown_once(common, &caller, &key, save)
}

/// What mends a key that nobody has seen.
fn remedy(name: &str) -> String {
    format!("`authbench key rotate {name}` makes another key, and ends this one")
}

fn digest_of(key: &Secret) -> Result<Digest, Failure> {
    let read = ApiKey::parse(key.expose()).ok_or_else(|| Failure::environment("the fresh key cannot be read back"))?;
    Ok(read.secret_digest())
}

fn shown_once(common: &Common, caller: &Caller, key: &Secret, save: Option<&Path>) -> Result<(), Failure> {
    let shown = saved::text(key, save);
    let mut document = json!({"name": &*caller.name, "id": &*caller.id});
    match save {
        Some(path) => document["saved"] = json!(path),
        None => document["key"] = json!(shown),
    }
    let text = || format!("name  {}\nid    {}\nkey   {shown}", caller.name, caller.id);
    match save {
        Some(_) => output::show(common.json, &document, text)?,
        None => output::show_secret(common.json, &document, text, &remedy(&caller.name))?,
    }
    if !common.json {
        output::note(
            "The key is not shown again. A call: curl --cacert certs/server-ca/cert.pem -H 'x-api-key: KEY' https://localhost:8443/hello-world",
        );
    }
    Ok(())
}

fn list(common: &Common, store: &Store) -> Result<(), Failure> {
    let all = store.callers(Which::Key)?;
    if common.json {
        return output::json(&all.iter().map(document).collect::<Vec<_>>());
    }
    if all.is_empty() {
        output::note("There is no key yet. Make one: authbench key add NAME");
        return Ok(());
    }
    let row =
        |key: &Caller| vec![key.name.to_string(), key.id.to_string(), key.state.to_string(), ends(key), grant::text(&key.grant)];
    output::table(&["NAME", "ID", "STATE", "ENDS", "MAY"], &all.iter().map(row).collect::<Vec<_>>())
}

fn text(key: &Caller) -> String {
    format!(
        "key      {}\nid       {}\nstate    {}\nmay      {}\nends     {}\nsecrets  {}\ncreated  {}",
        key.name,
        key.id,
        key.state,
        grant::text(&key.grant),
        ends(key),
        super::secrets_text(key),
        clock::rfc3339(key.created)
    )
}

fn told(common: &Common, key: &Caller) -> Result<(), Failure> {
    let document = json!({"name": &*key.name, "id": &*key.id, "state": key.state});
    output::show(common.json, &document, || format!("key {} is {}", key.name, key.state))
}

fn ends(key: &Caller) -> String {
    key.ends.map_or("never".into(), clock::rfc3339)
}

fn document(key: &Caller) -> Value {
    json!({
        "name": &*key.name,
        "id": &*key.id,
        "state": key.state,
        "grant": grant::json(&key.grant),
        "ends": key.ends.map(clock::rfc3339),
        "secrets": super::secrets_json(key),
        "created": clock::rfc3339(key.created),
    })
}
