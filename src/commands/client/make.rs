//! Clients are made, taken over, and given new secrets and keys.

use std::{io::Read, path::Path, time::Duration};

use serde_json::json;

use super::{jwks, show};
use crate::{
    cli::{Common, Grants},
    clock,
    commands::{check_name, grant, many, output, saved, token::SECRET_VARIABLE, whole},
    config::Config,
    denial::LONGEST_ID,
    exit::Failure,
    secret::{Secret, random_text},
    store::{Caller, State, Store, StoredSecret, Which},
};

const ID: usize = 20;
const SECRET: usize = 32;
/// A secret from elsewhere is as long as this at least, of so many different characters, and no longer than that.
const SHORTEST: usize = 16;
const DIFFERENT: usize = 6;
const LONGEST: usize = 1024;

/// What every one of them needs.
pub(super) struct Desk<'a> {
    pub(super) common: &'a Common,
    pub(super) config: &'a Config,
    pub(super) store: &'a mut Store,
}

impl Desk<'_> {
    pub(super) fn add(&mut self, name: &str, ttl: Option<Duration>, grants: &Grants, save: Option<&Path>) -> Result<(), Failure> {
        let secret = Secret::generate(SECRET).map_err(Failure::environment)?;
        let caller = with_secret(self.client(&fresh_id()?, name, ttl, grants)?, &secret);
        saved::deliver(&secret, save, &remedy(name), || self.store.add_caller(&caller))?;
        self.shown_once(&caller, &secret, save)
    }

    pub(super) fn rotate(&mut self, name: &str, overlap: Duration, save: Option<&Path>) -> Result<(), Failure> {
        let secret = Secret::generate(SECRET).map_err(Failure::environment)?;
        let fresh = StoredSecret::new(secret.digest(), clock::now());
        let rotate = || self.store.rotate_secret(Which::Client, name, &fresh, overlap);
        let caller = saved::deliver(&secret, save, &remedy(name), rotate)?;
        self.shown_once(&caller, &secret, save)
    }

    /// A client for each name, all of them or none.
    pub(super) fn add_many(&mut self, names: &[String], ttl: Option<Duration>, grants: &Grants) -> Result<(), Failure> {
        let (mut callers, mut made) = (Vec::new(), Vec::new());
        for name in names {
            let secret = Secret::generate(SECRET).map_err(Failure::environment)?;
            let caller = with_secret(self.client(&fresh_id()?, name, ttl, grants)?, &secret);
            let scopes = show::scopes(&caller, self.config);
            made.push(json!({"name": name, "client_id": &*caller.id, "client_secret": secret.expose(), "scopes": scopes}));
            callers.push(caller);
        }
        self.store.add_callers(&callers)?;
        many::show_once(self.common, &made, &["name", "client_id", "client_secret"])
    }

    /// A client that exists elsewhere: its id is told, its secret comes on standard input.
    pub(super) fn import(&mut self, name: &str, id: &str, ttl: Option<Duration>, grants: &Grants) -> Result<(), Failure> {
        check_id(id)?;
        let secret = secret_from_stdin()?;
        let caller = with_secret(self.client(id, name, ttl, grants)?, &secret);
        self.store.add_caller(&caller)?;
        self.made(&caller)
    }

    pub(super) fn add_with_keys(
        &mut self,
        name: &str,
        ttl: Option<Duration>,
        grants: &Grants,
        file: &Path,
    ) -> Result<(), Failure> {
        let (kept, _) = jwks::read(file)?;
        let caller = Caller { jwks: Some(kept.into()), ..self.client(&fresh_id()?, name, ttl, grants)? };
        self.store.add_caller(&caller)?;
        self.made(&caller)
    }

    pub(super) fn replace_keys(&mut self, name: &str, file: &Path) -> Result<(), Failure> {
        let (kept, _) = jwks::read(file)?;
        let caller = self.store.replace_keys(name, &kept)?;
        self.made(&caller)
    }

    fn client(&self, id: &str, name: &str, ttl: Option<Duration>, grants: &Grants) -> Result<Caller, Failure> {
        check_name(name)?;
        Ok(Caller {
            which: Which::Client,
            id: id.into(),
            name: name.into(),
            state: State::Active,
            grant: grant::read(grants, self.config)?,
            token_ttl: whole(ttl)?,
            ends: None,
            created: clock::now(),
            secrets: Vec::new(),
            jwks: None,
        })
    }

    /// A client of whom nothing is secret here.
    fn made(&self, caller: &Caller) -> Result<(), Failure> {
        let scopes = show::scopes(caller, self.config);
        let mut document = json!({"name": &*caller.name, "client_id": &*caller.id, "scopes": scopes});
        document["auth_method"] = json!(show::method(caller));
        let kids = caller.jwks.as_deref().map(jwks::kids);
        if let Some(kids) = &kids {
            document["kids"] = json!(kids);
        }
        output::show(self.common.json, &document, || {
            let keys = kids.map(|kids| format!("\nkeys       {}", kids.join(" "))).unwrap_or_default();
            format!("client     {}\nclient_id  {}\nscopes     {}{keys}", caller.name, caller.id, scopes.join(" "))
        })
    }

    fn shown_once(&self, caller: &Caller, secret: &Secret, save: Option<&Path>) -> Result<(), Failure> {
        let json = self.common.json;
        let shown = saved::text(secret, save);
        let scopes = show::scopes(caller, self.config);
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
            Some(_) => output::show(json, &document, text)?,
            None => output::show_secret(json, &document, text, &remedy(&caller.name))?,
        }
        if !json {
            let (first, option) = match save {
                Some(path) => ("For a token:".to_owned(), format!(" --secret-file {}", path.display())),
                None => (format!("The secret is not shown again. For a token, put it into {SECRET_VARIABLE}:"), String::new()),
            };
            output::note(&format!("{first}\n  authbench token get --client-id {}{option}", caller.id));
        }
        Ok(())
    }
}

