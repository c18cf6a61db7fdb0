//! Reading a client's certificate: for deciding once it is verified, for the record when it is refused.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, SystemTime},
};

use aws_lc_rs::digest;
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::VerifiedPath;
use x509_parser::{
    certificate::X509Certificate,
    extensions::GeneralName,
    objects::{oid_registry, oid2abbrev},
    parse_x509_certificate,
    x509::AttributeTypeAndValue,
};

use super::anchor::Anchor;
use crate::{
    clock,
    guard::Guard,
    peer::{Attribute, ClientCertificate, Name, Serial},
};

/// More of a name than this is not for people.
const LONGEST: usize = 128;

/// The CAs above a verified certificate.
#[derive(Debug)]
pub(super) struct Above {
    /// Those below the trusted one, by issuer and serial.
    pub(super) intermediates: Vec<(Arc<[u8]>, Serial)>,
    /// The public key of the trusted one.
    pub(super) anchor: Arc<[u8]>,
    /// When the first of them ends.
    pub(super) not_after: SystemTime,
}

impl Above {
    /// What a path leads through; `None` when a certificate of it cannot be read.
    pub(super) fn of(path: &VerifiedPath<'_>, anchor: &Anchor) -> Option<Self> {
        let mut above = Self { intermediates: Vec::new(), anchor: Arc::clone(&anchor.key), not_after: anchor.not_after };
        for ca in path.intermediate_certificates() {
            let der = ca.der();
            let (_, read) = parse_x509_certificate(&der).ok()?;
            above.intermediates.push((read.issuer().as_raw().into(), serial(&read)));
            above.not_after = above.not_after.min(not_after(&read));
        }
        Some(above)
    }
}

/// Reads a verified certificate; `None` when it cannot be read, or something follows it.
pub(super) fn read(der: &[u8], above: Above) -> Option<ClientCertificate> {
    let (rest, read) = parse_x509_certificate(der).ok()?;
    rest.is_empty().then(|| ClientCertificate {
        serial: serial(&read),
        issuer: read.issuer().as_raw().into(),
        subject: read.subject().iter_attributes().map(attribute).collect(),
        names: names(&read),
        key: fingerprint(read.public_key().raw),
        not_after: not_after(&read).min(above.not_after),
        intermediates: above.intermediates,
        anchor: above.anchor,
        ruled: OnceLock::new(),
    })
}

/// The moment in whose light the dates of a certificate are seen: now, unless one of them is to be overlooked.
pub(super) fn seen_at(der: &[u8], now: UnixTime) -> UnixTime {
    if Guard::CertificateExpiry.stands() && Guard::CertificateBeginning.stands() {
        return now;
    }
    let Ok((_, read)) = parse_x509_certificate(der) else { return now };
    let [begins, ends] = [read.validity().not_before, read.validity().not_after].map(|date| unix(date.timestamp()));
    let at = if Guard::CertificateExpiry.stands() { now } else { now.min(ends) };
    if Guard::CertificateBeginning.stands() { at } else { at.max(begins) }
}

fn unix(seconds: i64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()))
}

fn not_after(read: &X509Certificate<'_>) -> SystemTime {
    if !Guard::CertificateExpiry.stands() {
        return clock::after(clock::now(), Duration::MAX);
    }
    clock::from_seconds(u64::try_from(read.validity().not_after.timestamp()).unwrap_or_default())
}

fn attribute(read: &AttributeTypeAndValue<'_>) -> Attribute {
    let oid = read.attr_type();
    let kind = oid2abbrev(oid, oid_registry()).map_or_else(|_| oid.to_id_string(), str::to_owned);
    // What is no text stands as RFC 4514 §2.4 writes it, so that it is not overlooked.
    let hex = || read.attr_value().data.iter().fold("#".to_owned(), |text, octet| format!("{text}{octet:02x}"));
    Attribute { kind: kind.into(), value: read.as_str().map_or_else(|_| hex(), str::to_owned).into() }
}

fn fingerprint(key: &[u8]) -> [u8; 32] {
    let mut octets = [0; 32];
    octets.copy_from_slice(digest::digest(&digest::SHA256, key).as_ref());
    octets
}

