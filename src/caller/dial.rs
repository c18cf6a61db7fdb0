//! From an origin to an open connection.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use rustls::{HandshakeKind, ProtocolVersion, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpSocket, TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{
    Broken, Connection, Meter, Origin, Stage, Tls,
    connection::Opened,
    streams::{Watched, Witness},
};

/// The protocol above TLS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2.
    Http2,
}

impl Protocol {
    pub(super) fn alpn(self) -> &'static [u8] {
        match self {
            Self::Http1 => b"http/1.1",
            Self::Http2 => b"h2",
        }
    }
}

/// How long each part may take.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// Until TCP stands.
    pub connect: Duration,
    /// Until TLS stands.
    pub handshake: Duration,
    /// From a request to the end of its answer.
    pub exchange: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), handshake: Duration::from_secs(10), exchange: Duration::from_secs(10) }
    }
}

/// An open connection as a stream of octets, above TLS where there is TLS.
pub trait Octets: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Octets for S {}

/// How to reach a server. Fields may be set freely; [`Dial::new`] has the usual ones.
#[derive(Debug, Clone)]
pub struct Dial {
    /// The server's name, in `Host`, in SNI, and in what its certificate is checked for.
    pub origin: Origin,
    /// Another name for SNI and for the check: `openssl s_client -servername`. An address asks for no name at all.
    pub server_name: Option<String>,
    /// TLS, for an origin that speaks it.
    pub tls: Option<Tls>,
    /// The protocol; the same that [`Tls::new`] was told.
    pub protocol: Protocol,
    /// The local address to call from.
    pub from: Option<IpAddr>,
    /// Where to connect instead of where the name leads: `curl --connect-to`.
    pub connect_to: Option<SocketAddr>,
    /// Limits in time.
    pub deadlines: Deadlines,
    /// The most of an answer's body that is read, in octets.
    pub longest_body: usize,
}

/// The most of an answer's body that a caller reads, unless told otherwise.
const LONGEST_BODY: usize = 1 << 20;

impl Dial {
    /// HTTP/1.1 from any local address with the usual deadlines.
    pub fn new(origin: Origin, tls: Option<Tls>) -> Self {
        let deadlines = Deadlines::default();
        Self {
            origin,
            server_name: None,
            tls,
            protocol: Protocol::Http1,
            from: None,
            connect_to: None,
            deadlines,
            longest_body: LONGEST_BODY,
        }
    }

    /// Connects, shakes hands, and makes ready for requests.
    ///
    /// A refused client certificate shows here in TLS 1.2, and at the first [`Connection::send`] in TLS 1.3.
    ///
    /// # Errors
    /// The stage that failed.
    pub async fn connect(&self) -> Result<Connection, Broken> {
        let tcp = self.tcp().await?;
        let (meter, witness) = (Meter::default(), Witness::default());
        let metered = Watched { inner: tcp, meter: Some(meter.clone()), witness: None };
        let mut opened = Opened {
            origin: self.origin.clone(),
            protocol: self.protocol,
            meter,
            witness: witness.clone(),
            resumed: false,
            server: None,
            version: None,
            agreed: None,
            limit: self.deadlines.exchange,
            longest_body: self.longest_body,
        };
        let Some(tls) = self.tls.as_ref().filter(|_| self.origin.secure) else {
            return Connection::open(Watched { inner: metered, meter: None, witness: Some(witness) }, opened).await;
        };
        let stream = self.shake_hands(tls, metered).await?;
        let session = stream.get_ref().1;
        opened.resumed = session.handshake_kind() == Some(HandshakeKind::Resumed);
        opened.server = session.peer_certificates().and_then(<[_]>::first).cloned();
        opened.version = session.protocol_version().map(version_name);
        opened.agreed = Some(agreed(session));
        Connection::open(Watched { inner: stream, meter: None, witness: Some(witness) }, opened).await
    }

    /// Connects and shakes hands, for whoever writes and reads HTTP by hand.
    ///
    /// # Errors
    /// The stage that failed.
    pub async fn octets(&self) -> Result<Box<dyn Octets>, Broken> {
        let tcp = self.tcp().await?;
        match self.tls.as_ref().filter(|_| self.origin.secure) {
            Some(tls) => Ok(Box::new(self.shake_hands(tls, tcp).await?)),
            None => Ok(Box::new(tcp)),
        }
    }

    async fn tcp(&self) -> Result<TcpStream, Broken> {
        let connecting = timeout(self.deadlines.connect, self.connect_to_any());
        match connecting.await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(Broken::new(Stage::Connect, format!("{}: {error}", self.origin.authority()))),
            Err(_) => Err(Broken::new(Stage::Deadline, format!("no connection within {:?}", self.deadlines.connect))),
        }
    }

    async fn connect_to_any(&self) -> io::Result<TcpStream> {
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in self.addresses().await? {
            match self.connect_one(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Where the name leads, of the family of `from`, IPv4 first.
    async fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        if let Some(address) = self.connect_to {
            return Ok(vec![address]);
        }
        let found = lookup_host((self.origin.host.as_str(), self.origin.port)).await?;
        let mut fitting: Vec<_> = found.filter(|one| self.from.is_none_or(|from| from.is_ipv4() == one.is_ipv4())).collect();
        fitting.sort_by_key(SocketAddr::is_ipv6);
        Ok(fitting)
    }

    async fn connect_one(&self, to: SocketAddr) -> io::Result<TcpStream> {
        let socket = if to.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if let Some(from) = self.from {
            socket.bind(SocketAddr::new(from, 0))?;
        }
        socket.set_nodelay(true)?;
        socket.connect(to).await
    }

    async fn shake_hands<S>(&self, tls: &Tls, stream: S) -> Result<TlsStream<S>, Broken>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let name = self.server_name.as_ref().unwrap_or(&self.origin.host);
        let name = ServerName::try_from(name.clone())
            .map_err(|_| Broken::new(Stage::Connect, format!("`{name}` is no name that TLS knows")))?;
        let handshake = TlsConnector::from(std::sync::Arc::clone(&tls.0)).connect(name, stream);
        match timeout(self.deadlines.handshake, handshake).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(Broken::handshake(&error)),
            Err(_) => Err(Broken::new(Stage::Deadline, format!("no handshake within {:?}", self.deadlines.handshake))),
        }
    }
}

fn agreed(session: &rustls::ClientConnection) -> String {
    let version = session.protocol_version().map(|version| version_name(version).to_owned());
    let suite = session.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()));
    let group = session.negotiated_key_exchange_group().map(|group| format!("{:?}", group.name()));
    [version, suite, group].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn version_name(version: ProtocolVersion) -> &'static str {
    match version {
        ProtocolVersion::TLSv1_2 => "TLS 1.2",
        ProtocolVersion::TLSv1_3 => "TLS 1.3",
        _ => "TLS",
    }
}
