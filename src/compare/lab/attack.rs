//! What somebody does who should not: changing and making credentials.

use bytes::Bytes;
use http::Request;

use super::{Lab, Listener};
use crate::{
    caller::{Protocol, Tls},
    compare::{
        credential::Credential,
        forge::{
            certificate, key,
            signer::Signer,
            token::{self, World},
        },
        scenario::{Flaw, Forge, Minter, Step, Tamper, Verb},
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
        if one.by == Minter::Maker {
            return token::forge(&like, &self.true_signer(&like)?, one, world);
        }
        let stranger = match self.stranger.take() {
            Some(signer) => signer,
            None => Signer::new("a-stranger", &token::algorithm(&like)?)?,
        };
        token::forge(&like, self.stranger.insert(stranger), one, world)
    }

    /// The signer behind a true token, as somebody has it who got hold of its private key.
    pub(super) fn true_signer(&self, like: &Secret) -> Result<Signer, String> {
        let kid = token::kid(like)?;
        let path = self.place.state().join("signing-keys").join(format!("{kid}.pem"));
        let pem = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Signer::read(&kid, &token::algorithm(like)?, &pem)
    }

    async fn published_keys(&mut self, path: &str) -> Result<Vec<u8>, String> {
        let request = Request::get(path).body(Bytes::new()).map_err(|error| error.to_string())?;
        let dial = self.dial(Some(Tls::new(&self.trust, None, Protocol::Http1, None)?));
        let mut connection = dial.connect().await.map_err(|broken| format!("the key set: {broken}"))?;
        let answer = connection.send(&request).await.map_err(|broken| format!("the key set: {broken}"))?;
        Ok(answer.body.to_vec())
    }

    pub(super) fn hand_over(&mut self, who: &str, credential: Credential) {
        for secret in [&credential.token, &credential.key].into_iter().flatten() {
            self.proof.hide(secret);
        }
        self.holder(who).credential = credential;
    }
}
