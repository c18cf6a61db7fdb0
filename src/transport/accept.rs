//! From an accepted socket to a connection that may ask: capacity, handshake, certificate, deadlines.

use std::{cell::RefCell, io, net::SocketAddr, sync::Arc};

use axum_server::accept::Accept;
use futures_util::future::BoxFuture;
use rustls::{HandshakeKind, ServerConnection, pki_types::UnixTime};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{
    Deadlines, Handshakes, Limits, RefusedHandshake, Registry, Tls,
    capacity::{Capacity, Place},
    connection::{Connection, Line},
    leaf,
    registry::Registration,
    requests::Stamp,
    verifier::{ClientVerifier, SEEN, Seen},
    watch::{Rules, Watch},
    wire::Wire,
};
use crate::{
    clock,
    denial::Reason,
    network::canonical,
    peer::{ClientCertificate, Peer, TlsPeer},
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
        let opened = match self.capacity.take(address.ip()) {
            Ok(place) => self.establish(tcp, address, place).await,
            Err(limit) => Err(RefusedHandshake::new(address, Reason::Overloaded, limit)),
        };
        opened.map_err(|refusal| {
            let error = io::Error::other(refusal.reason.as_str());
            self.handshakes.refused(refusal);
            error
        })
    }

    async fn establish(&self, tcp: TcpStream, address: SocketAddr, place: Place) -> Result<Established, RefusedHandshake> {
        let Some(tls) = &self.tls else {
            let line = Arc::new(Line::new());
            return Ok(self.keep(Wire::Plain(tcp), Peer { address, tls: None }, line, place, None));
        };
        let (stream, seen) = self.shake(tls, tcp, address).await?;
        let line = Arc::new(Line::new());
        let session = stream.get_ref().1;
        let resumed = session.handshake_kind() == Some(HandshakeKind::Resumed);
        let certificate = seen.verified.or_else(|| leaf::read(session.peer_certificates()?.first()?));
        // Registered first and looked up after: a revocation finds the connection, or the connection finds the revocation.
        let registration = certificate.as_ref().map(|certificate| self.registry.register(certificate, &line));
        if let Some(client) = &tls.client {
            check_again(client, session, certificate.as_ref(), resumed)
                .map_err(|error| RefusedHandshake::of(address, &io::Error::other(error), &claimed(session)))?;
        }
        let tls = Some(TlsPeer { server_name: session.server_name().map(Arc::from), resumed, certificate });
        Ok(self.keep(Wire::Tls(Box::new(stream)), Peer { address, tls }, line, place, registration))
    }

    async fn shake(
        &self,
        tls: &Tls,
        tcp: TcpStream,
        address: SocketAddr,
    ) -> Result<(TlsStream<TcpStream>, Seen), RefusedHandshake> {
        let acceptor = TlsAcceptor::from(Arc::clone(&tls.config));
        let handshake = async {
            let done = timeout(self.deadlines.handshake, acceptor.accept(tcp)).await;
            (done.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())), SEEN.with(RefCell::take))
        };
        let (done, seen) = SEEN.scope(RefCell::default(), handshake).await;
        match done {
            Ok(stream) => Ok((stream, seen)),
            Err(error) => Err(RefusedHandshake::of(address, &error, &seen)),
        }
    }

    fn keep(&self, wire: Wire, peer: Peer, line: Arc<Line>, place: Place, registration: Option<Registration>) -> Established {
        self.handshakes.accepted(&peer);
        let watch = Watch::start(&line, Rules::new(self.deadlines, wire.is_http1(), peer.tls.as_ref()));
        let held = Held { _place: place, _registration: registration, _watch: watch };
        (Connection::new(wire, Arc::clone(&line), held), Arc::new(peer), line)
    }
}

fn claimed(session: &ServerConnection) -> Seen {
    let leaf = session.peer_certificates().and_then(|chain| Some(chain.first()?.to_vec()));
    Seen { claimed: leaf, verified: None }
}

/// What a handshake cannot know, or did not look at: rustls does not verify anything on resumption, a certificate may have
/// been revoked since the verifier looked, and `notAfter` is a moment, not a second.
fn check_again(
    client: &ClientVerifier,
    session: &ServerConnection,
    certificate: Option<&ClientCertificate>,
    resumed: bool,
) -> Result<(), rustls::Error> {
    let (Some(certificate), Some([leaf, rest @ ..])) = (certificate, session.peer_certificates()) else {
        return Err(rustls::Error::NoCertificatesPresented);
    };
    let now = clock::now();
    if resumed {
        client.verify(leaf, rest, UnixTime::since_unix_epoch(now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default()))?;
    }
    client.check_revocation(certificate, now)?;
    if now > certificate.not_after {
        return Err(rustls::CertificateError::Expired.into());
    }
    Ok(())
}
