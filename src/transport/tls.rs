//! The server's side of TLS: one configuration per lock, with its own sessions.

use std::{path::Path, sync::Arc};

use rustls::{
    Error, InconsistentKeys, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ServerSessionMemoryCache, WebPkiClientVerifier, danger::ClientCertVerifier},
};
use x509_parser::parse_x509_certificate;

use super::ClientVerifier;
use crate::{clock, exit::Failure, files};

/// Sessions that can be resumed. Each certificate is checked again on resumption, so keeping them is safe.
const SESSIONS: usize = 1024;

/// How to shake hands.
#[derive(Debug, Clone)]
pub struct Tls {
    pub(super) config: Arc<ServerConfig>,
    pub(super) client: Option<Arc<ClientVerifier>>,
}

/// TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1, with this certificate chain and key (PEM). With `client`, a client certificate is
/// required.
///
/// Every call makes its own session store: sessions of one lock must not open another.
///
/// # Errors
/// Exit 3 when a file cannot be read; exit 2 when one cannot be used: not PEM, past its end, not a pair.
pub fn server_config(certificate: &Path, key: &Path, client: Option<ClientVerifier>) -> Result<Tls, Failure> {
    let client = client.map(Arc::new);
    let chain = certificates(certificate)?;
    check_dates(certificate, &chain[0])?;
    let verifier: Arc<dyn ClientCertVerifier> = match &client {
        Some(client) => Arc::clone(client) as _,
        None => WebPkiClientVerifier::no_client_auth(),
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| unusable(certificate, &error.to_string()))?.with_client_cert_verifier(verifier);
    let mut config = builder.with_single_cert(chain, private_key(key)?).map_err(|error| mismatch(certificate, key, &error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.session_storage = ServerSessionMemoryCache::new(SESSIONS);
    config.send_tls13_tickets = 1;
    Ok(Tls { config: Arc::new(config), client })
}

/// The certificates of a PEM file, at least one.
///
/// # Errors
/// Exit 3 when it cannot be read; exit 2 when it holds none.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let pem = files::read(path)?;
    let all = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let all = all.map_err(|error| unusable(path, &format!("broken PEM: {error}")))?;
    if all.is_empty() {
        return Err(unusable(path, "it holds no certificate in PEM"));
    }
    Ok(all)
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, Failure> {
    PrivateKeyDer::from_pem_slice(&files::read(path)?).map_err(|error| {
        Failure::usage(format!("{} holds no private key that can be used: {error}", path.display()))
            .remedy("put an unencrypted PEM key there (PKCS #8, PKCS #1 or SEC 1)")
    })
}

fn check_dates(path: &Path, leaf: &CertificateDer<'_>) -> Result<(), Failure> {
    let (_, read) = parse_x509_certificate(leaf).map_err(|error| unusable(path, &error.to_string()))?;
    let not_after = clock::from_seconds(u64::try_from(read.validity().not_after.timestamp()).unwrap_or_default());
    if not_after < clock::now() {
        return Err(unusable(path, &format!("it expired at {}", clock::rfc3339(not_after))));
    }
    Ok(())
}

fn mismatch(certificate: &Path, key: &Path, error: &Error) -> Failure {
    match error {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            let (certificate, key) = (certificate.display(), key.display());
            Failure::usage(format!("the key {key} does not match the certificate {certificate}"))
                .remedy("name the key that the certificate was made for")
        }
        other => unusable(certificate, &format!("with the key {}: {other}", key.display())),
    }
}

fn unusable(path: &Path, why: &str) -> Failure {
    Failure::usage(format!("the certificate {} cannot be used: {why}", path.display()))
        .remedy("put a current PEM certificate there, the server's own first")
}
