//! The server's side of TLS: its certificate, and one configuration per lock, with its own sessions.

use std::{net::IpAddr, path::Path, sync::Arc};

use rustls::{
    Error, InconsistentKeys, ServerConfig,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ServerSessionMemoryCache, WebPkiClientVerifier, danger::ClientCertVerifier},
    sign::{CertifiedKey, SingleCertAndKey},
};
use x509_parser::{certificate::X509Certificate, extensions::GeneralName, parse_x509_certificate, time::ASN1Time};

use super::ClientVerifier;
use crate::{clock, exit::Failure, files, lifetime::Life};

/// Sessions that can be resumed. Each certificate is checked again on resumption, so keeping them is safe.
const SESSIONS: usize = 1024;

/// How to shake hands.
#[derive(Debug, Clone)]
pub struct Tls {
    pub(super) config: Arc<ServerConfig>,
    pub(super) client: Option<Arc<ClientVerifier>>,
}

/// The server's own certificate chain with its key, read and found to belong together.
#[derive(Debug, Clone)]
pub struct ServerIdentity {
    key: Arc<CertifiedKey>,
    /// The hosts and addresses that the certificate is for, in lower case; `*.example` stands for one label.
    pub names: Vec<String>,
    /// From when until when it is good.
    pub life: Life,
}

impl ServerIdentity {
    /// Reads PEM files.
    ///
    /// # Errors
    /// Exit 3 when a file cannot be read; exit 2 when one cannot be used: not PEM, past its end, not a pair.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, Failure> {
        let chain = certificates(certificate)?;
        let (names, life) = describe(certificate, &chain[0])?;
        let pair = CertifiedKey::from_der(chain, private_key(key)?, &provider());
        Ok(Self { key: Arc::new(pair.map_err(|error| mismatch(certificate, key, &error))?), names, life })
    }

    /// Whether both are the same chain, and so the same key.
    pub fn is(&self, other: &Self) -> bool {
        self.key.cert == other.key.cert
    }
}

/// TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1, as this server. With `client`, a client certificate is asked for.
///
/// Every call makes its own session store: sessions of one lock must not open another.
///
/// # Errors
/// Exit 3 when the TLS library takes none of it.
pub fn server_config(identity: &ServerIdentity, client: Option<Arc<ClientVerifier>>) -> Result<Tls, Failure> {
    let verifier: Arc<dyn ClientCertVerifier> = match &client {
        Some(client) => Arc::clone(client) as _,
        None => WebPkiClientVerifier::no_client_auth(),
    };
    let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| Failure::environment(format!("no TLS: {error}")))?;
    let resolver = SingleCertAndKey::from(Arc::clone(&identity.key));
    let mut config = builder.with_client_cert_verifier(verifier).with_cert_resolver(Arc::new(resolver));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.session_storage = ServerSessionMemoryCache::new(SESSIONS);
    config.send_tls13_tickets = 1;
    Ok(Tls { config: Arc::new(config), client })
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
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

/// From when until when a certificate is good; `None` when it cannot be read.
pub fn life(der: &CertificateDer<'_>) -> Option<Life> {
    let (_, read) = parse_x509_certificate(der).ok()?;
    Some(life_of(&read))
}

fn life_of(read: &X509Certificate<'_>) -> Life {
    let at = |date: ASN1Time| clock::from_seconds(u64::try_from(date.timestamp()).unwrap_or_default());
    Life { from: at(read.validity().not_before), until: at(read.validity().not_after) }
}

/// The public key of a certificate (`SubjectPublicKeyInfo`, DER); `None` when it cannot be read.
pub fn public_key(der: &CertificateDer<'_>) -> Option<Vec<u8>> {
    let (_, read) = parse_x509_certificate(der).ok()?;
    Some(read.public_key().raw.to_vec())
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, Failure> {
    PrivateKeyDer::from_pem_slice(&files::read(path)?).map_err(|error| {
        Failure::usage(format!("{} holds no private key that can be used: {error}", path.display()))
            .remedy("put an unencrypted PEM key there (PKCS #8, PKCS #1 or SEC 1)")
    })
}

/// The names and the life of the server's own certificate, whose end must not have come.
fn describe(path: &Path, leaf: &CertificateDer<'_>) -> Result<(Vec<String>, Life), Failure> {
    let (_, read) = parse_x509_certificate(leaf).map_err(|error| unusable(path, &error.to_string()))?;
    let life = life_of(&read);
    if life.until < clock::now() {
        return Err(unusable(path, &format!("it expired at {}", clock::rfc3339(life.until))));
    }
    let Ok(Some(extension)) = read.subject_alternative_name() else { return Ok((Vec::new(), life)) };
    Ok((extension.value.general_names.iter().filter_map(host).collect(), life))
}

fn host(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
        GeneralName::IPAddress(octets) => address(octets).map(|address| address.to_string()),
        _ => None,
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from)).ok()
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
