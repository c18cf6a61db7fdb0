//! Calling: getting a token where one is needed, the right connection, the request, and what came of it.

use std::{collections::BTreeMap, net::IpAddr};

use bytes::Bytes;
use http::{
    HeaderValue, Request,
    header::{AUTHORIZATION, HOST},
};

use super::{Lab, ask::fields, holder::Session};
use crate::{
    caller::{Broken, Connection, Dial, Exchange, Protocol, Stage, Tls, TlsVersion, Trust, token},
    compare::{
        credential::Credential,
        judge,
        scenario::{self, Call, Flood, On, Outcome, blanks},
    },
    mode::{Mode, Profile},
    secret::Secret,
    wire::HELLO_PATH,
};

impl Lab {
    pub(super) async fn call(&mut self, call: &Call) -> Result<Outcome, String> {
        self.settle().await;
        if let Some(recording) = self.holder(&call.who).credential.recording.clone() {
            return self.replay(&recording, call.from).await;
        }
        if let Some(refused) = self.get_token(&call.who, call.from, call.fresh).await? {
            return Ok(refused);
        }
        let request = self.request(call)?;
        let sent = match self.connection(call).await? {
            Ok(mut connection) => {
                self.proof.request(&request);
                let answer = connection.send(&request).await;
                self.holder(&call.who).connection = Some(connection);
                answer
            }
            Err(broken) => Err(broken),
        };
        match sent {
            Ok(answer) => {
                self.proof.answer(&answer);
                self.judged(&answer).await
            }
            Err(broken) => self.broken(&call.who, &broken).await,
        }
    }

    /// What the answer does not tell, the server's counters do: in `aws` the reason of any refusal, and everywhere that of a head
    /// which the HTTP library answered itself, without a body.
    async fn judged(&mut self, answer: &Exchange) -> Result<Outcome, String> {
        let counted = match self.profile {
            _ if answer.status.is_success() => return Ok(judge::answer(answer)),
            _ if answer.body.is_empty() => self.newly_counted(|counted| &counted.handshakes).await?,
            Profile::Standard => return Ok(judge::answer(answer)),
            Profile::Aws => self.newly_counted(|counted| &counted.decisions).await?,
        };
        let outcome = judge::counted(answer, &counted);
        self.proof.line(format!("* the server counted: {outcome}"));
        Ok(outcome)
    }

    /// The same call many times on one connection, as fast as the answers come; the outcome is that of the last.
    pub(super) async fn flood(&mut self, flood: &Flood) -> Result<Outcome, String> {
        let mut call = Call::plain(&flood.who, On::New);
        let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
        let mut last = (Outcome::Closed, Vec::new());
        let before = self.proof.take();
        for _ in 0..flood.requests {
            let outcome = self.call(&call).await?;
            *outcomes.entry(outcome.to_string()).or_default() += 1;
            call.on = if self.holder(&flood.who).connection.is_some() { On::Kept } else { On::New };
            last = (outcome, self.proof.take());
        }
        for line in before.into_iter().chain(last.1) {
            self.proof.line(line);
        }
        let counts: Vec<String> = outcomes.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
        self.proof.line(format!("* of {} requests: {}; shown is the last", flood.requests, counts.join(", ")));
        Ok(last.0)
    }

    /// A token for a client that has none, or wants a new one. Returns the refusal when there is one.
    pub(super) async fn get_token(&mut self, who: &str, from: Option<IpAddr>, fresh: bool) -> Result<Option<Outcome>, String> {
        let credential = &self.holder(who).credential;
        let Some(client) = credential.client.clone().filter(|_| fresh || credential.token.is_none()) else { return Ok(None) };
        if self.mode != Mode::Jwt {
            return Ok(None);
        }
        let request = token::request(&client.id, &client.secret, &[])?;
        self.hide_basic(&request);
        let mut dial = self.dial(Some(Tls::new(&self.trust, None, Protocol::Http1, None)?));
        dial.from = from;
        let mut connection = dial.connect().await.map_err(|broken| format!("the token endpoint: {broken}"))?;
        let answer = connection.send(&request).await.map_err(|broken| format!("the token endpoint: {broken}"))?;
        let token = token::access_token(&answer);
        if let Some(token) = &token {
            self.proof.hide(token);
        }
        self.proof.request(&request);
        self.proof.answer(&answer);
        if token.is_none() {
            // 400 and 401 are OAuth's own (RFC 6749 §5.2); the reason of every other refusal is the server's to tell.
            let told = matches!(answer.status.as_u16(), 400 | 401);
            if told && self.profile == Profile::Standard {
                return Ok(Some(judge::token_refusal(&answer)));
            }
            let counted = self.newly_counted(|counted| &counted.decisions).await?;
            return Ok(Some(if told { judge::token_refusal(&answer) } else { judge::counted(&answer, &counted) }));
        }
        self.holder(who).credential.token = token;
        Ok(None)
    }

