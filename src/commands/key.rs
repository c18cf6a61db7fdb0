//! `authbench key …`: API keys.

mod make;
mod scan;

use make::{Asked, Desk};
use serde_json::{Value, json};

use super::{grant, many, output, usage};
use crate::{
    cli::{self, Common},
    clock,
    config::Config,
    exit::Failure,
    mode::Profile,
    principal::Kind,
    store::{Caller, State, Store, Which},
};

/// Does what `key …` asks.
///
/// # Errors
/// As the store's.
pub fn run(common: &Common, command: &cli::Key) -> Result<(), Failure> {
    let config = Config::load(common)?;
    let mut store = Store::open(&common.state)?;
    let mut desk = Desk { common, config: &config, store: &mut store };
    match command {
        cli::Key::Add { name, expires, grants, save, servers } => {
            desk.add(&Asked { name, expires: *expires, grants, servers }, save.as_deref())
        }
        cli::Key::AddMany { names, expires, grants, servers } => {
            let asked = |name| Asked { name, expires: *expires, grants, servers };
            desk.add_many(&many::names(names)?, asked)
        }
        cli::Key::Import { name, expires, grants, servers } => desk.import(&Asked { name, expires: *expires, grants, servers }),
        cli::Key::List => list(common, &store),
        cli::Key::Show { name } => {
            let key = store.caller(Which::Key, name)?;
            output::show(common.json, &document(&key), || text(&key))
        }
        cli::Key::Rotate { name, overlap, save, servers } => desk.rotate(name, *overlap, servers, save.as_deref()),
        cli::Key::Disable { name } => told(common, &store.set_caller_state(Which::Key, name, State::Disabled)?),
        cli::Key::Enable { name } => told(common, &store.set_caller_state(Which::Key, name, State::Active)?),
        cli::Key::Usage(asked) => usage::show(common, &config, &store, Kind::Key, asked),
        cli::Key::Scan { paths } => scan::run(common, &store, paths),
        cli::Key::Revoke { name } => told(common, &store.set_caller_state(Which::Key, name, State::Revoked)?),
    }
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
        "key      {}\nid       {}\nstate    {}\nmay      {}\nends     {}\nsecrets  {}\nservers  {}\ncreated  {}",
        key.name,
        key.id,
        key.state,
        grant::text(&key.grant),
        ends(key),
        super::secrets_text(key, "\n         "),
        profiles(key).iter().map(|profile| profile.as_str()).collect::<Vec<_>>().join(", "),
        clock::rfc3339(key.created)
    )
}

fn told(common: &Common, key: &Caller) -> Result<(), Failure> {
    let document = json!({"name": &*key.name, "id": &*key.id, "state": key.state});
    output::show(common.json, &document, || format!("key {} is {}", key.name, key.state))
}

/// The servers that read its present secret: one without an id is for those of `aws`.
fn profiles(key: &Caller) -> &'static [Profile] {
    if key.secrets.first().is_some_and(|secret| secret.opaque) { &[Profile::Aws] } else { Profile::ALL }
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
        "profiles": profiles(key),
        "created": clock::rfc3339(key.created),
    })
}
