//! What webpki finds wrong with a certificate, in the words of rustls, which choose the alert (RFC 8446 §6.2).

use std::sync::Arc;

use rustls::{CertificateError, Error, OtherError};

use crate::denial::Reason;

/// As rustls itself translates them; what it has no word for is kept as it is.
pub(super) fn error_of(fault: webpki::Error) -> Error {
    use webpki::Error as Fault;
    let error = match fault {
        Fault::BadDer | Fault::BadDerTime | Fault::TrailingData(_) => CertificateError::BadEncoding,
        Fault::CertExpired { time, not_after } => CertificateError::ExpiredContext { time, not_after },
        Fault::CertNotValidYet { time, not_before } => CertificateError::NotValidYetContext { time, not_before },
        Fault::InvalidCertValidity => CertificateError::Expired,
        Fault::UnknownIssuer => CertificateError::UnknownIssuer,
        Fault::CertRevoked => CertificateError::Revoked,
        Fault::UnknownRevocationStatus => CertificateError::UnknownRevocationStatus,
        Fault::InvalidSignatureForPublicKey => CertificateError::BadSignature,
        Fault::RequiredEkuNotFoundContext(_) => CertificateError::InvalidPurpose,
        other => CertificateError::Other(OtherError(Arc::new(other))),
    };
    error.into()
}

/// The fault that stands for a reason while a path is looked for.
pub(super) fn of_revocation(reason: Reason) -> webpki::Error {
    match reason {
        Reason::Revoked => webpki::Error::CertRevoked,
        _ => webpki::Error::UnknownRevocationStatus,
    }
}
