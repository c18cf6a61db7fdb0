//! Verifying a client's certificate: chain and purpose by webpki, revocation by us, since lists change while we run.

use std::{
    cell::RefCell,
    fmt::Debug,
    sync::Arc,
    time::{Duration, SystemTime},
};

use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, RootCertStore, SignatureScheme,
    client::{danger::HandshakeSignatureValid, verify_server_cert_signed_by_trust_anchor},
    crypto::CryptoProvider,
    pki_types::{CertificateDer, UnixTime},
    server::{
        ParsedCertificate, WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};
use x509_parser::parse_x509_certificate;

use super::leaf;
use crate::{clock, denial::Reason, exit::Failure, peer::ClientCertificate, revocation::Revocation};

/// What the verifier saw of one handshake. Until the handshake succeeds the certificate is claimed, not proven.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The certificate as it was presented.
    pub(super) claimed: Option<Vec<u8>>,
    /// The certificate, when its chain is good: what fails after that is the proof of the key.
    pub(super) verified: Option<ClientCertificate>,
}

tokio::task_local! {
    /// rustls calls the verifier inside the poll of the handshake's future, so what it notes belongs to that connection.
    pub(super) static SEEN: RefCell<Seen>;
}

/// What a certificate must be for (RFC 5280 §4.2.1.12). One that does not say is for everything; one that says "any" is for
/// nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Whoever calls: all that the server ever asks for.
    ClientAuth,
    /// Whoever is called: vectors that were made of servers' certificates are judged by their chains and lists all the same.
    ServerAuth,
}

/// Requires a client certificate of one of the CAs that is not revoked.
#[derive(Debug)]
pub struct ClientVerifier {
    anchors: Vec<Anchor>,
    hints: Vec<DistinguishedName>,
    provider: Arc<CryptoProvider>,
    revocation: Arc<dyn Revocation>,
}

/// One CA. webpki does not look at the end of a CA that is trusted as such: we do.
#[derive(Debug)]
struct Anchor {
    roots: Arc<RootCertStore>,
    chain: Arc<dyn ClientCertVerifier>,
    not_after: SystemTime,
}

impl ClientVerifier {
    /// Trusts these CA certificates.
    ///
    /// # Errors
    /// Exit 2 when there is none, one is no CA, or one is past its end at `now`.
    pub fn new(
        authorities: &[CertificateDer<'static>],
        revocation: Arc<dyn Revocation>,
        now: SystemTime,
    ) -> Result<Self, Failure> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let anchors = authorities.iter().map(|ca| anchor(ca, &provider, now)).collect::<Result<Vec<_>, _>>()?;
        if anchors.is_empty() {
            return Err(Failure::usage("no CA is given that callers' certificates are verified against")
                .remedy("name a PEM file with at least one CA certificate in tls.client_ca"));
        }
        let hints = anchors.iter().flat_map(|anchor| anchor.chain.root_hint_subjects()).cloned().collect();
        Ok(Self { anchors, hints, provider, revocation })
    }