    /// The request for the resource as this caller makes it.
    pub(super) fn request(&mut self, call: &Call) -> Result<Request<Bytes>, String> {
        let Credential { token, key, .. } = self.holder(&call.who).credential.clone();
        let text = |secret: Option<&Secret>| secret.map(|secret| secret.expose().to_owned());
        let known = |word: &str| match word {
            "token" => text(token.as_ref()),
            // What can stand in a text; where there is no such thing, nothing does.
            "credential" => Some(text(token.as_ref().or(key.as_ref())).unwrap_or_default()),
            _ => None,
        };
        let fill = |text: &str| blanks::fill(text, known);
        let path = fill(call.path.as_deref().unwrap_or(HELLO_PATH))?;
        let body = call.body.as_deref().map(fill).transpose()?.unwrap_or_default();
        let mut request = Request::get(&path).body(Bytes::from(body)).map_err(|error| format!("`{path}`: {error}"))?;
        self.holder(&call.who).credential.present(request.headers_mut())?;
        if let Some(host) = &call.host {
            let value = fill(host)?;
            request.headers_mut().insert(HOST, HeaderValue::try_from(&value).map_err(|error| format!("`{value}`: {error}"))?);
        }
        fields(request.headers_mut(), call.header.iter(), fill)?;
        Ok(request)
    }

    /// HTTP Basic holds a secret in a form of its own.
    pub(super) fn hide_basic(&mut self, request: &Request<Bytes>) {
        if let Some(basic) = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Basic ")) {
            self.proof.hide(&Secret::new(basic));
        }
    }

    pub(super) fn dial(&self, tls: Option<Tls>) -> Dial {
        Dial::new(self.origin.clone(), tls)
    }

    async fn connection(&mut self, call: &Call) -> Result<Result<Connection, Broken>, String> {
        if call.on == On::Kept {
            self.proof.line("* the connection of the last call");
            let gone = Broken { stage: Stage::Closed, alert: None, why: "the connection of the last call is gone".into() };
            return Ok(self.holder(&call.who).connection.take().ok_or(gone));
        }
        let kept = self.holder(&call.who).session.take().filter(|_| call.on == On::Resumed);
        let session = kept.map_or_else(|| self.session(call), Ok)?;
        self.holder(&call.who).session = Some(session.clone());
        let dial =
            Dial { server_name: call.sni.clone(), protocol: session.protocol, from: call.from, ..self.dial(Some(session.tls)) };
        let connection = dial.connect().await;
        if let Ok(connection) = &connection {
            let name = call.sni.as_ref().map(|name| format!(", asking for {name}")).unwrap_or_default();
            let from = call.from.map(|from| format!(", from {from}")).unwrap_or_default();
            self.proof.connection(connection, &format!("{name}{from}"));
        }
        Ok(connection)
    }

    /// A client that has called nowhere yet. What it will be given under one name it keeps for every other.
    fn session(&mut self, call: &Call) -> Result<Session, String> {
        let protocol = match call.protocol.unwrap_or_default() {
            scenario::Protocol::Http1 => Protocol::Http1,
            scenario::Protocol::Http2 => Protocol::Http2,
        };
        let version = call.tls.map(|version| match version {
            scenario::TlsVersion::V12 => TlsVersion::V12,
            scenario::TlsVersion::V13 => TlsVersion::V13,
        });
        // Who asks for a name that is not the server's cannot want to see it proven.
        let trust = if call.sni.is_some() { Trust::DangerousAnyone } else { self.trust.clone() };
        let identity = self.holder(&call.who).credential.identity.clone();
        Ok(Session { tls: Tls::new(&trust, identity, protocol, version)?.across_names()?, protocol })
    }

    /// Without an answer, the server's counter says whether it refused the handshake, and why.
    async fn broken(&mut self, who: &str, broken: &Broken) -> Result<Outcome, String> {
        self.holder(who).connection = None;
        self.proof.line(format!("* {broken}"));
        let grown = self.newly_counted(|counted| &counted.handshakes).await?;
        for (reason, count) in &grown {
            self.proof.line(format!("* the server counted {count} refused handshake: {reason}"));
        }
        Ok(judge::broken(broken, &grown))
    }
}