/// What mends a secret that nobody has seen.
fn remedy(name: &str) -> String {
    format!("`authbench client rotate {name}` makes another secret, and ends this one")
}

fn fresh_id() -> Result<String, Failure> {
    random_text(ID).map_err(Failure::environment)
}

fn with_secret(client: Caller, secret: &Secret) -> Caller {
    Caller { secrets: vec![StoredSecret::new(secret.digest(), client.created)], ..client }
}

fn check_id(id: &str) -> Result<(), Failure> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(plain) {
        return Ok(());
    }
    Err(Failure::usage(format!("`{}` cannot be a client id", id.escape_debug()))
        .remedy(format!("use 1 to {LONGEST_ID} letters, digits, `-` and `_`")))
}

/// The secret as somebody else made it. It is kept as a plain hash, so it must be too long to guess.
fn secret_from_stdin() -> Result<Secret, Failure> {
    let refuse = |why: &str| {
        Failure::usage(format!("the secret on standard input {why}"))
            .remedy(format!("pass the secret alone, `< FILE`: {SHORTEST} characters or more, {DIFFERENT} of them different"))
    };
    let mut octets = Vec::new();
    let limit = u64::try_from(LONGEST).unwrap_or(u64::MAX) + 3;
    std::io::stdin().take(limit).read_to_end(&mut octets).map_err(|error| refuse(&format!("cannot be read: {error}")))?;
    let text = String::from_utf8(octets).map_err(|_| refuse("is no text"))?;
    // The end of the line is the shell's, not the secret's.
    let text = text.strip_suffix('\n').map_or(&*text, |line| line.strip_suffix('\r').unwrap_or(line));
    let different = text.chars().collect::<std::collections::HashSet<_>>().len();
    match text {
        _ if text.chars().any(char::is_control) => Err(refuse("holds control characters")),
        _ if text.len() > LONGEST => Err(refuse("is too long")),
        _ if text.chars().count() < SHORTEST => Err(refuse("is too short to be secret")),
        _ if different < DIFFERENT => Err(refuse("repeats too few characters to be secret")),
        _ => Ok(Secret::new(text)),
    }
}
