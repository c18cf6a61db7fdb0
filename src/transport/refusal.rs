//! Why a connection was refused before it could ask anything, in the words that everything else uses.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use rustls::{CertificateError, Error};

use super::{leaf, verifier::Seen};
use crate::{denial::Reason, peer::Serial};

/// A connection that was closed before HTTP. TLS alerts cannot tell all reasons apart: this can.
#[derive(Debug, Clone)]
pub struct RefusedHandshake {
    /// The other end, canonical.
    pub address: SocketAddr,
    /// The proxy that named it, if one was believed.
    pub via: Option<IpAddr>,
    /// The reason in the words of every refusal.
    pub reason: Reason,
    /// What exactly, for the record.
    pub cause: String,
    /// The subject that the refused certificate claims: unproven, escaped and cut.
    pub subject: Option<String>,
    /// The serial that it claims.
    pub serial: Option<Serial>,
}

impl RefusedHandshake {
    /// A refusal that no certificate has to do with.
    pub(super) fn new(address: SocketAddr, reason: Reason, cause: impl Into<String>) -> Self {
        Self { address, via: None, reason, cause: cause.into(), subject: None, serial: None }
    }

    /// A handshake that failed with `error` after `seen`.
    pub(super) fn of(address: SocketAddr, error: &io::Error, seen: &Seen) -> Self {
        let (reason, cause) = match tls_error(error) {
            Some(tls) => (reason_of(tls, seen.verified.is_some()), tls.to_string()),
            None if error.kind() == io::ErrorKind::TimedOut => (Reason::Timeout, "the handshake took too long".to_owned()),
            None => (Reason::ProtocolError, error.to_string()),
        };
        let (subject, serial) = seen.claimed.as_deref().and_then(leaf::claims).unzip();
        Self { address, via: None, reason, cause, subject, serial }
    }
}

pub(super) fn tls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

/// The reason of a TLS error. `chain_ok`: whether the certificate was found good before, so that only its key is in doubt.
pub fn reason_of(error: &Error, chain_ok: bool) -> Reason {
    match error {
        Error::NoCertificatesPresented => Reason::CredentialMissing,
        Error::InvalidCertificate(CertificateError::BadSignature) if chain_ok => Reason::SignatureInvalid,
        Error::InvalidCertificate(fault) => reason_of_certificate(fault),
        _ => Reason::ProtocolError,
    }
}

fn reason_of_certificate(fault: &CertificateError) -> Reason {
    use CertificateError as Fault;
    match fault {
        Fault::Expired | Fault::ExpiredContext { .. } => Reason::Expired,
        Fault::NotValidYet | Fault::NotValidYetContext { .. } => Reason::NotYetValid,
        Fault::InvalidPurpose | Fault::InvalidPurposeContext { .. } => Reason::PurposeMismatch,
        Fault::Revoked => Reason::Revoked,
        Fault::UnknownRevocationStatus | Fault::ExpiredRevocationList | Fault::ExpiredRevocationListContext { .. } => {
            Reason::RevocationUnknown
        }
        Fault::BadEncoding | Fault::UnhandledCriticalExtension => Reason::CredentialMalformed,
        Fault::Other(other) => other.0.downcast_ref().map_or(Reason::CredentialUnknown, reason_of_chain),
        // UnknownIssuer, a CA of the same name with another key, an algorithm that nobody can verify.
        _ => Reason::CredentialUnknown,
    }
}

/// What rustls has no word for.
fn reason_of_chain(fault: &webpki::Error) -> Reason {
    match fault {
        webpki::Error::CaUsedAsEndEntity => Reason::PurposeMismatch,
        webpki::Error::UnsupportedCertVersion
        | webpki::Error::UnsupportedCriticalExtension
        | webpki::Error::InvalidSerialNumber
        | webpki::Error::ExtensionValueInvalid
        | webpki::Error::MalformedExtensions
        | webpki::Error::MalformedDnsIdentifier
        | webpki::Error::SignatureAlgorithmMismatch => Reason::CredentialMalformed,
        _ => Reason::CredentialUnknown,
    }
}
