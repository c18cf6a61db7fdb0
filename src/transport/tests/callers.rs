//! Real clients: TLS 1.2 and 1.3, HTTP/1.1 by hand and HTTP/2 by hyper.

use std::{io, sync::Arc};

use axum::{body::Body, http::Request};
use http_body_util::BodyExt;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{
    ClientConfig, RootCertStore, SupportedProtocolVersion,
    client::ResolvesClientCert,
    pki_types::ServerName,
    sign::{CertifiedKey, SingleCertAndKey},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{Ca, Identity, Lab, within};

pub(super) const VERSIONS: [&SupportedProtocolVersion; 2] = [&rustls::version::TLS12, &rustls::version::TLS13];

/// A client that trusts one CA and presents one identity, or none; it remembers its sessions.
#[derive(Clone)]
pub(super) struct Caller(Arc<ClientConfig>);

impl Caller {
    pub(super) fn new(
        server_ca: &Ca,
        identity: Option<&Identity>,
        version: &'static SupportedProtocolVersion,
        alpn: &[&str],
    ) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(server_ca.der()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(&[version]).unwrap();
        let builder = builder.with_root_certificates(roots);
        let mut config = match identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let key = provider.key_provider.load_private_key(identity.key.clone_key()).unwrap();
                // Unchecked on purpose: a thief's key does not match.
                let resolver = SingleCertAndKey::from(CertifiedKey::new(identity.chain.clone(), key));
                builder.with_client_cert_resolver(Arc::new(resolver) as Arc<dyn ResolvesClientCert>)
            }
        };
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        Self(Arc::new(config))
    }

    /// For HTTP/1.1 over TLS 1.3.
    pub(super) fn plainest(lab: &Lab, identity: &Identity) -> Self {
        Self::new(&lab.server_ca, Some(identity), &rustls::version::TLS13, &["http/1.1"])
    }

    pub(super) async fn connect(&self, lab: &Lab) -> io::Result<TlsStream<TcpStream>> {
        self.connect_as(lab, "localhost").await
    }

    /// The same, asking for another name.
    pub(super) async fn connect_as(&self, lab: &Lab, name: &str) -> io::Result<TlsStream<TcpStream>> {
        let (name, tcp) = (ServerName::try_from(name.to_owned()).unwrap(), TcpStream::connect(lab.address).await?);
        within(TlsConnector::from(Arc::clone(&self.0)).connect(name, tcp)).await
    }

    /// Connects and asks once; in TLS 1.3 a refusal is seen only there.
    pub(super) async fn try_once(&self, lab: &Lab, path: &str) -> io::Result<String> {
        let mut stream = self.connect(lab).await?;
        ask(&mut stream, path).await
    }

    pub(super) async fn connect_http2(&self, lab: &Lab) -> http2::SendRequest<Body> {
        let stream = self.connect(lab).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        sender
    }
}

/// One HTTP/1.1 request on a connection that stays open; gives the body.
pub(super) async fn ask<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, path: &str) -> io::Result<String> {
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes()).await?;
    within(read_answer(stream)).await
}

async fn read_answer<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(String::from_utf8(body).unwrap())
}

/// One HTTP/2 request; gives the body.
pub(super) async fn ask_http2(sender: &mut http2::SendRequest<Body>, path: &str) -> hyper::Result<String> {
    let request = Request::get(format!("https://localhost{path}")).body(Body::empty()).unwrap();
    let response = within(sender.send_request(request)).await?;
    let body = within(response.into_body().collect()).await?.to_bytes();
    Ok(String::from_utf8(body.to_vec()).unwrap())
}

/// Waits until the other end closes, cleanly or not.
pub(super) async fn closed<S: AsyncRead + Unpin>(stream: &mut S) {
    let mut rest = [0; 1024];
    while within(stream.read(&mut rest)).await.is_ok_and(|octets| octets > 0) {}
}
