//! A credential together with how it is presented over each kind of connection.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::{Request, StatusCode};

use crate::{
    caller::{Deadlines, Dial, Exchange, Protocol, Tls, Trust, token},
    compare::{credential::Credential, findings::Kind},
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
