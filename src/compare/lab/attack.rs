//! What somebody does who should not: changing, making, taking credentials, and posing as the server.

use bytes::Bytes;
use http::Request;

use super::{Lab, Listener};
use crate::{
    caller::{Protocol, Tls, Trust, token as client},
    compare::{
        credential::Credential,
        forge::{
            certificate::{self, Minted},
            key,
            signer::Signer,
            token::{self, World},
        },
        scenario::{Call, Flaw, Forge, Impostor, Loot, Minter, On, Steal, Step, Tamper, Verb},
        tap::{Captured, Tap},
    },
    mode::{Mode, Profile},
    secret::Secret,
};

/// How much of a made token is shown.
const SHOWN: usize = 600;

impl Lab {
    pub(super) async fn tamper(&mut self, one: &Tamper) -> Result<(), String> {
        let mut changed = Credential::default();
        match self.mode {
            Mode::Open => {}
            Mode::Jwt => changed.token = Some(token::renamed(&self.token_of(&one.caller).await?)?),
            Mode::Apikey => {
                let held = self.holder(&one.caller).credential.key.clone();
                changed.key = Some(key::changed(&held.ok_or("there is no key to change")?)?);
            }
            Mode::Mtls => {
                let held = self.holder(&one.caller).credential.identity.clone();
                changed.identity = Some(certificate::renamed(&held.ok_or("there is no certificate to change")?, &one.caller)?);
            }
        }
        self.hand_over(&one.who, changed);
        Ok(())
    }

    /// Makes one credential after the other; who holds them tries all of them.
    pub(super) async fn forge(&mut self, step: &Step) -> Result<(), String> {
        let mut made = Vec::new();
        for (words, verb) in step.ways() {
            let Verb::Forge(one) = verb else { continue };
            let credential = self.made(one).await?;
            // What can be read is worth reading once.
            if let Some(text) = credential.token.as_ref().filter(|_| made.is_empty()).and_then(token::shown) {
                self.proof.line(format!("* made: {}", text.chars().take(SHOWN).collect::<String>()));
            }
            self.hand_over(&one.who, credential.clone());
            self.holder(&one.who).made.clear();
            made.push((one.who.as_str(), words.to_owned(), credential));
        }
        if !step.each.is_empty() {
            for (who, words, credential) in made {
                self.holder(who).made.push((words, credential));
            }
        }
        Ok(())
    }

    async fn made(&mut self, one: &Forge) -> Result<Credential, String> {
        let mut made = Credential::default();
        match self.mode {
            Mode::Open => {}
            Mode::Jwt => made.token = Some(self.forged_token(one).await?),
            Mode::Apikey if one.flaw == Some(Flaw::Garbage) => made.key = Some(key::garbage()),
            Mode::Apikey if self.profile == Profile::Aws => made.key = Some(key::made_up_opaque()?),
            Mode::Apikey => made.key = Some(key::made_up()?),
            Mode::Mtls => {
                made.identity = Some({
                    let held = self.holder(&one.like).credential.identity.clone();
                    certificate::forge(one, &self.ca("client-ca"), held.as_ref())?
                });
            }
        }
        Ok(made)
    }

    async fn forged_token(&mut self, one: &Forge) -> Result<Secret, String> {
        let like = self.token_of(&one.like).await?;
        let published = self.published_keys(&token::keys_path(&like)).await?;
        if one.calls_home() && self.listener.is_none() {
            self.listener = Some(Listener::open().await?);
        }
        let listener = self.listener.as_ref().map(|listener| listener.authority.as_str());
        let world = World { published: &published, listener };
        if one.by == Minter::Trusted {
            return token::forge(&like, &self.trusted, one, world);
        }
        let stranger = match self.stranger.take() {
            Some(signer) => signer,
            None => Signer::new("a-stranger", &token::algorithm(&like)?)?,
        };
        token::forge(&like, self.stranger.insert(stranger), one, world)
    }

