//! From an accepted socket to a connection that may ask: capacity, handshake, certificate, deadlines.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum_server::accept::Accept;
use futures_util::future::BoxFuture;
use rustls::{HandshakeKind, ServerConnection};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};

use super::{
    Deadlines, Handshakes, Limits, Proxies, RefusedHandshake, Registry,
    bad_head::BadHead,
    capacity::{Capacity, Place},
    connection::{Connection, Line},
    entrances::LiveEntrances,
    handshake::{self, Refused, Shaken},
    proxy,
    registry::Registration,
    requests::Stamp,
    watch::{Rules, Watch},
    wire::Wire,
};
use crate::{
    denial::Reason,
    network::canonical,
    peer::{Peer, Shown, TlsPeer},
};

/// Accepts connections for one listener.
#[derive(Debug, Clone)]
pub struct Acceptor {
    door: Arc<Door>,
}

#[derive(Debug)]
struct Door {
    entrances: Option<Arc<LiveEntrances>>,
    registry: Arc<Registry>,
    handshakes: Arc<dyn Handshakes>,
    capacity: Arc<Capacity>,
    proxies: Arc<Proxies>,
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

/// Who is at the other end: the socket's address, or whom the proxy `via` has named.
#[derive(Debug, Clone, Copy)]
struct OtherEnd {
    address: SocketAddr,
    via: Option<IpAddr>,
}

type Established = (Connection<Wire, Held>, Arc<Peer>, Arc<Line>);

impl Acceptor {
    /// An acceptor that speaks TLS, or plain HTTP without it, and takes connections into `capacity`. From `proxies`, a connection
    /// begins with a PROXY header.
    pub fn new(
        entrances: Option<Arc<LiveEntrances>>,
        proxies: Arc<Proxies>,
        registry: Arc<Registry>,
        handshakes: Arc<dyn Handshakes>,
        capacity: Arc<Capacity>,
        deadlines: Deadlines,
        limits: Limits,
    ) -> Self {
        Self { door: Arc::new(Door { entrances, registry, handshakes, capacity, proxies, deadlines, limits }) }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.door.limits
    }

    pub(super) fn is_plain(&self) -> bool {
        self.door.entrances.is_none()
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
    async fn open(&self, mut tcp: TcpStream) -> io::Result<Established> {
        // Without it the first answer waits behind the session ticket for the client's delayed acknowledgement.
        tcp.set_nodelay(true)?;
        let socket = tcp.peer_addr()?;
        let socket = SocketAddr::new(canonical(socket.ip()), socket.port());
        let full = |other: OtherEnd, limit| self.refuse(other, RefusedHandshake::new(other.address, Reason::Overloaded, limit));
        let unnamed = OtherEnd { address: socket, via: None };
        let place = self.capacity.take().map_err(|limit| full(unnamed, limit))?;
        let deadline = Instant::now() + self.deadlines.handshake;
        let other = self.other_end(&mut tcp, socket, deadline).await.map_err(|refusal| self.refuse(unnamed, refusal))?;
        let place = place.of(other.address.ip()).map_err(|limit| full(other, limit))?;
        match self.establish(tcp, other, deadline).await {
            Ok(entrant) => Ok(self.admit(entrant, place)),
            Err(Refused { refusal, wire }) => {
                let error = self.refuse(other, refusal);
                if let Some(wire) = wire {
                    handshake::linger(wire).await;
                }
                Err(error)
            }
        }
    }

    /// A proxy names its caller first, and is heard for as long as a handshake may take.
    async fn other_end(&self, tcp: &mut TcpStream, socket: SocketAddr, deadline: Instant) -> Result<OtherEnd, RefusedHandshake> {
        if !self.proxies.load().as_ref().is_some_and(|proxies| proxies.contain(socket.ip())) {
            return Ok(OtherEnd { address: socket, via: None });
        }
        match timeout_at(deadline, proxy::read(tcp, socket)).await {
            Ok(Ok(address)) => Ok(OtherEnd { address, via: (address != socket).then_some(socket.ip()) }),
            Ok(Err(error)) => Err(RefusedHandshake::new(socket, Reason::ProtocolError, error.to_string())),
            Err(_) => Err(RefusedHandshake::new(socket, Reason::Timeout, "no whole PROXY header came in time")),
        }
    }

    async fn establish(&self, tcp: TcpStream, other: OtherEnd, deadline: Instant) -> Result<Entrant, Refused> {
        let (OtherEnd { address, via }, line) = (other, Arc::new(Line::new()));
        let Some(entrances) = &self.entrances else {
            return Ok(Entrant { wire: Wire::Plain(tcp), peer: Peer { address, via, tls: None }, line, registration: None });
        };
        let now = entrances.load_full();
        let mut shaken = handshake::shake(&now, tcp, address, deadline).await?;
        let (mut registration, entrance) = (None, shaken.entrance);
        let shown = self.identify(&mut shaken, &line, &mut registration);
        let session = shaken.stream.get_ref().1;
        let tls = shown.map(|shown| TlsPeer { shown, entrance, server_name: name(session), resumed: is_resumed(session) });
        let tls = tls.map_err(|error| handshake::refused_after(address, error, session));
        let wire = Wire::Tls(shaken.stream);
        match tls {
            Ok(tls) => Ok(Entrant { wire, peer: Peer { address, via, tls: Some(tls) }, line, registration }),
            Err(refusal) => Err(Refused { refusal, wire: Some(wire) }),
        }
    }

    /// Registered first and looked up after, by what is in force then: a revocation or a CA that is taken away finds the
    /// connection, or the connection finds it.
    fn identify(
        &self,
        shaken: &mut Shaken,
        line: &Arc<Line>,
        registration: &mut Option<Registration>,
    ) -> Result<Shown, rustls::Error> {
        let Shaken { stream, entrance, seen } = shaken;
        let verifier = |entrances: &LiveEntrances| entrances.load().of(*entrance).and_then(|tls| tls.client.clone());
        let verifier = || self.entrances.as_deref().and_then(verifier);
        let shown = handshake::identify(verifier().as_deref(), stream.get_ref().1, seen)?;
        if let Shown::Verified(certificate) = &shown {
            *registration = Some(self.registry.register(certificate, line));
        }
        handshake::check_again(verifier().as_deref(), shown)
    }

    fn admit(&self, entrant: Entrant, place: Place) -> Established {
        let Entrant { wire, peer, line, registration } = entrant;
        self.handshakes.accepted(&peer);
        let watch = Watch::start(&line, Rules::new(self.deadlines, wire.is_http1(), peer.tls.as_ref()));
        let held = Held { _place: place, _registration: registration, _watch: watch };
        let peer = Arc::new(peer);
        let bad_head = BadHead::new(Arc::clone(&self.handshakes), Arc::clone(&peer));
        (Connection::new(wire, Arc::clone(&line), bad_head, held), peer, line)
    }

    fn refuse(&self, other: OtherEnd, refusal: RefusedHandshake) -> io::Error {
        let error = io::Error::other(refusal.reason.as_str());
        self.handshakes.refused(RefusedHandshake { via: other.via, ..refusal });
        error
    }
}

fn is_resumed(session: &ServerConnection) -> bool {
    session.handshake_kind() == Some(HandshakeKind::Resumed)
}

fn name(session: &ServerConnection) -> Option<Arc<str>> {
    session.server_name().map(|name| name.to_ascii_lowercase().into())
}
