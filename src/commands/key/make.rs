//! Keys are made, taken over from a gateway, and replaced.

use std::{io::Read, path::Path, time::Duration};

use serde_json::json;

use crate::{
    authn::apikey::{ApiKey, OPAQUE_LENGTHS, OpaqueKey, weakness},
    cli::{Common, Grants, Servers},
    clock,
    commands::{check_name, grant, many, output, saved, whole},
    config::Config,
    exit::Failure,
    mode::Profile,
    secret::Secret,
    store::{Caller, State, Store, StoredSecret, Which},
};

/// What every one of them needs.
pub(super) struct Desk<'a> {
    pub(super) common: &'a Common,
    pub(super) config: &'a Config,
    pub(super) store: &'a mut Store,
}

/// Who a key is for, and what it is good for.
pub(super) struct Asked<'a> {
    pub(super) name: &'a str,
    pub(super) expires: Option<Duration>,
    pub(super) grants: &'a Grants,
    pub(super) servers: &'a Servers,
}

/// A key with its id, and what the store keeps of it.
struct Fresh {
    id: String,
    key: Secret,
    kept: StoredSecret,
}

impl Desk<'_> {
    pub(super) fn add(&mut self, asked: &Asked<'_>, save: Option<&Path>) -> Result<(), Failure> {
        let fresh = self.fresh(None, asked.servers)?;
        let caller = self.caller(&fresh.id, asked, fresh.kept)?;
        saved::deliver(&fresh.key, save, &remedy(asked.name), || self.store.add_caller(&caller))?;
        self.shown_once(&caller, &fresh.key, save)
    }

    /// A key for each name, all of them or none.
    pub(super) fn add_many<'n>(&mut self, names: &'n [String], asked: impl Fn(&'n str) -> Asked<'n>) -> Result<(), Failure> {
        let (mut callers, mut made) = (Vec::new(), Vec::new());
        for name in names {
            let asked = asked(name);
            let fresh = self.fresh(None, asked.servers)?;
            made.push(json!({"name": name, "id": fresh.id, "key": fresh.key.expose()}));
            callers.push(self.caller(&fresh.id, &asked, fresh.kept)?);
        }
        self.store.add_callers(&callers)?;
        many::show_once(self.common, &made, &["name", "id", "key"])
    }

    /// A key that a gateway has given: it comes on standard input.
    pub(super) fn import(&mut self, asked: &Asked<'_>) -> Result<(), Failure> {
        if self.profile(asked.servers) == Profile::Standard {
            return Err(Failure::usage("a server of the `standard` profile does not read a key from elsewhere").remedy(
                "write `profile = \"aws\"` in authbench.toml, or say --profile aws when the servers get it on their command line",
            ));
        }
        let digest = OpaqueKey::parse(key_from_stdin()?.expose()).map(|key| key.digest()).ok_or_else(|| refused("is no key"))?;
        let id = OpaqueKey::fresh_id().map_err(Failure::environment)?;
        let caller = self.caller(&id, asked, StoredSecret::opaque(digest, clock::now()))?;
        self.store.add_caller(&caller)?;
        let document = json!({"name": &*caller.name, "id": &*caller.id});
        output::show(self.common.json, &document, || format!("name  {}\nid    {}", caller.name, caller.id))
    }

    pub(super) fn rotate(
        &mut self,
        name: &str,
        overlap: Duration,
        servers: &Servers,
        save: Option<&Path>,
    ) -> Result<(), Failure> {
        let id = self.store.caller(Which::Key, name)?.id;
        let Fresh { key, kept, .. } = self.fresh(Some(&id), servers)?;
        let rotate = || self.store.rotate_secret(Which::Key, &id, &kept, overlap);
        let caller = saved::deliver(&key, save, &remedy(name), rotate)?;
        self.shown_once(&caller, &key, save)
    }

    /// A key in the form that these servers give out.
    fn fresh(&self, id: Option<&str>, servers: &Servers) -> Result<Fresh, Failure> {
        let unread = || "the fresh key cannot be read back".to_owned();
        let fresh = match self.profile(servers) {
            Profile::Standard => ApiKey::generate(id).and_then(|(id, key)| {
                let digest = ApiKey::parse(key.expose()).ok_or_else(unread)?.secret_digest();
                Ok(Fresh { id, key, kept: StoredSecret::new(digest, clock::now()) })
            }),
            Profile::Aws => OpaqueKey::generate(id).and_then(|(id, key)| {
                let digest = OpaqueKey::parse(key.expose()).ok_or_else(unread)?.digest();
                Ok(Fresh { id, key, kept: StoredSecret::opaque(digest, clock::now()) })
            }),
        };
        fresh.map_err(Failure::environment)
    }

    fn profile(&self, servers: &Servers) -> Profile {
        servers.profile.unwrap_or(self.config.profile)
    }

    fn caller(&self, id: &str, asked: &Asked<'_>, kept: StoredSecret) -> Result<Caller, Failure> {
        check_name(asked.name)?;
        Ok(Caller {
            which: Which::Key,
            id: id.into(),
            name: asked.name.into(),
            state: State::Active,
            grant: grant::read(asked.grants, self.config)?,
            token_ttl: None,
            ends: whole(asked.expires)?.map(|expires| clock::after(clock::now(), expires)),
            created: clock::now(),
            secrets: vec![kept],
            jwks: None,
        })
    }

    fn shown_once(&self, caller: &Caller, key: &Secret, save: Option<&Path>) -> Result<(), Failure> {
        let json = self.common.json;
        let shown = saved::text(key, save);
        let mut document = json!({"name": &*caller.name, "id": &*caller.id});
        match save {
            Some(path) => document["saved"] = json!(path),
            None => document["key"] = json!(shown),
        }
        let text = || format!("name  {}\nid    {}\nkey   {shown}", caller.name, caller.id);
        match save {
            Some(_) => output::show(json, &document, text)?,
            None => output::show_secret(json, &document, text, &remedy(&caller.name))?,
        }
        if !json {
            output::note(
                "The key is not shown again. A call: curl --cacert certs/server-ca/cert.pem -H 'x-api-key: KEY' https://localhost:8443/hello-world",
            );
        }
        Ok(())
    }
}