    pub(super) async fn steal(&mut self, one: &Steal) -> Result<(), String> {
        let loot = match (one.what, self.mode) {
            (_, Mode::Open) => Credential::default(),
            (Loot::Disk, Mode::Jwt) => {
                self.token_of(&one.from).await?;
                self.holder(&one.from).credential.clone()
            }
            (Loot::Disk, _) => self.holder(&one.from).credential.clone(),
            (Loot::Log, _) => self.found_in_log(&one.from).await?,
            (Loot::ResourceRequest, _) => {
                if self.mode == Mode::Jwt {
                    self.token_of(&one.from).await?;
                }
                let balancer = certificate::server_of(&self.ca("server-ca"))?;
                let seen = self.divert(&one.from, balancer, self.trust.clone()).await?;
                Credential::looted(seen.ok_or("the load balancer saw nothing")?)?
            }
            (Loot::TokenRequest, _) => {
                self.holder(&one.from).credential.token = None;
                let balancer = certificate::server_of(&self.ca("server-ca"))?;
                let seen = self.divert(&one.from, balancer, self.trust.clone()).await?;
                Credential::looted(seen.ok_or("the load balancer saw nothing")?)?
            }
        };
        self.hand_over(&one.by, loot);
        Ok(())
    }

    pub(super) async fn impostor(&mut self, one: &Impostor) -> Result<(), String> {
        let trust = if one.verify { self.trust.clone() } else { Trust::DangerousAnyone };
        let seen = self.divert(&one.victim, certificate::fake_server()?, trust).await?;
        let learned = seen.map_or(Ok(Credential::default()), Credential::looted)?;
        self.hand_over(&one.by, learned);
        Ok(())
    }

    /// The caller's next request goes to somebody else, who shows `certificate`. Returns what that one saw.
    async fn divert(&mut self, victim: &str, certificate: Minted, trust: Trust) -> Result<Option<Captured>, String> {
        let tap = Tap::open(certificate).await?;
        let request = self.next_request(victim)?;
        let identity = self.holder(victim).credential.identity.clone();
        let mut dial = self.dial(Some(Tls::new(&trust, identity, Protocol::Http1, None)?));
        dial.connect_to = Some(tap.address);
        match dial.connect().await {
            Ok(mut connection) => {
                self.proof.connection(&connection, " with somebody in between");
                self.proof.request(&request);
                if let Err(broken) = connection.send(&request).await {
                    self.proof.line(format!("* {broken}"));
                }
            }
            Err(broken) => self.proof.line(format!("* {broken}")),
        }
        let seen = tap.loot();
        self.proof.line(match &seen {
            None => "* seen in between: nothing".to_owned(),
            Some(seen) if seen.chain.is_empty() => "* seen in between: the whole request".to_owned(),
            Some(_) => "* seen in between: the whole request, and the certificate without its private key".to_owned(),
        });
        Ok(seen)
    }

    /// What a caller sends first: a client without a token asks for one.
    fn next_request(&mut self, who: &str) -> Result<Request<Bytes>, String> {
        let credential = &self.holder(who).credential;
        if let (Some(one), None) = (&credential.client, &credential.token) {
            let request = client::request(&one.id, &one.secret, &[])?;
            self.hide_basic(&request);
            return Ok(request);
        }
        self.request(&Call::plain(who, On::New))
    }

    async fn published_keys(&mut self, path: &str) -> Result<Vec<u8>, String> {
        let request = Request::get(path).body(Bytes::new()).map_err(|error| error.to_string())?;
        let dial = self.dial(Some(Tls::new(&self.trust, None, Protocol::Http1, None)?));
        let mut connection = dial.connect().await.map_err(|broken| format!("the key set: {broken}"))?;
        let answer = connection.send(&request).await.map_err(|broken| format!("the key set: {broken}"))?;
        Ok(answer.body.to_vec())
    }

    fn hand_over(&mut self, who: &str, credential: Credential) {
        for secret in [&credential.token, &credential.key].into_iter().flatten() {
            self.proof.hide(secret);
        }
        self.holder(who).credential = credential;
    }
}
