//! From an accepted socket to a connection that may ask: capacity, handshake, certificate, deadlines.

use std::{io, net::SocketAddr, sync::Arc};

use axum_server::accept::Accept;
use futures_util::future::BoxFuture;
use rustls::HandshakeKind;
use tokio::net::TcpStream;

use super::{
    Deadlines, Handshakes, Limits, RefusedHandshake, Registry, Tls,
    bad_head::BadHead,
    capacity::{Capacity, Place},
    connection::{Connection, Line},
    handshake::{self, Refused},
    leaf,
    registry::Registration,
    requests::Stamp,
    watch::{Rules, Watch},
    wire::Wire,
};
use crate::{
    denial::Reason,
    network::canonical,
    peer::{Peer, TlsPeer},
};

/// Accepts connections for one listener.
#[derive(Debug, Clone)]
pub struct Acceptor {
    door: Arc<Door>,
}

#[derive(Debug)]
struct Door {
    tls: Option<Tls>,
    registry: Arc<Registry>,
    handshakes: Arc<dyn Handshakes>,
    capacity: Arc<Capacity>,
    deadlines: Deadlines,
    limits: Limits,
}

/// What a connection holds while it is open; dropping it forgets the connection everywhere.
#[derive(Debug)]
pub struct Held {
    _place: Place,
    _registration: Option<Registration>,
    _watch: Watch,
}

/// A connection that may come in.
struct Entrant {
    wire: Wire,
    peer: Peer,
    line: Arc<Line>,
    registration: Option<Registration>,
}

type Established = (Connection<Wire, Held>, Arc<Peer>, Arc<Line>);

impl Acceptor {
    /// An acceptor that speaks TLS, or plain HTTP without it.
    pub fn new(
        tls: Option<Tls>,
        registry: Arc<Registry>,
        handshakes: Arc<dyn Handshakes>,
        deadlines: Deadlines,
        limits: Limits,
    ) -> Self {
        let capacity = Arc::new(Capacity::new(&limits));
        Self { door: Arc::new(Door { tls, registry, handshakes, capacity, deadlines, limits }) }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.door.limits
    }

    pub(super) fn is_plain(&self) -> bool {
        self.door.tls.is_none()
    }
}

impl<S: Send + 'static> Accept<TcpStream, S> for Acceptor {
    type Stream = Connection<Wire, Held>;
    type Service = Stamp<S>;
    type Future = BoxFuture<'static, io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, tcp: TcpStream, service: S) -> Self::Future {
        let door = Arc::clone(&self.door);
        Box::pin(async move {
            let (connection, peer, line) = door.open(tcp).await?;
            Ok((connection, Stamp::new(service, peer, line)))
        })
    }
}

impl Door {
    async fn open(&self, tcp: TcpStream) -> io::Result<Established> {
        // Without it the first answer waits behind the session ticket for the client's delayed acknowledgement.
        tcp.set_nodelay(true)?;
        let address = tcp.peer_addr()?;
        let address = SocketAddr::new(canonical(address.ip()), address.port());
        let place = self
            .capacity
            .take(address.ip())
            .map_err(|limit| self.refuse(RefusedHandshake::new(address, Reason::Overloaded, limit)))?;
        match self.establish(tcp, address).await {
            Ok(entrant) => Ok(self.admit(entrant, place)),
            Err(Refused { refusal, wire }) => {
                let error = self.refuse(refusal);
                if let Some(wire) = wire {
                    handshake::linger(wire).await;
                }
                Err(error)
            }
        }
    }

    async fn establish(&self, tcp: TcpStream, address: SocketAddr) -> Result<Entrant, Refused> {
        let Some(tls) = &self.tls else {
            let (wire, line) = (Wire::Plain(tcp), Arc::new(Line::new()));
            return Ok(Entrant { wire, peer: Peer { address, tls: None }, line, registration: None });
        };
        let (stream, seen) = handshake::shake(tls, tcp, address, self.deadlines.handshake).await?;
        let line = Arc::new(Line::new());
        let session = stream.get_ref().1;
        let resumed = session.handshake_kind() == Some(HandshakeKind::Resumed);
        let certificate = seen.verified.or_else(|| leaf::read(session.peer_certificates()?.first()?));
        // Registered first and looked up after: a revocation finds the connection, or the connection finds the revocation.
        let registration = certificate.as_ref().map(|certificate| self.registry.register(certificate, &line));
        let checked = handshake::check_again(tls, session, certificate.as_ref(), resumed, address);
        let wire = Wire::Tls(Box::new(stream));
        if let Err(refusal) = checked {
            return Err(Refused { refusal, wire: Some(wire) });
        }
        let peer = Peer { address, tls: Some(TlsPeer { resumed, certificate }) };
        Ok(Entrant { wire, peer, line, registration })
    }

    fn admit(&self, entrant: Entrant, place: Place) -> Established {
        let Entrant { wire, peer, line, registration } = entrant;
        self.handshakes.accepted(&peer);
        let watch = Watch::start(&line, Rules::new(self.deadlines, wire.is_http1(), peer.tls.as_ref()));
        let held = Held { _place: place, _registration: registration, _watch: watch };
        let bad_head = BadHead::new(Arc::clone(&self.handshakes), peer.address);
        (Connection::new(wire, Arc::clone(&line), bad_head, held), Arc::new(peer), line)
    }

    fn refuse(&self, refusal: RefusedHandshake) -> io::Error {
        let error = io::Error::other(refusal.reason.as_str());
        self.handshakes.refused(refusal);
        error
    }
}