/// What mends a key that nobody has seen.
fn remedy(name: &str) -> String {
    format!("`authbench key rotate {name}` makes another key, and ends this one")
}

/// The key as the gateway has it. It is kept as a plain hash, so it must be too long to guess.
fn key_from_stdin() -> Result<Secret, Failure> {
    let mut octets = Vec::new();
    // One more than a key and the end of a line: enough to see that it is too long.
    let limit = *OPAQUE_LENGTHS.end() as u64 + 3;
    std::io::stdin().take(limit).read_to_end(&mut octets).map_err(|error| refused(&format!("cannot be read: {error}")))?;
    // The end of the line is the shell's, not the key's.
    let line = octets.strip_suffix(b"\n").map_or(&*octets, |line| line.strip_suffix(b"\r").unwrap_or(line));
    match str::from_utf8(line) {
        Ok("") => Err(refused("is empty")),
        Ok(text) if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) => Err(refused("holds more than letters and digits")),
        Ok(text) if !OPAQUE_LENGTHS.contains(&text.len()) => Err(refused("is too short, or too long")),
        Ok(text) => weakness(text).map_or_else(|| Ok(Secret::new(text)), |why| Err(weak(&why))),
        Err(_) => Err(refused("is no text")),
    }
}

fn refused(why: &str) -> Failure {
    let (from, to) = (OPAQUE_LENGTHS.start(), OPAQUE_LENGTHS.end());
    Failure::usage(format!("the key on standard input {why}"))
        .remedy(format!("pass the key alone, `< FILE`: {from} to {to} letters and digits, as the gateway has it"))
}

fn weak(why: &str) -> Failure {
    Failure::usage(format!("the key on standard input {why}; it could be guessed"))
        .remedy("make a fresh one with `authbench key add NAME`, and give it to the caller")
}
