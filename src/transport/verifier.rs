//! Verifying a client's certificate: the path and its purpose by webpki, revocation by us, since lists change while we run.

mod handshake;

use std::{
    cell::OnceCell,
    fmt::Debug,
    sync::Arc,
    time::{Duration, SystemTime},
};

pub(super) use self::handshake::{SEEN, Seen};
use rustls::{
    CertificateError, DistinguishedName, Error,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, TrustAnchor, UnixTime},
};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter, KeyUsage, VerifiedPath};

use super::{
    anchor::Anchor,
    fault, gateway,
    leaf::{self, Above},
};
use crate::{exit::Failure, guard::Guard, peer::ClientCertificate, revocation::Revocation};

/// What a certificate must be for (RFC 5280 §4.2.1.12). One that does not say is for everything; one that says "any" is for
/// nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Whoever calls: all that the server ever asks for.
    ClientAuth,
    /// Whoever is called: vectors that were made of servers' certificates are judged by their paths and lists all the same.
    ServerAuth,
}

impl ExtendedKeyUsageValidator for Purpose {
    fn validate(&self, said: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        match self {
            _ if !Guard::CertificatePurpose.stands() => Ok(()),
            Self::ClientAuth => KeyUsage::client_auth().validate(said),
            Self::ServerAuth => KeyUsage::server_auth().validate(said),
        }
    }
}

/// What becomes of a client without a certificate that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asking {
    /// Without any certificate the handshake fails.
    pub demands_one: bool,
    /// A certificate that does not count does not fail the handshake: what is wrong with it is told in HTTP.
    pub answers_in_http: bool,
}

impl Asking {
    /// Every fault fails the handshake.
    pub const REQUIRED: Self = Self { demands_one: true, answers_in_http: false };
}

/// What certificates must be like, beside their paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// Whatever TLS takes.
    Usual,
    /// API Gateway's truststore: at most four certificates from the caller's to the CA's, and RSA or ECDSA keys.
    Gateway,
}

/// Asks for a client certificate of one of the CAs that is not revoked.
#[derive(Debug)]
pub struct ClientVerifier {
    anchors: Vec<Anchor>,
    trust: Vec<TrustAnchor<'static>>,
    hints: Vec<DistinguishedName>,
    provider: Arc<CryptoProvider>,
    revocation: Arc<dyn Revocation>,
    asking: Asking,
    strictness: Strictness,
}

impl ClientVerifier {
    /// Trusts these CA certificates, and demands a certificate in every handshake.
    ///
    /// # Errors
    /// Exit 2 when there is none, one is no CA, or one is past its end at `now`.
    pub fn new(
        authorities: &[CertificateDer<'static>],
        revocation: Arc<dyn Revocation>,
        now: SystemTime,
    ) -> Result<Self, Failure> {
        let anchors = authorities.iter().map(|ca| Anchor::new(ca, now)).collect::<Result<Vec<_>, _>>()?;
        if anchors.is_empty() {
            return Err(Failure::usage("no CA is given that callers' certificates are verified against")
                .remedy("name a PEM file with at least one CA certificate in tls.client_ca"));
        }
        Ok(Self {
            trust: anchors.iter().map(|anchor| anchor.trust.clone()).collect(),
            hints: anchors.iter().map(|anchor| anchor.name.clone()).collect(),
            anchors,
            provider: Arc::new(rustls::crypto::aws_lc_rs::default_provider()),
            revocation,
            asking: Asking::REQUIRED,
            strictness: Strictness::Usual,
        })
    }

    /// The same with another way of asking.
    #[must_use]
    pub fn asking(self, asking: Asking) -> Self {
        Self { asking, ..self }
    }

    /// The same with other demands on certificates.
    #[must_use]
    pub fn strictness(self, strictness: Strictness) -> Self {
        Self { strictness, ..self }
    }

    pub(super) fn asks(&self) -> Asking {
        self.asking
    }

    /// The CA, the path, the purpose, the dates and the revocation, at `now`. `rest` is what was sent along with the leaf: what
    /// no path needs of it does not matter (RFC 8446 §4.4.2).
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
        let algorithms = self.provider.signature_verification_algorithms.all;
        let found = OnceCell::new();
        let take = |path: &VerifiedPath<'_>| self.judge(path, leaf, now).map(|read| drop(found.set(read)));
        let end_entity = EndEntityCert::try_from(leaf).map_err(fault::error_of)?;
        let path =
            end_entity.verify_for_usage(algorithms, &self.trust, rest, leaf::seen_at(leaf, now), purpose, None, Some(&take));
        path.map_err(|found| self.explain(found, leaf))?;
        let read = found.into_inner().ok_or(CertificateError::UnknownIssuer)?;
        match self.strictness {
            Strictness::Usual => Ok(read),
            Strictness::Gateway => gateway::check(leaf, &read).map(|()| read),
        }
    }

