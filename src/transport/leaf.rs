//! Reading a client's certificate: for deciding once it is verified, for the record when it is refused.

use std::sync::Arc;

use x509_parser::{certificate::X509Certificate, extensions::GeneralName, parse_x509_certificate};

use crate::{
    clock,
    peer::{ClientCertificate, Serial},
};

/// More of a name than this is not for people.
const LONGEST: usize = 128;

/// Reads a certificate; `None` when it cannot be read, or something follows it.
pub(super) fn read(der: &[u8]) -> Option<ClientCertificate> {
    let (rest, read) = parse_x509_certificate(der).ok()?;
    let common_name = read.subject().iter_common_name().next().and_then(|name| name.as_str().ok()).map(Arc::from);
    let not_after = clock::from_seconds(u64::try_from(read.validity().not_after.timestamp()).unwrap_or_default());
    rest.is_empty().then(|| ClientCertificate {
        serial: serial(&read),
        issuer: read.issuer().as_raw().into(),
        common_name,
        names: names(&read),
        not_after,
    })
}

/// Who signed a certificate and under which number.
pub(super) fn identity(der: &[u8]) -> Option<(Arc<[u8]>, Serial)> {
    let (_, read) = parse_x509_certificate(der).ok()?;
    Some((read.issuer().as_raw().into(), serial(&read)))
}

/// Whether it is a CA's certificate whose key is not for signing certificates (RFC 5280 §6.1.4 n). `None` when it cannot be read.
pub(super) fn is_ca_that_may_not_sign(der: &[u8]) -> Option<bool> {
    let (_, read) = parse_x509_certificate(der).ok()?;
    let is_ca = read.basic_constraints().ok()?.is_some_and(|constraints| constraints.value.ca);
    let may_sign = read.key_usage().ok()?.is_none_or(|usage| usage.value.key_cert_sign());
    Some(is_ca && !may_sign)
}

/// What a refused certificate says of itself. Nothing of it is proven: control characters are escaped, length is bounded.
pub(super) fn claims(der: &[u8]) -> Option<(String, Serial)> {
    let (_, read) = parse_x509_certificate(der).ok()?;
    Some((printable(&read.subject().to_string()), serial(&read)))
}

fn serial(read: &X509Certificate<'_>) -> Serial {
    Serial(read.raw_serial().into())
}

fn names(read: &X509Certificate<'_>) -> Vec<Arc<str>> {
    let Ok(Some(extension)) = read.subject_alternative_name() else { return Vec::new() };
    let name = |name: &GeneralName<'_>| match *name {
        GeneralName::DNSName(text) | GeneralName::URI(text) => Some(Arc::from(text)),
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
            assert!(read(junk).is_none() && claims(junk).is_none() && identity(junk).is_none());
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
        let certificate = read(&der).unwrap();
        assert_eq!(certificate.common_name.as_deref(), Some("partner"));
        assert_eq!(certificate.names.iter().map(AsRef::as_ref).collect::<Vec<_>>(), ["a.example", "spiffe://x/y"]);
        assert_eq!(certificate.serial.to_string(), "008001");
        assert_eq!(clock::rfc3339(certificate.not_after), "2040-01-01T00:00:00Z");
        assert_eq!(identity(&der).unwrap(), (certificate.issuer, certificate.serial));
        assert!(read(&[&der[..], b"x"].concat()).is_none());
    }
}
