//! Where one scenario happens in one mode: a server of its own, callers with what they hold, and what was seen.

mod ask;
mod attack;
mod call;
mod counters;
mod holder;
mod listener;
mod log;
mod maker;
mod operate;
mod perform;
mod replay;
mod steal;
mod store;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{Duration, Instant},
};

use counters::Counted;
use holder::Holder;
use listener::Listener;
use serde_json::Value;

pub(super) use self::perform::Ended;
use super::{
    forge::{signer::Signer, token::TRUSTED_ISSUER},
    launch::{Listeners, Place, Server},
    proof::Proof,
    scenario::Scenario,
};
use crate::{
    caller::{Origin, Trust},
    mode::{Mode, Profile},
    secret::Secret,
};

/// Within this time a running server honours what a command did: the product's promise, taken at its word.
const CHANGE_WITHIN: Duration = Duration::from_millis(100);

/// One scenario at work in one mode.
#[derive(Debug)]
pub(super) struct Lab {
    mode: Mode,
    profile: Profile,
    place: Place,
    server: Server,
    origin: Origin,
    trust: Trust,
    holders: BTreeMap<String, Holder>,
    /// Made when it is needed, to sign as the true issuer does.
    stranger: Option<Signer>,
    trusted: Signer,
    listener: Option<Listener>,
    /// The key that made credentials before the present one, as its command names it.
    maker_before: Option<String>,
    counted: Counted,
    changed: Option<Instant>,
    proof: Proof,
}

impl Lab {
    /// Makes a private place and starts a server there.
    pub(super) async fn open(scenario: &Scenario, profile: Profile, mode: Mode) -> Result<Self, String> {
        let trusted = Signer::new("second-issuer", "ES256")?;
        let mut settings = scenario.server.clone();
        let place = Place::new(&settings)?;
        if mode == Mode::Jwt && scenario.needs_trusted_issuer() {
            trust_second_issuer(&mut settings, &place, &trusted)?;
        }
        if scenario.issuing_ca && mode == Mode::Mtls {
            place.ask(&["cert", "init", "--intermediate"].map(str::to_owned), None).await?;
        }
        let server = Server::start(&place, profile, mode, Listeners::default()).await?;
        let trust = std::fs::read(&server.ready.ca).map_err(|error| format!("{}: {error}", server.ready.ca.display()))?;
        Ok(Self {
            mode,
            profile,
            origin: Origin::parse(&server.ready.url)?,
            place,
            server,
            trust: Trust::Ca(trust),
            holders: BTreeMap::new(),
            stranger: None,
            trusted,
            listener: None,
            maker_before: None,
            counted: Counted::default(),
            changed: None,
            proof: Proof::default(),
        })
    }

    /// The lines since the last step.
    pub(super) fn exchange(&mut self) -> Vec<String> {
        self.proof.take()
    }

    /// Stops the server.
    ///
    /// # Errors
    /// A sentence when it does not end as it should.
    pub(super) async fn close(mut self) -> Result<(), String> {
        self.holders.clear();
        self.server.stop().await?;
        let called = self.listener.is_some_and(|listener| listener.was_called());
        if called { Err(listener::CALLED.into()) } else { Ok(()) }
    }

    fn holder(&mut self, name: &str) -> &mut Holder {
        self.holders.entry(name.to_owned()).or_default()
    }

    /// The directory of a CA: `server-ca` or `client-ca`.
    fn ca(&self, which: &str) -> PathBuf {
        self.place.certs().join(which)
    }

    /// Runs a command, shows it, and remembers when it was done. Its answer may hold secrets, and is not shown yet.
    async fn ask(&mut self, args: &[String], input: Option<&Secret>) -> Result<Value, String> {
        let asked = self.place.ask(args, input).await?;
        self.changed = Some(Instant::now());
        self.proof.line(format!("$ {}", asked.line));
        Ok(asked.answer)
    }

    /// Runs a command whose answer holds no secret.
    async fn order(&mut self, args: &[String], input: Option<&Secret>) -> Result<(), String> {
        let answer = self.ask(args, input).await?;
        self.show(&answer);
        Ok(())
    }

    /// Shows a command's answer; the private place is nobody's business.
    fn show(&mut self, answer: &Value) {
        let here = format!("{}/", self.place.path().display());
        self.proof.line(answer.to_string().replace(&here, ""));
    }

    /// Waits until what commands did has reached the server.
    async fn settle(&mut self) {
        if let Some(changed) = self.changed.take() {
            tokio::time::sleep(CHANGE_WITHIN.saturating_sub(changed.elapsed())).await;
        }
    }
}

fn trust_second_issuer(settings: &mut toml::Table, place: &Place, signer: &Signer) -> Result<(), String> {
    let file = "second-issuer.jwks.json";
    std::fs::write(place.path().join(file), signer.jwks().to_string())
        .map_err(|error| format!("cannot write {file}: {error}"))?;
    let mut issuer = toml::Table::new();
    issuer.insert("issuer".into(), TRUSTED_ISSUER.into());
    issuer.insert("jwks_file".into(), file.into());
    issuer.insert("algorithms".into(), vec!["ES256"].into());
    settings.insert("issuers".into(), toml::Value::Array(vec![issuer.into()]));
    place.configure(settings)
}