/// Who signed a certificate and under which number.
pub(super) fn identity(der: &[u8]) -> Option<(Arc<[u8]>, Serial)> {
    let (_, read) = parse_x509_certificate(der).ok()?;
    Some((read.issuer().as_raw().into(), serial(&read)))
}

/// Whether a CA's key is for signing certificates (RFC 5280 §6.1.4 n). `None` when the certificate cannot be read.
pub(super) fn may_sign_certificates(der: &CertificateDer<'_>) -> Option<bool> {
    let (_, read) = parse_x509_certificate(der).ok()?;
    Some(read.key_usage().ok()?.is_none_or(|usage| usage.value.key_cert_sign()))
}

/// What a refused certificate says of itself. Nothing of it is proven: control characters are escaped, length is bounded.
pub(super) fn claims(der: &[u8]) -> Option<(String, Serial)> {
    let (_, read) = parse_x509_certificate(der).ok()?;
    Some((printable(&read.subject().to_string()), serial(&read)))
}

fn serial(read: &X509Certificate<'_>) -> Serial {
    Serial(read.raw_serial().into())
}

fn names(read: &X509Certificate<'_>) -> Vec<Name> {
    let Ok(Some(extension)) = read.subject_alternative_name() else { return Vec::new() };
    let name = |name: &GeneralName<'_>| match *name {
        GeneralName::DNSName(text) => Some(Name::Dns(text.into())),
        GeneralName::URI(text) => Some(Name::Uri(text.into())),
        _ => None,
    };
    extension.value.general_names.iter().filter_map(name).collect()
}

fn printable(text: &str) -> String {
    let shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() { shown + "…" } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_escaped_and_cut() {
        assert_eq!(printable("CN=a\n{\"x\":1}\u{202e}\u{1b}[31m"), "CN=a\\n{\\\"x\\\":1}\\u{202e}\\u{1b}[31m");
        assert_eq!(printable(&"x".repeat(128)).chars().count(), 128);
        assert_eq!(printable(&"x".repeat(100_000)).chars().count(), 129);
    }

    #[test]
    fn what_is_no_certificate_cannot_be_read() {
        for junk in [&b""[..], b"\x30\x00", b"hello", &[0x30, 0x82, 0xff, 0xff]] {
            assert!(claims(junk).is_none() && identity(junk).is_none());
        }
    }

    #[test]
    fn a_certificate_is_read_once_with_all_that_deciding_needs() {
        let mut params = rcgen::CertificateParams::new(vec!["a.example".to_owned(), "192.0.2.1".to_owned()]).unwrap();
        params.subject_alt_names.push(rcgen::SanType::URI("spiffe://x/y".try_into().unwrap()));
        params.distinguished_name.push(rcgen::DnType::CommonName, "partner");
        params.serial_number = Some(rcgen::SerialNumber::from_slice(&[0x80, 1]));
        params.not_after = rcgen::date_time_ymd(2040, 1, 1);
        let der = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().der().to_vec();
        let above =
            |years| Above { intermediates: Vec::new(), anchor: [].into(), not_after: rcgen::date_time_ymd(years, 1, 1).into() };
        let certificate = read(&der, above(2050)).unwrap();
        let subject = certificate.subject.iter().find(|one| &*one.kind == "CN");
        assert_eq!(subject.map(|one| &*one.value), Some("partner"));
        assert_eq!(certificate.names, [Name::Dns("a.example".into()), Name::Uri("spiffe://x/y".into())]);
        assert_eq!(certificate.serial.to_string(), "008001");
        assert_eq!(clock::rfc3339(certificate.not_after), "2040-01-01T00:00:00Z");
        assert_eq!(identity(&der).unwrap(), (certificate.issuer, certificate.serial));
        assert_eq!(
            clock::rfc3339(read(&der, above(2030)).unwrap().not_after),
            "2030-01-01T00:00:00Z",
            "a CA above it ends first"
        );
        assert!(read(&[&der[..], b"x"].concat(), above(2050)).is_none());
    }
}
