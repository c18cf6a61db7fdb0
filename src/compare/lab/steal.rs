//! What somebody takes of a caller or of the server, and a fake server that a caller is led to.

use bytes::Bytes;
use http::Request;

use super::Lab;
use crate::{
    caller::{Protocol, Tls, Trust, token as client},
    compare::{
        credential::Credential,
        forge::{
            certificate::{self, Minted},
            token,
        },
        recorder::Recorder,
        scenario::{Call, Impostor, Loot, On, SignedBy, Steal},
        tap::{Captured, Tap},
    },
    mode::Mode,
    secret::random_text,
};

impl Lab {
    /// Who steals uses all that the loot holds, in every way that there is.
    pub(super) async fn steal(&mut self, one: &Steal) -> Result<(), String> {
        if one.what == Loot::Store {
            let ways = self.found_in_store(&one.from)?;
            self.hand_over(&one.by, Credential::default());
            self.holder(&one.by).made = ways;
            return Ok(());
        }
        let loot = self.loot(one).await?;
        self.hand_over(&one.by, loot);
        Ok(())
    }

    async fn loot(&mut self, one: &Steal) -> Result<Credential, String> {
        Ok(match (one.what, self.mode) {
            (Loot::Ciphertext, _) => Credential { recording: Some(self.recorded(&one.from).await?), ..Credential::default() },
            (Loot::Store, _) | (_, Mode::Open) => Credential::default(),
            (Loot::Disk, _) => {
                self.with_token(&one.from).await?;
                self.holder(&one.from).credential.clone()
            }
            (Loot::Log, _) => self.found_in_log(&one.from).await?,
            (Loot::ResourceRequest, _) => {
                self.with_token(&one.from).await?;
                self.seen_by_balancer(&one.from).await?
            }
            (Loot::TokenRequest, _) => {
                self.holder(&one.from).credential.token = None;
                self.seen_by_balancer(&one.from).await?
            }
            (Loot::SigningKey, _) => {
                let like = self.token_of(&one.from).await?;
                let signer = self.true_signer(&like)?;
                self.proof.line("* with the signing key a token is made, like one of the caller's, with a `jti` of its own");
                Credential { token: Some(token::twin(&like, &signer, &random_text(20)?)?), ..Credential::default() }
            }
            (Loot::CaKey, _) => {
                let held = self.holder(&one.from).credential.identity.clone().ok_or("there is no certificate to copy")?;
                self.proof.line("* with the CA's key a certificate is made, with the name and the serial number of the caller's");
                let made = certificate::twin(&one.from, &held, &self.ca("client-ca"))?;
                Credential { identity: Some(made.identity()?), ..Credential::default() }
            }
        })
    }

    pub(super) async fn impostor(&mut self, one: &Impostor) -> Result<(), String> {
        let trust = if one.verify { self.trust.clone() } else { Trust::DangerousAnyone };
        let shown = match one.signed_by {
            SignedBy::Stranger => certificate::fake_server()?,
            SignedBy::ServerCa => certificate::server_of(&self.ca("server-ca"))?,
        };
        let seen = self.divert(&one.victim, shown, trust).await?;
        let learned = seen.map_or(Ok(Credential::default()), Credential::looted)?;
        self.hand_over(&one.by, learned);
        Ok(())
    }

    /// A client has got its token, where it needs one.
    async fn with_token(&mut self, caller: &str) -> Result<(), String> {
        if self.mode == Mode::Jwt { self.token_of(caller).await.map(drop) } else { Ok(()) }
    }

    async fn seen_by_balancer(&mut self, victim: &str) -> Result<Credential, String> {
        let balancer = certificate::server_of(&self.ca("server-ca"))?;
        let seen = self.divert(victim, balancer, self.trust.clone()).await?;
        Credential::looted(seen.ok_or("the load balancer saw nothing")?)
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

    /// All that a wire tap has of a call which passes it, and is served.
    async fn recorded(&mut self, victim: &str) -> Result<Vec<u8>, String> {
        self.with_token(victim).await?;
        self.settle().await;
        let recorder = Recorder::open(format!("{}:{}", self.origin.host, self.origin.port)).await?;
        let request = self.request(&Call::plain(victim, On::New))?;
        let identity = self.holder(victim).credential.identity.clone();
        let mut dial = self.dial(Some(Tls::new(&self.trust, identity, Protocol::Http1, None)?));
        dial.connect_to = Some(recorder.address);
        let mut connection = dial.connect().await.map_err(|broken| format!("past the wire tap: {broken}"))?;
        let answer = connection.send(&request).await.map_err(|broken| format!("past the wire tap: {broken}"))?;
        self.proof.connection(&connection, ", past a wire tap");
        self.proof.request(&request);
        self.proof.answer(&answer);
        drop(connection);
        let octets = recorder.recording().await?;
        self.proof.line(format!("* recorded on the wire: {} octets of the caller's", octets.len()));
        if answer.status.is_success() { Ok(octets) } else { Err("the call that was recorded was not served".into()) }
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
}
