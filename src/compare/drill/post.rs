//! A running server of one mode, and the operator beside it who gives credentials and takes them back.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use http::Request;
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    noisy::{ALLOWED, LOUD},
    pass::{Pass, Source, Wants},
};
use crate::{
    caller::{Dial, Origin, Protocol, Tls, Trust, token},
    clock,
    compare::{
        credential::{Client, Credential},
        findings::Kind,
        forge::token::ends,
        launch::{Listeners, Place, Server},
    },
    mode::{Mode, Profile},
    wire::{HELLO_PATH, JWKS_PATH},
};

/// A plan under which the limiter works and never refuses.
const PLAN: &str = "drilled";
const RATE: i64 = 1_000_000;
/// Within this time a running server honours what a command did.
const CHANGE_WITHIN: Duration = Duration::from_millis(100);

/// A server at its post. Dropping it kills the server.
#[derive(Debug)]
pub(super) struct Post {
    pub(super) mode: Mode,
    place: Place,
    server: Server,
    origin: Origin,
    trust: Trust,
}

/// A command that took a credential back.
#[derive(Debug)]
pub(super) struct Withdrawn {
    pub(super) began: Instant,
    pub(super) returned: Instant,
}

/// What can be taken away from a running server.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    /// The state directory, with the database.
    State,
    /// What certificates and revocation lists are signed with.
    ClientCaKey,
}

fn rename(from: &Path, to: &Path) -> Result<(), String> {
    std::fs::rename(from, to).map_err(|error| format!("cannot move {} to {}: {error}", from.display(), to.display()))
}

impl Post {
    pub(super) async fn open(mode: Mode) -> Result<Self, String> {
        Self::open_with(mode, toml::Table::new()).await
    }

    /// The same, with further settings.
    pub(super) async fn open_with(mode: Mode, mut settings: toml::Table) -> Result<Self, String> {
        let plan = |rate: i64| toml::Table::from_iter(["rate", "burst"].map(|key| (key.to_owned(), rate.into())));
        let plans = [(PLAN, RATE), (LOUD, ALLOWED.into())].map(|(name, rate)| (name.to_owned(), plan(rate).into()));
        let plans = toml::Table::from_iter(plans);
        settings.insert("plans".to_owned(), plans.into());
        let place = Place::new(&settings)?;
        let server = Server::start(&place, Profile::Standard, mode, Listeners::default()).await?;
        let trust = std::fs::read(&server.ready.ca).map_err(|error| format!("{}: {error}", server.ready.ca.display()))?;
        Ok(Self { mode, origin: Origin::parse(&server.ready.url)?, trust: Trust::Ca(trust), place, server })
    }

    /// Gives `name` a credential, good for `life` or as long as is usual, and lets the server hear of it.
    pub(super) async fn give(&self, name: &str, life: Option<Duration>) -> Result<Pass, String> {
        self.give_in(PLAN, name, life).await
    }

    /// The same, in another plan.
    pub(super) async fn give_in(&self, plan: &str, name: &str, life: Option<Duration>) -> Result<Pass, String> {
        let (verb, ttl) = match self.mode {
            Mode::Open => return self.pass(name, &Value::Null).await,
            Mode::Jwt => (["client", "add"], "--ttl"),
            Mode::Mtls => (["cert", "issue"], "--ttl"),
            Mode::Apikey => (["key", "add"], "--expires"),
        };
        let mut args: Vec<String> = verb.into_iter().chain([name, "--plan", plan]).map(str::to_owned).collect();
        args.extend(life.iter().flat_map(|life| [ttl.to_owned(), humantime::format_duration(*life).to_string()]));
        let answer = self.ask(&args).await?;
        let mut pass = self.pass(name, &answer).await?;
        if self.mode == Mode::Apikey && life.is_some() {
            pass.credential.ends = Some(self.end_of_key(name).await?);
        }
        Ok(pass)
    }

    /// What the answer of a command gave, once the server has heard of it.
    pub(super) async fn pass(&self, name: &str, answer: &Value) -> Result<Pass, String> {
        let mut credential = Credential::received(self.mode, answer)?;
        tokio::time::sleep(CHANGE_WITHIN).await;
        if let Some(client) = &credential.client {
            let token = self.source(client)?.ask().await?;
            credential.ends = ends(&token).map(clock::from_seconds);
            credential.token = Some(token);
        }
        let mut call = Request::get(HELLO_PATH).body(Bytes::new()).map_err(|error| error.to_string())?;
        credential.present(call.headers_mut())?;
        let (dial, trust, wants) = (self.dial(None), self.trust.clone(), Wants::Resource);
        Ok(Pass { name: name.to_owned(), dial, call, wants, credential, trust, source: None })
    }

