//! One TLS handshake, and what a handshake alone does not settle.

use std::{cell::RefCell, io, net::SocketAddr, sync::Arc, time::Duration};

use rustls::{Error, ServerConnection, pki_types::CertificateDer, server::Acceptor};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};

use super::{
    RefusedHandshake,
    entrances::Entrances,
    refusal,
    verifier::{self, ClientVerifier, Purpose, SEEN, Seen},
    wire::Wire,
};
use crate::{
    clock,
    peer::{ClientCertificate, Entrance, Shown},
};

/// How long a refused client is given to read why, and how much of what it still says is thrown away.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_OCTETS: usize = 64 * 1024;

/// A connection that does not come in, with what is left of it.
pub(super) struct Refused {
    pub(super) refusal: RefusedHandshake,
    pub(super) wire: Option<Wire>,
}

/// A handshake that was done.
pub(super) struct Shaken {
    pub(super) stream: Box<TlsStream<TcpStream>>,
    pub(super) entrance: Entrance,
    pub(super) seen: Seen,
}

/// Shakes hands before the deadline.
pub(super) async fn shake(
    entrances: &Entrances,
    tcp: TcpStream,
    address: SocketAddr,
    deadline: Instant,
) -> Result<Shaken, Refused> {
    let handshake = async { (begin(entrances, tcp, deadline).await, SEEN.with(RefCell::take)) };
    let (done, seen) = SEEN.scope(RefCell::default(), handshake).await;
    match done {
        Ok((entrance, stream)) => Ok(Shaken { stream: Box::new(stream), entrance, seen }),
        Err((error, tcp)) => Err(Refused { refusal: RefusedHandshake::of(address, &error, &seen), wire: tcp.map(Wire::Plain) }),
    }
}

type Begun = Result<(Entrance, TlsStream<TcpStream>), (io::Error, Option<TcpStream>)>;

/// Reads the name that the client asks for, and goes on with the configuration that it leads to.
async fn begin(entrances: &Entrances, tcp: TcpStream, deadline: Instant) -> Begun {
    let late = || (io::ErrorKind::TimedOut.into(), None);
    let mut hello = LazyConfigAcceptor::new(Acceptor::default(), tcp);
    let start = match timeout_at(deadline, &mut hello).await {
        Ok(Ok(start)) => start,
        Ok(Err(error)) => return Err((error, hello.take_io())),
        Err(_) => return Err(late()),
    };
    let (entrance, tls) = entrances.choose(start.client_hello().server_name());
    let rest = start.into_stream(Arc::clone(&tls.config)).into_fallible();
    match timeout_at(deadline, rest).await {
        Ok(Ok(stream)) => Ok((entrance, stream)),
        Ok(Err((error, tcp))) => Err((error, Some(tcp))),
        Err(_) => Err(late()),
    }
}

/// Who the client is, as far as TLS can tell. rustls verifies nothing on resumption, and a certificate that does not count may
/// have passed where that is told in HTTP: only what was verified in this handshake is not verified now.
pub(super) fn identify(client: Option<&ClientVerifier>, session: &ServerConnection, seen: &mut Seen) -> Result<Shown, Error> {
    let Some(client) = client else { return Ok(Shown::Nothing) };
    if let Some(certificate) = seen.verified.take() {
        return Ok(Shown::Verified(Arc::new(certificate)));
    }
    match session.peer_certificates() {
        Some([leaf, rest @ ..]) => show(client, verify_now(client, leaf, rest)),
        _ if client.asks().demands_one => Err(Error::NoCertificatesPresented),
        _ => Ok(Shown::Nothing),
    }
}

/// The same certificate by what is in force now: it may have been revoked, or its CA taken away, since it was verified.
pub(super) fn check_again(client: Option<&ClientVerifier>, shown: Shown) -> Result<Shown, Error> {
    match (client, &shown) {
        (Some(client), Shown::Verified(certificate)) => {
            let counts = client.still_counts(certificate, clock::now());
            show(client, counts.map(|()| Arc::clone(certificate)))
        }
        _ => Ok(shown),
    }
}

/// What is wrong with a certificate fails the handshake, or is told in HTTP.
fn show(client: &ClientVerifier, judged: Result<Arc<ClientCertificate>, Error>) -> Result<Shown, Error> {
    match judged {
        Ok(certificate) => Ok(Shown::Verified(certificate)),
        Err(error) if client.asks().answers_in_http => {
            Ok(Shown::Refused { reason: refusal::reason_of(&error, false), cause: error.to_string() })
        }
        Err(error) => Err(error),
    }
}

fn verify_now(
    client: &ClientVerifier,
    leaf: &CertificateDer<'_>,
    rest: &[CertificateDer<'_>],
) -> Result<Arc<ClientCertificate>, Error> {
    client.verify(leaf, rest, verifier::unix(clock::now()), Purpose::ClientAuth).map(Arc::new)
}

/// A refusal after the handshake, with what the certificate claims.
pub(super) fn refused_after(address: SocketAddr, error: Error, session: &ServerConnection) -> RefusedHandshake {
    let claimed = session.peer_certificates().and_then(|chain| Some(chain.first()?.to_vec()));
    RefusedHandshake::of(address, &io::Error::other(error), &Seen { claimed, verified: None })
}

/// Lets a refused client read its alert. In TLS 1.3 it has sent its request by then, and closing a socket with octets
/// unread sends a reset, which throws the alert away.
pub(super) async fn linger(mut wire: Wire) {
    let reading = async {
        let (mut waste, mut left) = ([0; 4096], LINGER_OCTETS);
        wire.shutdown().await?;
        while left > 0 {
            match wire.read(&mut waste).await? {
                0 => break,
                octets => left = left.saturating_sub(octets),
            }
        }
        io::Result::Ok(())
    };
    // It is refused already: whether it listened changes nothing.
    let _ = timeout(LINGER, reading).await;
}
