//! Certificates that the development CAs sign: one purpose each, and no right to sign others.

use std::{
    net::IpAddr,
    path::Path,
    time::{Duration, SystemTime},
};

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, SanType, SerialNumber,
};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use time::OffsetDateTime;
use x509_parser::{certificate::X509Certificate, prelude::FromDer, x509::X509Name};

use crate::{clock, exit::Failure, peer::Serial};

/// Clocks differ: a certificate that begins a minute ago is valid everywhere now.
const BACKDATE: Duration = Duration::from_secs(60);

/// What a leaf certificate is to say.
#[derive(Debug)]
pub(super) struct Leaf<'a> {
    pub(super) name: &'a str,
    pub(super) sans: Vec<SanType>,
    pub(super) lifetime: Duration,
    pub(super) purpose: ExtendedKeyUsagePurpose,
}

impl Leaf<'_> {
    /// The parameters, with a fresh serial.
    pub(super) fn params(self, now: SystemTime) -> Result<CertificateParams, Failure> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, self.name);
        params.subject_alt_names = self.sans;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![self.purpose];
        params.use_authority_key_identifier_extension = true;
        params.serial_number = Some(random_serial()?);
        set_validity(&mut params, now, self.lifetime);
        Ok(params)
    }
}

/// From a minute ago to `lifetime` from now, rounded up to the second that X.509 can say.
pub(super) fn set_validity(params: &mut CertificateParams, now: SystemTime, lifetime: Duration) {
    params.not_before = OffsetDateTime::from(clock::from_seconds(clock::seconds(now - BACKDATE)));
    let end = now + lifetime + Duration::from_nanos(999_999_999);
    params.not_after = OffsetDateTime::from(clock::from_seconds(clock::seconds(end)));
}

/// `notBefore` and `notAfter`.
pub(super) fn validity(read: &X509Certificate<'_>) -> (SystemTime, SystemTime) {
    let at = |seconds: i64| clock::from_seconds(u64::try_from(seconds).unwrap_or_default());
    (at(read.validity().not_before.timestamp()), at(read.validity().not_after.timestamp()))
}

/// Sixteen octets, positive, 126 of the bits random (RFC 5280 §4.1.2.2 allows twenty).
pub(super) fn random_serial() -> Result<SerialNumber, Failure> {
    let mut octets = [0_u8; 16];
    aws_lc_rs::rand::fill(&mut octets).map_err(|_| Failure::environment("the system's random generator failed"))?;
    octets[0] = octets[0] & 0x7f | 0x40;
    Ok(SerialNumber::from_slice(&octets))
}

/// The serial of parameters made by [`Leaf::params`].
pub(super) fn serial(params: &CertificateParams) -> Serial {
    Serial(params.serial_number.as_ref().map(SerialNumber::to_bytes).unwrap_or_default().into())
}

/// Reads `DNS:host`, `URI:spiffe://…` and `IP:address`.
///
/// # Errors
/// Exit 2 with what can be written.
pub(super) fn alternative_name(text: &str) -> Result<SanType, Failure> {
    let wrong = |why: &str| {
        Failure::usage(format!("the alternative name `{text}` {why}")).remedy("write DNS:host, URI:spiffe://… or IP:192.0.2.1")
    };
    let (kind, value) = text.split_once(':').ok_or_else(|| wrong("does not say of which kind it is"))?;
    let ascii = || value.try_into().map_err(|_| wrong("is not ASCII"));
    match kind {
        "DNS" if is_host(value) => Ok(SanType::DnsName(ascii()?)),
        "DNS" => Err(wrong("is no host name")),
        "URI" if value.contains(':') && !value.contains(char::is_whitespace) => Ok(SanType::URI(ascii()?)),
        "URI" => Err(wrong("is no URI")),
        "IP" => value.parse::<IpAddr>().map(SanType::IpAddress).map_err(|_| wrong("is no IP address")),
        _ => Err(wrong("is of an unknown kind")),
    }
}

fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_*".contains(&byte))
    };
    text.len() <= 253 && text.split('.').all(label)
}

