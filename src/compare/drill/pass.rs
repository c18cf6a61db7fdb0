//! A credential together with how it is presented over each kind of connection.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::Request;

use crate::{
    caller::{Deadlines, Dial, Protocol, Tls, Trust},
    compare::{credential::Credential, findings::Kind},
};

/// A busy caller does not wait longer than this for anything.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a caller needs to call.
#[derive(Clone)]
pub(super) struct Pass {
    pub(super) name: String,
    pub(super) credential: Credential,
    pub(super) call: Request<Bytes>,
    /// Where to.
    pub(super) dial: Dial,
    pub(super) trust: Trust,
}

impl Pass {
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
