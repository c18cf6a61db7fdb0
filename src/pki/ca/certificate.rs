//! What the certificate of a CA says.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyUsagePurpose};
use x509_parser::{certificate::X509Certificate, extensions::ParsedExtension, parse_x509_certificate};

use super::Authority;
use crate::{exit::Failure, files, pki::issue};

/// What a CA's certificate says: it may sign revocation lists, and certificates with so many CAs below it.
pub(in crate::pki) fn params(
    organization: &str,
    common_name: &str,
    below: u8,
    lifetime: Duration,
    now: SystemTime,
) -> Result<CertificateParams, Failure> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, organization);
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(below));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.serial_number = Some(issue::random_serial()?);
    issue::set_validity(&mut params, now, lifetime);
    Ok(params)
}

impl Authority {
    /// The certificate in a directory, DER.
    ///
    /// # Errors
    /// Exit 3 when it cannot be read; exit 2 when it is none.
    pub(in crate::pki) fn certificate(directory: &Path) -> Result<Vec<u8>, Failure> {
        let path = directory.join("cert.pem");
        issue::single_certificate(&path, &files::read(&path)?)
    }

    /// Whether the CA in a directory, or the issuing one below it, is past its end.
    pub(in crate::pki) fn has_ended(directory: &Path, now: SystemTime) -> bool {
        let ends = |place: &Path| {
            let der = Self::certificate(place).ok()?;
            parse_x509_certificate(&der).ok().map(|(_, read)| issue::validity(&read).1)
        };
        [directory, &directory.join("issuing")].into_iter().filter_map(ends).any(|end| end <= now)
    }

    /// The end of its validity.
    pub(in crate::pki) fn not_after(&self) -> SystemTime {
        self.read(|read| issue::validity(read).1).unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// The distinguished name, DER: the issuer of all that it signs.
    pub(in crate::pki) fn name(&self) -> Arc<[u8]> {
        self.read(|read| read.subject().as_raw().into()).unwrap_or_else(|| Arc::from([]))
    }

    /// Organization and common name.
    pub(in crate::pki) fn names(&self) -> (String, String) {
        let names = self.read(|read| {
            let organization = read.subject().iter_organization().next().and_then(|name| name.as_str().ok());
            let common = read.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
            [organization, common].map(|name| name.unwrap_or_default().to_owned()).into()
        });
        names.unwrap_or_default()
    }

    /// The subject key identifier.
    pub(in crate::pki) fn key_identifier(&self) -> Vec<u8> {
        let identifier = self.read(|read| {
            read.extensions().iter().find_map(|extension| match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(identifier) => Some(identifier.0.to_vec()),
                _ => None,
            })
        });
        identifier.flatten().unwrap_or_default()
    }

    /// The public key (`SubjectPublicKeyInfo`, DER): CAs may share a name, not a key.
    pub(in crate::pki) fn public_key(&self) -> Arc<[u8]> {
        self.read(|read| read.public_key().raw.into()).unwrap_or_else(|| Arc::from([]))
    }

    /// It was read before: there is an answer.
    fn read<T>(&self, look: impl FnOnce(&X509Certificate<'_>) -> T) -> Option<T> {
        parse_x509_certificate(&self.der).ok().map(|(_, read)| look(&read))
    }
}
