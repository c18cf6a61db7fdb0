//! A CA that is trusted as such: what a path of certificates ends at.

use std::{sync::Arc, time::SystemTime};

use rustls::{
    DistinguishedName,
    pki_types::{CertificateDer, TrustAnchor},
};
use x509_parser::{certificate::X509Certificate, parse_x509_certificate};

use crate::{clock, exit::Failure};

/// One trusted CA. webpki looks neither at the end of a CA that is trusted as such, nor at how many CAs may be below it: we do.
#[derive(Debug)]
pub(super) struct Anchor {
    pub(super) trust: TrustAnchor<'static>,
    /// Its distinguished name, DER.
    pub(super) name: DistinguishedName,
    /// Its public key (`SubjectPublicKeyInfo`, DER): with the name, all that makes it this CA.
    pub(super) key: Arc<[u8]>,
    pub(super) not_after: SystemTime,
    /// How many CAs may be between it and a caller (`pathLenConstraint`, RFC 5280 §4.2.1.9); `None`: any number.
    longest_path: Option<u32>,
}

impl Anchor {
    /// Reads a CA certificate that is good at `now`.
    ///
    /// # Errors
    /// Exit 2 when it is no CA, or past its end.
    pub(super) fn new(ca: &CertificateDer<'static>, now: SystemTime) -> Result<Self, Failure> {
        let (_, read) = parse_x509_certificate(ca).map_err(|error| unusable(&error.to_string()))?;
        let not_after = clock::from_seconds(u64::try_from(read.validity().not_after.timestamp()).unwrap_or_default());
        if !read.is_ca() {
            return Err(unusable(&format!("{} is no CA certificate (RFC 5280 §4.2.1.9)", read.subject())));
        }
        if not_after < now {
            return Err(unusable(&format!("{} expired at {}", read.subject(), clock::rfc3339(not_after))));
        }
        let trust = webpki::anchor_from_trusted_cert(ca).map_err(|error| unusable(&error.to_string()))?.to_owned();
        let name = DistinguishedName::in_sequence(&trust.subject);
        let constraints = read.basic_constraints().map_err(|error| unusable(&error.to_string()))?;
        let longest_path = constraints.and_then(|constraints| constraints.value.path_len_constraint);
        Ok(Self { trust, name, key: key(&read), not_after, longest_path })
    }

    /// Whether so many CAs may be below it.
    pub(super) fn bears(&self, intermediates: usize) -> bool {
        self.longest_path.is_none_or(|most| u32::try_from(intermediates).is_ok_and(|many| many <= most))
    }

    /// Whether this is the anchor that webpki ended a path at.
    pub(super) fn is(&self, other: &TrustAnchor<'_>) -> bool {
        self.trust.subject == other.subject && self.trust.subject_public_key_info == other.subject_public_key_info
    }
}

fn key(read: &X509Certificate<'_>) -> Arc<[u8]> {
    read.public_key().raw.into()
}

fn unusable(why: &str) -> Failure {
    Failure::usage(format!("a CA that callers' certificates are verified against cannot be used: {why}"))
        .remedy("put the current CA certificates in the file that tls.client_ca names")
}
