//! A running server, its operator's directory, and how callers reach it.

use std::{net::SocketAddr, path::PathBuf};

use bytes::Bytes;
use http::{Request, StatusCode};

use super::partner::Partner;
use crate::{
    caller::{Dial, Origin, Protocol, Stage, Tls, Trust, token},
    compare::{
        credential::Credential,
        launch::{Listeners, Place, Server},
        proof::Proof,
    },
    mode::{Mode, Profile},
    secret::Secret,
    wire::{HELLO_BODY, HELLO_PATH},
};

/// A server in a private place. Dropping it kills the server.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) mode: Mode,
    pub(super) place: Place,
    server: Server,
    origin: Origin,
    /// The CA that verifies the server, PEM.
    pub(super) ca: Vec<u8>,
}

impl Site {
    pub(super) async fn open(mode: Mode) -> Result<Self, String> {
        let place = Place::new(&toml::Table::new())?;
        let server = Server::start(&place, Profile::Standard, mode, Listeners::default()).await?;
        let ca = super::partner::read(&server.ready.ca)?;
        Ok(Self { mode, origin: Origin::parse(&server.ready.url)?, ca, place, server })
    }

    /// Where the operator keeps what servers and commands share, and what callers sent in.
    pub(super) fn operator(&self) -> [PathBuf; 3] {
        [self.place.state(), self.place.certs(), self.inbox()]
    }

    /// What callers sent in.
    pub(super) fn inbox(&self) -> PathBuf {
        self.place.path().join("inbox")
    }

    /// Where the callers keep what is theirs.
    pub(super) fn callers(&self) -> PathBuf {
        self.place.path().join("callers")
    }

    /// A caller that has nothing yet.
    pub(super) fn partner(&self, name: &str) -> Result<Partner, String> {
        Partner::new(self.callers().join(name), name)
    }

    /// The process that serves: another one after every restart.
    pub(super) fn process(&self) -> u32 {
        self.server.ready.pid
    }

    fn dial(&self, credential: Option<&Credential>) -> Result<Dial, String> {
        let identity = credential.and_then(|credential| credential.identity.clone());
        let tls = Tls::new(&Trust::Ca(self.ca.clone()), identity, Protocol::Http1, None)?;
        let address = SocketAddr::from(([127, 0, 0, 1], self.origin.port));
        Ok(Dial { connect_to: Some(address), ..Dial::new(self.origin.clone(), Some(tls.without_resumption())) })
    }

    /// One call on a new connection: whether the resource was served.
    ///
    /// # Errors
    /// A sentence when the call was neither served nor refused.
    pub(super) async fn call(&self, credential: &Credential, proof: &mut Proof) -> Result<bool, String> {
        let mut request = Request::get(HELLO_PATH).body(Bytes::new()).map_err(|error| error.to_string())?;
        credential.present(request.headers_mut())?;
        for secret in credential.token.iter().chain(&credential.key) {
            proof.hide(secret);
        }
        let sent = match self.dial(Some(credential))?.connect().await {
            Ok(mut connection) => {
                proof.connection(&connection, "");
                proof.request(&request);
                connection.send(&request).await
            }
            Err(broken) => Err(broken),
        };
        match sent {
            Ok(answer) => {
                proof.answer(&answer);
                if answer.status.is_server_error() {
                    return Err(format!("a call was answered {}", answer.status));
                }
                Ok(answer.status == StatusCode::OK && answer.body == HELLO_BODY)
            }
            Err(broken) if matches!(broken.stage, Stage::Handshake | Stage::Closed) => {
                proof.line(format!("* {broken}"));
                Ok(false)
            }
            Err(broken) => Err(format!("a call failed: {broken}")),
        }
    }

    /// Asks the token service as a client does; nothing when it refuses.
    pub(super) async fn token(&self, request: &Request<Bytes>, proof: &mut Proof) -> Result<Option<Secret>, String> {
        let mut connection = self.dial(None)?.connect().await.map_err(|broken| format!("the token service: {broken}"))?;
        let answer = connection.send(request).await.map_err(|broken| format!("the token service: {broken}"))?;
        let token = token::access_token(&answer);
        if let Some(token) = &token {
            proof.hide(token);
        }
        // The request's body and Basic pair are secret; that it was sent is enough.
        proof.line(format!("> {} {}", request.method(), request.uri()));
        proof.answer(&answer);
        Ok(token)
    }

    /// A token for a caller that is a client; nothing when it is none, or is refused.
    pub(super) async fn token_of(&self, partner: &Partner, proof: &mut Proof) -> Result<Option<Secret>, String> {
        match partner.token_request(&self.origin.to_string())? {
            Some(request) => self.token(&request, proof).await,
            None => Ok(None),
        }
    }

    pub(super) async fn close(mut self) -> Result<(), String> {
        self.server.stop().await
    }
}
