//! Whom a caller believes and who it is: everything about TLS that is decided before dialling.

use std::sync::Arc;

use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme, SupportedProtocolVersion,
    client::{
        Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
    sign::{CertifiedKey, SingleCertAndKey},
};

use super::{Protocol, sessions::OneDrawer};

/// Which servers a caller believes.
#[derive(Debug, Clone)]
pub enum Trust {
    /// Those whose certificate these CAs (PEM) signed for the name that is dialled.
    Ca(Vec<u8>),
    /// Those whose certificate an authority that this machine trusts signed for the name that is dialled.
    System,
    /// Any. The `curl -k` of a caller that does not care; scenarios show what that costs.
    DangerousAnyone,
}

/// A client certificate with a private key. They need not belong together: a thief has the one without the other.
#[derive(Debug, Clone)]
pub struct Identity(Arc<CertifiedKey>);

/// Which version of TLS to insist on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsVersion {
    /// TLS 1.2 only.
    V12,
    /// TLS 1.3 only.
    V13,
}

/// A ready TLS client. Clones share its session tickets.
#[derive(Debug, Clone)]
pub struct Tls(pub(super) Arc<ClientConfig>);

impl Identity {
    /// From a chain, leaf first, and a private key, both PEM.
    ///
    /// # Errors
    /// A sentence when either cannot be read.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, String> {
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| format!("the private key cannot be read: {error}"))?;
        Self::new(certificates(chain)?, &key)
    }

    /// From DER: a chain, leaf first, and a private key.
    ///
    /// # Errors
    /// A sentence when the key is of no kind that TLS uses here.
    pub fn new(chain: Vec<CertificateDer<'static>>, key: &PrivateKeyDer<'_>) -> Result<Self, String> {
        let signer = rustls::crypto::aws_lc_rs::sign::any_supported_type(key).map_err(|error| error.to_string())?;
        Ok(Self(Arc::new(CertifiedKey::new(chain, signer))))
    }

    /// The same private key with another chain.
    #[must_use]
    pub fn with_chain(&self, chain: Vec<CertificateDer<'static>>) -> Self {
        Self(Arc::new(CertifiedKey::new(chain, Arc::clone(&self.0.key))))
    }

    /// The chain, leaf first.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.0.cert
    }
}

impl Tls {
    /// A client that verifies the server by `trust` and presents `identity` when it is asked for one.
    ///
    /// `version` of `None` offers 1.2 and 1.3. It keeps session tickets; see [`Tls::without_resumption`].
    ///
    /// # Errors
    /// A sentence when the CA file, or this machine, holds no certificate.
    pub fn new(
        trust: &Trust,
        identity: Option<Identity>,
        protocol: Protocol,
        version: Option<TlsVersion>,
    ) -> Result<Self, String> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions(version))
            .map_err(|error| error.to_string())?;
        let builder = match trust {
            Trust::Ca(pem) => builder.with_root_certificates(roots(pem)?),
            Trust::System => builder.with_root_certificates(system_roots()?),
            Trust::DangerousAnyone => builder.dangerous().with_custom_certificate_verifier(Arc::new(Anyone(provider))),
        };
        let mut config = match identity {
            Some(Identity(key)) => builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(key))),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![protocol.alpn().to_vec()];
        Ok(Self(Arc::new(config)))
    }

    /// The same client with a session store of its own that keeps nothing: every handshake is a full one.
    #[must_use]
    pub fn without_resumption(&self) -> Self {
        let mut config = ClientConfig::clone(&self.0);
        config.resumption = Resumption::disabled();
        Self(Arc::new(config))
    }

    /// The same client with a session store of its own that is empty: the first handshake is a full one, later ones resume.
    #[must_use]
    pub fn with_resumption(&self) -> Self {
        let mut config = ClientConfig::clone(&self.0);
        config.resumption = Resumption::default();
        Self(Arc::new(config))
    }

    /// The same client with another protocol above TLS.
    #[must_use]
    pub fn speaking(&self, protocol: Protocol) -> Self {
        let mut config = ClientConfig::clone(&self.0);
        config.alpn_protocols = vec![protocol.alpn().to_vec()];
        Self(Arc::new(config))
    }

    /// The same client with one store for the sessions of all names: what a server gave under one name is tried under another.
    ///
    /// # Errors
    /// None in practice: the store's own name is a constant.
    pub fn across_names(&self) -> Result<Self, String> {
        let mut config = ClientConfig::clone(&self.0);
        config.resumption = Resumption::store(OneDrawer::new()?);
        Ok(Self(Arc::new(config)))
    }
}

/// All certificates of a PEM text.
///
/// # Errors
/// A sentence when there is none, or one cannot be read.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let all = all.map_err(|error| format!("a certificate cannot be read: {error}"))?;
    if all.is_empty() { Err("there is no certificate in the file".into()) } else { Ok(all) }
}

fn roots(pem: &[u8]) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem)? {
        roots.add(certificate).map_err(|error| format!("a CA certificate cannot be used: {error}"))?;
    }
    Ok(roots)
}

/// The machine's own authorities, where its distribution keeps them, or where `SSL_CERT_FILE` says. One that cannot be read
/// is left out, as everywhere on the machine.
fn system_roots() -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let why = found.errors.first().map_or_else(|| "no file of them was found".to_owned(), ToString::to_string);
        return Err(format!("this machine has no certificates of authorities: {why}"));
    }
    Ok(roots)
}

fn versions(pinned: Option<TlsVersion>) -> &'static [&'static SupportedProtocolVersion] {
    static ONLY_12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
    static ONLY_13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];
    match pinned {
        None => rustls::ALL_VERSIONS,
        Some(TlsVersion::V12) => ONLY_12,
        Some(TlsVersion::V13) => ONLY_13,
    }
}

/// Believes every server, and still checks that it holds the key of what it shows: only the name and the CA are let go.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
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