/// A caller's name is a directory and a common name: letters, digits, `.`, `_`, `-`, at most 64 (RFC 5280 `ub-common-name`).
///
/// # Errors
/// Exit 2 with the rule.
pub(super) fn check_name(name: &str) -> Result<(), Failure> {
    let fits = (1..=64).contains(&name.len()) && !name.starts_with('.');
    if fits && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)) {
        return Ok(());
    }
    Err(Failure::usage(format!("`{}` cannot be the name of a certificate", name.escape_debug()))
        .remedy("use 1 to 64 letters, digits, `.`, `_` or `-`, not beginning with `.`"))
}

/// A second at least, and not beyond the CA's end.
///
/// # Errors
/// Exit 2 with what can be.
pub(super) fn check_lifetime(ttl: Duration, now: SystemTime, end: SystemTime) -> Result<(), Failure> {
    if ttl < Duration::from_secs(1) {
        return Err(Failure::usage("a certificate lives for at least one second").remedy("give a --ttl such as 10m or 90d"));
    }
    match now.checked_add(ttl) {
        Some(not_after) if not_after < end => Ok(()),
        _ => Err(Failure::usage("the certificate would outlive the CA that signs it")
            .remedy(format!("give a --ttl that ends before {}", clock::rfc3339(end)))),
    }
}

/// The common name in a distinguished name (DER), for people.
pub fn common_name(distinguished_name: &[u8]) -> Option<String> {
    let (_, name) = X509Name::from_der(distinguished_name).ok()?;
    name.iter_common_name().next().and_then(|name| name.as_str().ok()).map(str::to_owned)
}

/// The first certificate of a PEM file.
///
/// # Errors
/// Exit 2, naming the file.
pub(super) fn single_certificate(path: &Path, pem: &[u8]) -> Result<Vec<u8>, Failure> {
    CertificateDer::from_pem_slice(pem).map(|der| der.to_vec()).map_err(|error| {
        Failure::usage(format!("{} holds no certificate: {error}", path.display())).remedy("put a PEM certificate there")
    })
}

/// A failure of the signing itself.
pub(super) fn cannot_sign(error: &rcgen::Error) -> Failure {
    Failure::environment(format!("cannot sign: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_directories() {
        for good in ["partner", "a", "Ab.c_d-9", &"x".repeat(64)] {
            assert!(check_name(good).is_ok(), "{good:?}");
        }
        for bad in ["", ".", "..", ".hidden", "a/b", "../up", "a\\b", "a b", "a\0", "ü", "a:b", "*", &"x".repeat(65)] {
            assert!(check_name(bad).is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn alternative_names_say_their_kind() {
        for good in ["DNS:a.example", "DNS:a_b", "DNS:*.example", "URI:spiffe://a/b", "IP:::1", "IP:192.0.2.1"] {
            assert!(alternative_name(good).is_ok(), "{good:?}");
        }
        for bad in ["a.example", "DNS:", "DNS:a..b", "DNS:a b", "DNS:ü", "URI:", "URI:plain", "URI:a:b c", "IP:a", "IP:", "dns:a"]
        {
            assert!(alternative_name(bad).is_err(), "{bad:?} was taken");
        }
        insta::assert_snapshot!(alternative_name("a.example").unwrap_err(), @"
        the alternative name `a.example` does not say of which kind it is
          mend: write DNS:host, URI:spiffe://… or IP:192.0.2.1
        ");
    }

    #[test]
    fn serials_are_positive_sixteen_octets_and_distinct() {
        let all: std::collections::HashSet<_> = (0..1000).map(|_| random_serial().unwrap().to_bytes()).collect();
        assert_eq!(all.len(), 1000);
        assert!(all.iter().all(|serial| serial.len() == 16 && serial[0] & 0xc0 == 0x40));
    }

    #[test]
    fn a_lifetime_is_never_cut_short_by_whole_seconds() {
        let mut params = CertificateParams::default();
        let now = clock::from_seconds(1_800_000_000) + Duration::from_millis(700);
        set_validity(&mut params, now, Duration::from_secs(1));
        assert_eq!(params.not_after.unix_timestamp(), 1_800_000_002);
        assert_eq!(params.not_before.unix_timestamp(), 1_799_999_940);
    }
}
