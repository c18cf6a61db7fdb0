//! The verifier as rustls asks it in a handshake, and what it saw there.

use std::cell::RefCell;

use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::WebPkiSupportedAlgorithms,
    pki_types::{CertificateDer, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};
use webpki::EndEntityCert;

use super::{ClientVerifier, Purpose};
use crate::{guard::Guard, peer::ClientCertificate};

/// What the verifier saw of one handshake. Until the handshake succeeds the certificate is claimed, not proven.
#[derive(Debug, Default)]
pub(in crate::transport) struct Seen {
    /// The certificate as it was presented.
    pub(in crate::transport) claimed: Option<Vec<u8>>,
    /// The certificate, when its path is good: what fails after that is the proof of the key.
    pub(in crate::transport) verified: Option<ClientCertificate>,
}

tokio::task_local! {
    /// rustls calls the verifier inside the poll of the handshake's future, so what it notes belongs to that connection.
    pub(in crate::transport) static SEEN: RefCell<Seen>;
}

impl ClientCertVerifier for ClientVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn client_auth_mandatory(&self) -> bool {
        self.asking.demands_one
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        // Outside a handshake of ours there is nobody to tell: not an error.
        let _ = SEEN.try_with(|seen| seen.borrow_mut().claimed = Some(leaf.to_vec()));
        match self.verify(leaf, rest, now, Purpose::ClientAuth) {
            Ok(verified) => {
                let _ = SEEN.try_with(|seen| seen.borrow_mut().verified = Some(verified));
            }
            // Whoever takes the connection asks again, and does not take it for anybody's.
            Err(_) if self.asking.answers_in_http => {}
            Err(error) => return Err(error),
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.prove(rustls::crypto::verify_tls12_signature, message, leaf, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.prove(rustls::crypto::verify_tls13_signature, message, leaf, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// How a version of TLS verifies the proof of a key.
type Prove =
    fn(&[u8], &CertificateDer<'_>, &DigitallySignedStruct, &WebPkiSupportedAlgorithms) -> Result<HandshakeSignatureValid, Error>;

impl ClientVerifier {
    /// In a certificate that cannot be read there is no key to prove, and nobody that it could pass for: where that is borne, it
    /// is told in HTTP.
    fn prove(
        &self,
        by: Prove,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if self.asking.answers_in_http && EndEntityCert::try_from(leaf).is_err() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        if !Guard::CertificatePossession.stands() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        by(message, leaf, signature, &self.provider.signature_verification_algorithms)
    }
}
