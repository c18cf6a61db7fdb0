//! One TLS handshake, and what a handshake alone does not settle.

use std::{
    cell::RefCell,
    io,
    net::SocketAddr,
    time::{Duration, SystemTime},
};

use rustls::{CertificateError, Error, ServerConnection, pki_types::UnixTime};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{
    RefusedHandshake, Tls,
    verifier::{ClientVerifier, Purpose, SEEN, Seen},
    wire::Wire,
};
use crate::{clock, peer::ClientCertificate};

/// How long a refused client is given to read why, and how much of what it still says is thrown away.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_OCTETS: usize = 64 * 1024;

/// A connection that does not come in, with what is left of it.
pub(super) struct Refused {
    pub(super) refusal: RefusedHandshake,
    pub(super) wire: Option<Wire>,
}

/// Shakes hands within `limit`; gives the stream and what the verifier saw.
pub(super) async fn shake(
    tls: &Tls,
    tcp: TcpStream,
    address: SocketAddr,
    limit: Duration,
) -> Result<(TlsStream<TcpStream>, Seen), Refused> {
    let accept = TlsAcceptor::from(std::sync::Arc::clone(&tls.config)).accept(tcp).into_fallible();
    let handshake = async { (timeout(limit, accept).await, SEEN.with(RefCell::take)) };
    let (done, seen) = SEEN.scope(RefCell::default(), handshake).await;
    let (error, tcp) = match done {
        Ok(Ok(stream)) => return Ok((stream, seen)),
        Ok(Err((error, tcp))) => (error, Some(tcp)),
        Err(_) => (io::ErrorKind::TimedOut.into(), None),
    };
    Err(Refused { refusal: RefusedHandshake::of(address, &error, &seen), wire: tcp.map(Wire::Plain) })
}

/// What a handshake cannot know, or did not look at: rustls does not verify anything on resumption, a certificate may have
/// been revoked since the verifier looked, and `notAfter` is a moment, not a second.
pub(super) fn check_again(
    tls: &Tls,
    session: &ServerConnection,
    certificate: Option<&ClientCertificate>,
    resumed: bool,
    address: SocketAddr,
) -> Result<(), RefusedHandshake> {
    let Some(client) = &tls.client else { return Ok(()) };
    still_counts(client, session, certificate, resumed).map_err(|error| {
        let claimed = session.peer_certificates().and_then(|chain| Some(chain.first()?.to_vec()));
        RefusedHandshake::of(address, &io::Error::other(error), &Seen { claimed, verified: None })
    })
}

fn still_counts(
    client: &ClientVerifier,
    session: &ServerConnection,
    certificate: Option<&ClientCertificate>,
    resumed: bool,
) -> Result<(), Error> {
    let (Some(certificate), Some([leaf, rest @ ..])) = (certificate, session.peer_certificates()) else {
        return Err(Error::NoCertificatesPresented);
    };
    let now = clock::now();
    if resumed {
        let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        client.verify(leaf, rest, UnixTime::since_unix_epoch(since), Purpose::ClientAuth)?;
    }
    client.check_revocation(certificate, now)?;
    if now > certificate.not_after { Err(CertificateError::Expired.into()) } else { Ok(()) }
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
