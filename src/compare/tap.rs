//! A place where TLS ends and somebody looks: a load balancer, its log, or a fake server.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response, request::Parts};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rustls::{
    DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};
use tokio::{
    net::TcpListener,
    sync::mpsc::{Receiver, Sender, channel},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use super::forge::certificate::Minted;
use crate::wire::HELLO_BODY;

/// How long somebody waits for what a caller sends.
const PATIENCE: Duration = Duration::from_secs(5);

/// All that who terminates TLS saw of one request.
#[derive(Debug)]
pub(super) struct Captured {
    pub(super) head: Parts,
    pub(super) chain: Vec<CertificateDer<'static>>,
}

/// A TLS server that asks for a client certificate, takes any, and keeps what it sees. Dropping it closes the port.
#[derive(Debug)]
pub(super) struct Tap {
    pub(super) address: SocketAddr,
    captured: Receiver<Captured>,
    serving: tokio::task::JoinHandle<()>,
}

impl Tap {
    /// Opens one that shows `certificate` to callers.
    pub(super) async fn open(certificate: Minted) -> Result<Self, String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| format!("cannot listen: {error}"))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let acceptor = TlsAcceptor::from(Arc::new(config(certificate)?));
        let (sender, captured) = channel(4);
        let serving = tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                // A caller that does not believe the certificate hangs up; there is nothing to see then.
                if let Ok(tls) = acceptor.accept(tcp).await {
                    look(tls, &sender).await;
                }
            }
        });
        Ok(Self { address, captured, serving })
    }

    /// What it saw, if anything, of a call that has ended.
    pub(super) fn loot(mut self) -> Option<Captured> {
        self.captured.try_recv().ok()
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn look(tls: tokio_rustls::server::TlsStream<tokio::net::TcpStream>, sender: &Sender<Captured>) {
    let chain: Vec<_> =
        tls.get_ref().1.peer_certificates().unwrap_or_default().iter().map(|one| one.clone().into_owned()).collect();
    let service = service_fn(move |request: Request<Incoming>| {
        let captured = Captured { head: request.into_parts().0, chain: chain.clone() };
        let sent = sender.try_send(captured);
        async move {
            sent.map(|()| Response::new(Full::new(Bytes::from_static(HELLO_BODY.as_bytes())))).map_err(|error| error.to_string())
        }
    });
    let _ = timeout(PATIENCE, http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(tls), service)).await;
}

fn config(certificate: Minted) -> Result<ServerConfig, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_client_cert_verifier(Arc::new(Curious(provider)))
        .with_single_cert(certificate.chain, certificate.key)
        .map_err(|error| error.to_string())
}

/// Asks for a client certificate and takes any, or none.
#[derive(Debug)]
struct Curious(Arc<CryptoProvider>);

impl ClientCertVerifier for Curious {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        caller::{Dial, Origin, Protocol, Tls, Trust},
        compare::forge::certificate::{self, tests::how},
    };

    async fn seen(trust: Trust) -> Option<Captured> {
        let tap = Tap::open(certificate::fake_server().unwrap()).await.unwrap();
        let identity = certificate::forge(&how("by = \"stranger\""), "/none".as_ref(), None).unwrap();
        let tls = Tls::new(&trust, Some(identity), Protocol::Http1, None).unwrap();
        let mut dial = Dial::new(Origin::parse("https://localhost:1").unwrap(), Some(tls));
        dial.connect_to = Some(tap.address);
        if let Ok(mut connection) = dial.connect().await {
            let request = Request::get("/hello-world").header("x-api-key", "secret").body(Bytes::new()).unwrap();
            let _ = connection.send(&request).await;
        }
        tap.loot()
    }

    #[tokio::test]
    async fn who_terminates_tls_sees_everything_but_private_keys() {
        let seen = seen(Trust::DangerousAnyone).await.unwrap();
        assert_eq!(
            (seen.head.headers["x-api-key"].as_bytes(), seen.head.headers["host"].as_bytes()),
            (&b"secret"[..], &b"localhost:1"[..])
        );
        assert_eq!(seen.chain.len(), 1);
    }

    #[tokio::test]
    async fn a_caller_that_checks_shows_nothing() {
        let other = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
        assert!(seen(Trust::Ca(other.cert.pem().into_bytes())).await.is_none());
    }
}