    /// The CA, the chain, the purpose, the dates and the revocation, at `now`. `rest` is what was sent along with the leaf.
    ///
    /// # Errors
    /// The first fault; [`super::reason_of`] has the reason.
    pub fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        now: UnixTime,
        purpose: Purpose,
    ) -> Result<ClientCertificate, Error> {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(now.as_secs());
        self.verify_chain(leaf, rest, now, purpose)?;
        rest.iter().try_for_each(|other| check_signing(other))?;
        let certificate = leaf::read(leaf).ok_or(CertificateError::BadEncoding)?;
        self.check_revocation(&certificate, at)?;
        for other in rest {
            // An intermediate CA can be revoked too; a list that says nothing of it clears nobody.
            let (issuer, serial) = leaf::identity(other).ok_or(CertificateError::BadEncoding)?;
            self.revocation.status(&issuer, &serial, at).map_err(error_of)?;
        }
        Ok(certificate)
    }

    /// The revocation alone: cheap enough to ask again once the connection can be found and cut.
    pub(super) fn check_revocation(&self, certificate: &ClientCertificate, now: SystemTime) -> Result<(), Error> {
        self.revocation.status(&certificate.issuer, &certificate.serial, now).map_err(error_of)
    }

    fn verify_chain(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        now: UnixTime,
        purpose: Purpose,
    ) -> Result<(), Error> {
        let mut why = Error::from(CertificateError::UnknownIssuer);
        for anchor in &self.anchors {
            match self.verify_path(anchor, leaf, rest, now, purpose) {
                Ok(()) => return Ok(()),
                Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {}
                // Found before the issuer is looked for: of a stranger's CA, that it is strange says more.
                Err(error) if is_ca_as_leaf(&error) && !anchor.named_issuer_of(leaf) => {}
                Err(error) => why = error,
            }
        }
        Err(why)
    }

    fn verify_path(
        &self,
        anchor: &Anchor,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        now: UnixTime,
        purpose: Purpose,
    ) -> Result<(), Error> {
        // Both are the same path validation of webpki, which rustls does not let us call with a purpose of our choice.
        match purpose {
            Purpose::ClientAuth => anchor.chain.verify_client_cert(leaf, rest, now).map(drop)?,
            Purpose::ServerAuth => {
                let algorithms = self.provider.signature_verification_algorithms.all;
                let leaf = ParsedCertificate::try_from(leaf)?;
                verify_server_cert_signed_by_trust_anchor(&leaf, &anchor.roots, rest, now, algorithms)?;
            }
        }
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(now.as_secs());
        if at > anchor.not_after { Err(CertificateError::Expired.into()) } else { Ok(()) }
    }
}

impl Anchor {
    fn named_issuer_of(&self, leaf: &CertificateDer<'_>) -> bool {
        let issuer = leaf::identity(leaf).map(|(issuer, _)| issuer);
        self.chain.root_hint_subjects().iter().any(|subject| issuer.as_deref() == Some(subject.as_ref()))
    }
}

/// webpki asks whether an intermediate is a CA, and not what its key is for (RFC 5280 §6.1.4 n).
fn check_signing(intermediate: &CertificateDer<'_>) -> Result<(), CertificateError> {
    match leaf::is_ca_that_may_not_sign(intermediate) {
        Some(false) => Ok(()),
        Some(true) => Err(CertificateError::Other(OtherError(Arc::new(webpki::Error::EndEntityUsedAsCa)))),
        None => Err(CertificateError::BadEncoding),
    }
}

fn anchor(ca: &CertificateDer<'static>, provider: &Arc<CryptoProvider>, now: SystemTime) -> Result<Anchor, Failure> {
    let unusable = |why: String| {
        Failure::usage(format!("a CA that callers' certificates are verified against cannot be used: {why}"))
            .remedy("put the current CA certificates in the file that tls.client_ca names")
    };
    let (_, read) = parse_x509_certificate(ca).map_err(|error| unusable(error.to_string()))?;
    let not_after = clock::from_seconds(u64::try_from(read.validity().not_after.timestamp()).unwrap_or_default());
    if !read.is_ca() {
        return Err(unusable(format!("{} is no CA certificate (RFC 5280 §4.2.1.9)", read.subject())));
    }
    if not_after < now {
        return Err(unusable(format!("{} expired at {}", read.subject(), clock::rfc3339(not_after))));
    }
    let mut roots = RootCertStore::empty();
    roots.add(ca.clone()).map_err(|error| unusable(error.to_string()))?;
    let roots = Arc::new(roots);
    let chain = WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(provider)).build();
    Ok(Anchor { roots, chain: chain.map_err(|error| unusable(error.to_string()))?, not_after })
}

fn error_of(reason: Reason) -> Error {
    match reason {
        Reason::Revoked => CertificateError::Revoked.into(),
        _ => CertificateError::UnknownRevocationStatus.into(),
    }
}

impl ClientCertVerifier for ClientVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        // Outside a handshake of ours there is nobody to tell: not an error.
        let _ = SEEN.try_with(|seen| seen.borrow_mut().claimed = Some(leaf.to_vec()));
        let verified = self.verify(leaf, rest, now, Purpose::ClientAuth)?;
        let _ = SEEN.try_with(|seen| seen.borrow_mut().verified = Some(verified));
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(message, leaf, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, leaf, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Whether a CA's own certificate was presented as a caller's.
fn is_ca_as_leaf(error: &Error) -> bool {
    let Error::InvalidCertificate(CertificateError::Other(other)) = error else { return false };
    matches!(other.0.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
}