    /// This caller as a caller of another server, which asks here for a token whenever half of the life of one is over.
    pub(super) fn renewing(&self, pass: &Pass) -> Result<Pass, String> {
        let client = pass.credential.client.as_ref().ok_or("there is no client to ask for tokens")?;
        Ok(Pass { source: Some(self.source(client)?), ..pass.clone() })
    }

    /// This caller, calling here.
    pub(super) fn visited_by(&self, pass: &Pass) -> Pass {
        Pass { dial: self.dial(None), trust: self.trust.clone(), ..pass.clone() }
    }

    /// When the server will say that a key has ended: it says so when it is asked, and not when it gives one.
    async fn end_of_key(&self, name: &str) -> Result<SystemTime, String> {
        let args = ["key", "show", name].map(str::to_owned);
        let answer = self.ask(&args).await?;
        let ends = answer["ends"].as_str().and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
        ends.map(SystemTime::from).ok_or_else(|| format!("`authbench key show {name}` does not say when it ends"))
    }

    fn source(&self, client: &Client) -> Result<Source, String> {
        let tls = Tls::new(&self.trust, None, Protocol::Http1, None)?;
        Ok(Source { dial: self.dial(Some(tls)), request: token::request(&client.id, &client.secret, &[])? })
    }

    /// The name is not looked up: a caller in a hurry knows the address.
    fn dial(&self, tls: Option<Tls>) -> Dial {
        let address = SocketAddr::from(([127, 0, 0, 1], self.origin.port));
        Dial { connect_to: Some(address), ..Dial::new(self.origin.clone(), tls) }
    }

    /// The command that takes a credential of this mode back, as a person types it.
    pub(super) fn withdrawal(&self, name: &str) -> String {
        format!("authbench {}", self.withdrawal_args(name).join(" "))
    }

    fn withdrawal_args(&self, name: &str) -> Vec<String> {
        let words = match self.mode {
            Mode::Jwt => ["token", "revoke", "-"],
            Mode::Mtls => ["cert", "revoke", name],
            Mode::Open | Mode::Apikey => ["key", "revoke", name],
        };
        words.map(str::to_owned).to_vec()
    }

    /// Takes a credential back for good.
    pub(super) async fn withdraw(&self, pass: &Pass) -> Result<Withdrawn, String> {
        let args = self.withdrawal_args(&pass.name);
        let began = Instant::now();
        self.place.ask(&args, pass.credential.token.as_ref()).await?;
        Ok(Withdrawn { began, returned: Instant::now() })
    }

    /// The certificate that the server shows to a new connection.
    pub(super) async fn server_certificate(&self, pass: &Pass) -> Result<Vec<u8>, String> {
        let connection = pass.dial(Kind::New)?.connect().await.map_err(|broken| broken.to_string())?;
        connection.server_certificate().map(<[u8]>::to_vec).ok_or_else(|| "the server shows no certificate".into())
    }

    /// Runs a command of the operator's.
    pub(super) async fn ask(&self, args: &[String]) -> Result<Value, String> {
        Ok(self.place.ask(args, None).await?.answer)
    }

    /// Ends the server, by SIGTERM or by SIGKILL, and waits until it has ended.
    pub(super) async fn end(&mut self, politely: bool) -> Result<(), String> {
        if politely { self.server.stop().await } else { self.server.kill().await }
    }

    /// Starts a server where the one before was, on its state, and waits until it is ready.
    pub(super) async fn start_again(&mut self) -> Result<(), String> {
        let listeners = self.server.listeners()?;
        self.server = Server::start(&self.place, Profile::Standard, self.mode, listeners).await?;
        Ok(())
    }

    /// Moves a file or directory of the server's away, and back again: `state`, or a path below the certificates.
    pub(super) fn take_away(&self, what: Part) -> Result<(), String> {
        rename(&self.part(what), &self.away())
    }

    pub(super) fn put_back(&self, what: Part) -> Result<(), String> {
        rename(&self.away(), &self.part(what))
    }

    fn part(&self, what: Part) -> PathBuf {
        match what {
            Part::State => self.place.state(),
            Part::ClientCaKey => self.place.certs().join("client-ca/key.pem"),
        }
    }

    fn away(&self) -> PathBuf {
        self.place.path().join("away")
    }

    /// For whom the tokens are that this one gives: its URL and stage.
    pub(super) fn identifier(&self) -> String {
        format!("{}/test", self.server.ready.url)
    }

    /// What another server has to be told to trust the tokens that this one gives.
    pub(super) fn as_issuer(&self) -> [(&'static str, String); 3] {
        let url = self.server.ready.url.clone();
        [("jwks_url", format!("{url}{JWKS_PATH}")), ("ca", self.server.ready.ca.display().to_string()), ("issuer", url)]
    }

    /// Stops the server.
    pub(super) async fn close(mut self) -> Result<(), String> {
        self.server.stop().await
    }
}
