//! The caller against a small TLS server of its own: what it says when it is refused, and by whom.

use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http::Request;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::{RootCertStore, ServerConfig, pki_types::PrivateKeyDer, server::WebPkiClientVerifier};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use super::*;

struct Ca(CertifiedIssuer<'static, KeyPair>);

impl Ca {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn leaf(&self, purpose: ExtendedKeyUsagePurpose) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".into()]).unwrap();
        params.extended_key_usages = vec![purpose];
        (params.signed_by(&key, &self.0).unwrap(), key)
    }

    fn identity(&self) -> Identity {
        let (leaf, key) = self.leaf(ExtendedKeyUsagePurpose::ClientAuth);
        Identity::from_pem(leaf.pem().as_bytes(), key.serialize_pem().as_bytes()).unwrap()
    }

    fn trust(&self) -> Trust {
        Trust::Ca(self.0.pem().into_bytes())
    }
}

/// Answers `answers` requests per connection with `hello`, then hangs up.
async fn serve(ca: &Ca, answers: usize) -> Origin {
    let (leaf, key) = ca.leaf(ExtendedKeyUsagePurpose::ServerAuth);
    let mut roots = RootCertStore::empty();
    roots.add(ca.0.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().unwrap();
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_client_cert_verifier(verifier);
    let config = config.with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into())).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((tcp, peer)) = listener.accept().await {
            tokio::spawn(answer(acceptor.clone(), tcp, peer, answers));
        }
    });
    Origin::parse(&format!("https://localhost:{port}")).unwrap()
}

async fn answer(acceptor: TlsAcceptor, tcp: tokio::net::TcpStream, peer: SocketAddr, answers: usize) {
    let Ok(mut tls) = acceptor.accept(tcp).await else { return };
    let mut request = [0; 4096];
    for _ in 0..answers {
        let Ok(1..) = tls.read(&mut request).await else { return };
        let body = peer.ip().to_string();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        tls.write_all(head.as_bytes()).await.unwrap();
    }
    let _ = tls.shutdown().await;
}

fn tls(trust: &Trust, identity: Option<Identity>, version: Option<TlsVersion>) -> Tls {
    Tls::new(trust, identity, Protocol::Http1, version).unwrap()
}

fn hello() -> Request<Bytes> {
    Request::get("/hello-world").body(Bytes::new()).unwrap()
}

async fn once(origin: &Origin, tls: Tls) -> Result<Exchange, Broken> {
    Dial::new(origin.clone(), Some(tls)).connect().await?.send(&hello()).await
}

#[tokio::test]
async fn a_rightful_caller_is_answered_from_the_address_it_binds() {
    let ca = Ca::new("ours");
    let origin = serve(&ca, 1).await;
    let mut dial = Dial::new(origin, Some(tls(&ca.trust(), Some(ca.identity()), None)));
    dial.from = Some("127.0.0.1".parse().unwrap());
    let mut connection = dial.connect().await.unwrap();
    let answer = connection.send(&hello()).await.unwrap();
    assert_eq!((answer.status.as_u16(), &*answer.body), (200, &b"127.0.0.1"[..]));
    assert!(connection.meter().sent() > 500 && connection.meter().received() > 500, "{connection:?}");
    assert_eq!(connection.tls_version(), Some("TLS 1.3"));
    let closed = connection.send(&hello()).await.unwrap_err();
    assert_eq!(closed.stage, Stage::Closed, "{closed}");
}

#[tokio::test]
async fn a_refused_certificate_is_a_failed_handshake_in_both_versions() {
    let (ca, stranger) = (Ca::new("ours"), Ca::new("theirs"));
    let origin = serve(&ca, 1).await;
    for version in [TlsVersion::V12, TlsVersion::V13] {
        for (identity, alert) in [(None, "certificate_required"), (Some(stranger.identity()), "unknown_ca")] {
            let broken = once(&origin, tls(&ca.trust(), identity, Some(version))).await.unwrap_err();
            assert_eq!(broken.stage, Stage::Handshake, "{version:?} {broken}");
            assert_eq!(broken.alert.as_deref(), Some(alert), "{version:?} {broken}");
        }
    }
}

#[tokio::test]
async fn a_captured_chain_without_its_key_is_sent_and_refused() {
    let ca = Ca::new("ours");
    let origin = serve(&ca, 1).await;
    let own = KeyPair::generate().unwrap();
    let key = PrivateKeyDer::Pkcs8(own.serialize_der().into());
    let thief = Identity::new(ca.identity().chain().to_vec(), &key).unwrap();
    let broken = once(&origin, tls(&ca.trust(), Some(thief), None)).await.unwrap_err();
    assert_eq!((broken.stage, broken.alert.as_deref()), (Stage::Handshake, Some("decrypt_error")), "{broken}");
}

#[tokio::test]
async fn a_server_of_another_ca_is_distrusted_unless_the_caller_does_not_care() {
    let ca = Ca::new("ours");
    let origin = serve(&ca, 1).await;
    let broken = once(&origin, tls(&Ca::new("theirs").trust(), Some(ca.identity()), None)).await.unwrap_err();
    assert_eq!(broken.stage, Stage::Distrust, "{broken}");
    assert!(once(&origin, tls(&Trust::DangerousAnyone, Some(ca.identity()), None)).await.is_ok());
}

#[tokio::test]
async fn the_same_client_resumes_unless_told_not_to() {
    let ca = Ca::new("ours");
    let origin = serve(&ca, 1).await;
    for version in [TlsVersion::V12, TlsVersion::V13] {
        let tls = tls(&ca.trust(), Some(ca.identity()), Some(version));
        let mut seen = Vec::new();
        for tls in [tls.clone(), tls.clone(), tls.without_resumption()] {
            let mut connection = Dial::new(origin.clone(), Some(tls)).connect().await.unwrap();
            connection.send(&hello()).await.unwrap();
            seen.push(connection.is_resumed());
        }
        assert_eq!(seen, [false, true, false], "{version:?}");
    }
}

#[tokio::test]
async fn nobody_at_the_port_and_nobody_talking_are_told_apart() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", silent.local_addr().unwrap().port());
    let mut dial = Dial::new(Origin::parse(&url).unwrap(), Some(tls(&Trust::DangerousAnyone, None, None)));
    dial.deadlines.handshake = std::time::Duration::from_millis(50);
    assert_eq!(dial.connect().await.unwrap_err().stage, Stage::Deadline);
    drop(silent);
    assert_eq!(dial.connect().await.unwrap_err().stage, Stage::Connect);
}
