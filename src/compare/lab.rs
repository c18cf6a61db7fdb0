//! Where one scenario happens in one mode: a server of its own, callers with what they hold, and what was seen.

mod attack;
mod call;
mod holder;
mod operate;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{Duration, Instant},
};

use bytes::Bytes;
use holder::Holder;
use http::Request;
use serde_json::Value;

use super::{
    forge::token::{Signer, TRUSTED_ISSUER},
    judge::{Refusals, refusals},
    launch::{Listeners, Place, Server},
    proof::Proof,
    scenario::{Outcome, Scenario, Verb},
};
use crate::{
    caller::{Dial, Origin, Trust},
    mode::Mode,
    secret::Secret,
    wire::METRICS_PATH,
};

/// Within this time a running server honours what a command did: the product's promise, taken at its word.
const CHANGE_WITHIN: Duration = Duration::from_millis(100);

/// One scenario at work in one mode.
#[derive(Debug)]
pub(super) struct Lab {
    mode: Mode,
    place: Place,
    server: Server,
    origin: Origin,
    trust: Trust,
    holders: BTreeMap<String, Holder>,
    stranger: Signer,
    trusted: Signer,
    counted: Refusals,
    changed: Option<Instant>,
    proof: Proof,
}

impl Lab {
    /// Makes a private place and starts a server there.
    pub(super) async fn open(scenario: &Scenario, mode: Mode) -> Result<Self, String> {
        let trusted = Signer::new("second-issuer")?;
        let mut settings = scenario.server.clone();
        let place = Place::new(&settings)?;
        if mode == Mode::Jwt && scenario.needs_trusted_issuer() {
            trust_second_issuer(&mut settings, &place, &trusted)?;
        }
        let server = Server::start(&place, mode, Listeners::default()).await?;
        let trust = std::fs::read(&server.ready.ca).map_err(|error| format!("{}: {error}", server.ready.ca.display()))?;
        Ok(Self {
            mode,
            origin: Origin::parse(&server.ready.url)?,
            place,
            server,
            trust: Trust::Ca(trust),
            holders: BTreeMap::new(),
            stranger: Signer::new("a-stranger")?,
            trusted,
            counted: Refusals::new(),
            changed: None,
            proof: Proof::default(),
        })
    }

    /// Does one thing. `call` and `flood` end with an outcome.
    ///
    /// # Errors
    /// A sentence when it could not be done at all.
    pub(super) async fn perform(&mut self, verb: &Verb) -> Result<Option<Outcome>, String> {
        match verb {
            Verb::Call(call) => return self.call(call).await.map(Some),
            Verb::Flood(flood) => return self.flood(flood).await.map(Some),
            Verb::Provision(one) => self.provision(one).await?,
            Verb::Revoke(one) => self.revoke(&one.caller).await?,
            Verb::Rotate(one) => self.rotate(one).await?,
            Verb::Disable(one) => self.switch("disable", &one.caller).await?,
            Verb::Enable(one) => self.switch("enable", &one.caller).await?,
            Verb::Expire(one) => self.expire(&one.caller).await?,
            Verb::Tamper(one) => self.tamper(one).await?,
            Verb::Forge(one) => self.forge(one).await?,
            Verb::Steal(one) => self.steal(one).await?,
            Verb::Impostor(one) => self.impostor(one).await?,
            Verb::Restart => self.restart().await?,
            Verb::Kill => self.kill().await?,
        }
        Ok(None)
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
        self.server.stop().await
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

    /// The refused handshakes that the server has counted so far.
    async fn refused_handshakes(&self) -> Result<Refusals, String> {
        let dial = Dial::new(Origin::parse(&self.server.ready.admin)?, None);
        let request = Request::get(METRICS_PATH).body(Bytes::new()).map_err(|error| error.to_string())?;
        let mut connection = dial.connect().await.map_err(|error| format!("the admin listener: {error}"))?;
        let answer = connection.send(&request).await.map_err(|error| format!("the admin listener: {error}"))?;
        Ok(refusals(&String::from_utf8_lossy(&answer.body)))
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
