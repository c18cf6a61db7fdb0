//! A running server of one mode, and the operator beside it who gives credentials and takes them back.

use std::{
    net::SocketAddr,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use http::Request;
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    noisy::{ALLOWED, LOUD},
    pass::{Pass, Wants},
};
use crate::{
    caller::{Dial, Origin, Protocol, Tls, Trust, token},
    clock,
    compare::{
        credential::Credential,
        findings::{Failure, Kind},
        forge::token::ends,
        launch::{Listeners, Place, Server},
    },
    mode::{Mode, Profile},
    secret::Secret,
    wire::HELLO_PATH,
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

impl Post {
    pub(super) async fn open(mode: Mode) -> Result<Self, String> {
        let plan = |rate: i64| toml::Table::from_iter(["rate", "burst"].map(|key| (key.to_owned(), rate.into())));
        let plans = [(PLAN, RATE), (LOUD, ALLOWED.into())].map(|(name, rate)| (name.to_owned(), plan(rate).into()));
        let plans = toml::Table::from_iter(plans);
        let place = Place::new(&toml::Table::from_iter([("plans".to_owned(), plans.into())]))?;
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
            let token = self.token(&client.id, &client.secret).await?;
            credential.ends = ends(&token).map(clock::from_seconds);
            credential.token = Some(token);
        }
        let mut call = Request::get(HELLO_PATH).body(Bytes::new()).map_err(|error| error.to_string())?;
        credential.present(call.headers_mut())?;
        Ok(Pass {
            name: name.to_owned(),
            dial: self.dial(None),
            call,
            wants: Wants::Resource,
            credential,
            trust: self.trust.clone(),
        })
    }

    /// When the server will say that a key has ended: it says so when it is asked, and not when it gives one.
    async fn end_of_key(&self, name: &str) -> Result<SystemTime, String> {
        let args = ["key", "show", name].map(str::to_owned);
        let answer = self.ask(&args).await?;
        let ends = answer["ends"].as_str().and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
        ends.map(SystemTime::from).ok_or_else(|| format!("`authbench key show {name}` does not say when it ends"))
    }

    async fn token(&self, id: &str, secret: &Secret) -> Result<Secret, String> {
        let tls = Tls::new(&self.trust, None, Protocol::Http1, None)?;
        let request = token::request(id, secret, &[])?;
        let mut connection = self.dial(Some(tls)).connect().await.map_err(|broken| format!("the token endpoint: {broken}"))?;
        let answer = connection.send(&request).await.map_err(|broken| format!("the token endpoint: {broken}"))?;
        token::access_token(&answer).ok_or_else(|| format!("no token was given: {}", answer.status))
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

    /// Ends the server as `what` says, and waits until it has ended.
    pub(super) async fn end(&mut self, what: Failure) -> Result<(), String> {
        match what {
            Failure::Killed => self.server.kill().await,
            Failure::Stopped => self.server.stop().await,
        }
    }

    /// Starts a server where the one before was, on its state, and waits until it is ready.
    pub(super) async fn start_again(&mut self) -> Result<(), String> {
        let listeners = self.server.listeners()?;
        self.server = Server::start(&self.place, Profile::Standard, self.mode, listeners).await?;
        Ok(())
    }

    /// Stops the server.
    pub(super) async fn close(mut self) -> Result<(), String> {
        self.server.stop().await
    }
}
