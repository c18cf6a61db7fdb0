//! What API Gateway's truststore asks of certificates beyond a good path.

use std::{fmt, sync::Arc};

use rustls::{CertificateError, Error, OtherError, pki_types::CertificateDer};
use x509_parser::{parse_x509_certificate, public_key::PublicKey};

use crate::peer::ClientCertificate;

/// The longest path, the caller's and the CA's own certificate included.
const LONGEST_PATH: usize = 4;
/// The smallest keys, in bits.
const RSA_BITS: usize = 2048;
const CURVE_BITS: usize = 256;

/// A rule that a certificate breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Broken(&'static str);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Broken {}

/// Judges a certificate whose path is good. SHA-1 and TLS 1.1 are not taken anywhere, so they are no rule of this place.
///
/// # Errors
/// The rule that it breaks.
pub(super) fn check(der: &CertificateDer<'_>, read: &ClientCertificate) -> Result<(), Error> {
    let broken = |rule| Err(CertificateError::Other(OtherError(Arc::new(Broken(rule)))).into());
    if read.intermediates.len() + 2 > LONGEST_PATH {
        return broken("API Gateway takes paths of at most four certificates");
    }
    if !has_key_of_a_kind(der) {
        return broken("API Gateway takes RSA keys of 2048 bits or more and ECDSA keys of 256 bits or more");
    }
    Ok(())
}

fn has_key_of_a_kind(der: &CertificateDer<'_>) -> bool {
    let Ok((_, read)) = parse_x509_certificate(der) else { return false };
    match read.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => key.key_size() >= RSA_BITS,
        Ok(PublicKey::EC(point)) => point.key_size() >= CURVE_BITS,
        _ => false,
    }
}
