//! A credential together with how it is presented over each kind of connection.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::{Request, StatusCode};

use crate::{
    caller::{Deadlines, Dial, Exchange, Protocol, Tls, Trust, token},
    clock,
    compare::{credential::Credential, findings::Kind, forge::token::ends},
    secret::Secret,
    wire::HELLO_BODY,
};

/// A busy caller does not wait longer than this for anything.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a caller needs to call.
#[derive(Clone)]
pub(super) struct Pass {
    pub(super) name: String,
    pub(super) credential: Credential,
    pub(super) call: Request<Bytes>,
    pub(super) wants: Wants,
    /// Where to.
    pub(super) dial: Dial,
    pub(super) trust: Trust,
    /// Where another token is to be had, for who has tokens of a short life.
    pub(super) source: Option<Source>,
}

/// A token service, as one of its clients sees it.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) dial: Dial,
    pub(super) request: Request<Bytes>,
}

impl Source {
    /// Asks for a token.
    ///
    /// # Errors
    /// A sentence with what came instead.
    pub(super) async fn ask(&self) -> Result<Secret, String> {
        let mut connection = self.dial.connect().await.map_err(|broken| format!("the token endpoint: {broken}"))?;
        let answer = connection.send(&self.request).await.map_err(|broken| format!("the token endpoint: {broken}"))?;
        token::access_token(&answer).ok_or_else(|| format!("no token was given: {}", answer.status))
    }
}

/// What a caller calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wants {
    /// The resource.
    Resource,
    /// An access token.
    Token,
}

impl Pass {
    /// The same caller, who asks for tokens instead; nothing where there is no secret to ask with.
    pub(super) fn asking(&self) -> Option<Self> {
        let client = self.credential.client.as_ref()?;
        let call = token::request(&client.id, &client.secret, &[]).ok()?;
        Some(Self { call, wants: Wants::Token, ..self.clone() })
    }

    /// The same caller with this credential in hand.
    ///
    /// # Errors
    /// A sentence when it does not fit into a request.
    pub(super) fn hold(&mut self, token: Secret) -> Result<(), String> {
        self.credential.ends = ends(&token).map(clock::from_seconds);
        self.credential.token = Some(token);
        self.credential.present(self.call.headers_mut())
    }

    /// Whether this answer is what the caller called for.
    pub(super) fn is_served(&self, answer: &Exchange) -> bool {
        match self.wants {
            Wants::Resource => answer.status == StatusCode::OK && answer.body == HELLO_BODY,
            Wants::Token => token::access_token(answer).is_some(),
        }
    }

    /// How this caller connects; nobody else shares its sessions.
    pub(super) fn dial(&self, kind: Kind) -> Result<Dial, String> {
        let protocol = if kind == Kind::Http2 { Protocol::Http2 } else { Protocol::Http1 };
        let tls = Tls::new(&self.trust, self.credential.identity.clone(), protocol, None)?;
        let tls = if kind == Kind::Resumed { tls } else { tls.without_resumption() };
        let deadlines = Deadlines { connect: PATIENCE, handshake: PATIENCE, exchange: PATIENCE };
        Ok(Dial { tls: Some(tls), protocol, deadlines, ..self.dial.clone() })
    }
}

/// Without what is secret.
impl fmt::Debug for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pass").field("name", &self.name).field("dial", &self.dial).finish_non_exhaustive()
    }
}