    /// What webpki does not ask of a path. An error makes it look for another.
    fn judge(
        &self,
        path: &VerifiedPath<'_>,
        leaf: &CertificateDer<'_>,
        now: UnixTime,
    ) -> Result<ClientCertificate, webpki::Error> {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(now.as_secs());
        let anchor = self.anchors.iter().find(|anchor| anchor.is(path.anchor())).ok_or(webpki::Error::UnknownIssuer)?;
        for ca in path.intermediate_certificates() {
            if !leaf::may_sign_certificates(&ca.der()).ok_or(webpki::Error::BadDer)? {
                return Err(webpki::Error::EndEntityUsedAsCa);
            }
        }
        if !anchor.bears(path.intermediate_certificates().count()) {
            return Err(webpki::Error::PathLenConstraintViolated);
        }
        let above = Above::of(path, anchor).ok_or(webpki::Error::BadDer)?;
        let ends = above.not_after;
        let read = leaf::read(leaf, above).ok_or(webpki::Error::BadDer)?;
        if at > ends {
            return Err(webpki::Error::CertExpired { time: now, not_after: unix(ends) });
        }
        self.revocation.status_of(&read, at).map_err(fault::of_revocation)?;
        Ok(read)
    }

    /// Whether a certificate that was verified before still counts at `now`, by what is in force now: cheap enough to ask once
    /// more when the connection can be found and cut.
    ///
    /// # Errors
    /// Why it does not.
    pub(super) fn still_counts(&self, certificate: &ClientCertificate, now: SystemTime) -> Result<(), Error> {
        if !self.trusts(certificate) {
            return Err(CertificateError::UnknownIssuer.into());
        }
        self.revocation.status_of(certificate, now).map_err(|reason| fault::error_of(fault::of_revocation(reason)))?;
        // `notAfter` is a moment, and the handshake knows seconds.
        if now > certificate.not_after { Err(CertificateError::Expired.into()) } else { Ok(()) }
    }

    /// Whether the CA that it was verified against is trusted.
    pub fn trusts(&self, certificate: &ClientCertificate) -> bool {
        self.anchors.iter().any(|anchor| anchor.key == certificate.anchor)
    }

    /// A CA's own certificate is noticed before its issuer is looked for: of a stranger's CA, that it is strange says more.
    fn explain(&self, found: webpki::Error, leaf: &CertificateDer<'_>) -> Error {
        let is_ca = matches!(found, webpki::Error::CaUsedAsEndEntity);
        fault::error_of(if is_ca && !self.names_issuer_of(leaf) { webpki::Error::UnknownIssuer } else { found })
    }

    fn names_issuer_of(&self, leaf: &CertificateDer<'_>) -> bool {
        let issuer = leaf::identity(leaf).map(|(issuer, _)| issuer);
        self.anchors.iter().any(|anchor| issuer.as_deref() == Some(anchor.name.as_ref()))
    }
}

/// The moment as webpki takes it, in whole seconds.
pub(super) fn unix(at: SystemTime) -> UnixTime {
    UnixTime::since_unix_epoch(at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
}
