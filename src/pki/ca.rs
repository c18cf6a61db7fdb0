//! One development CA: loaded when it is there, made when it is not.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData,
};
use x509_parser::parse_x509_certificate;

use super::{issue, profile::AuthorityProfile};
use crate::{
    clock,
    exit::Failure,
    files::{self, Readers},
};

/// A CA with its key.
pub(super) struct Authority {
    directory: PathBuf,
    /// The certificate, PEM.
    pub(super) pem: String,
    /// The certificate, DER.
    pub(super) der: Vec<u8>,
    /// What signs.
    pub(super) issuer: Issuer<'static, KeyPair>,
    /// Made just now and not on disk yet, see [`Authority::keep`].
    pub(super) is_new: bool,
    /// Its key was made just now too, so that nothing was ever signed with it.
    pub(super) has_new_key: bool,
}

impl Authority {
    /// Loads the CA of a directory, or makes one in memory.
    ///
    /// # Errors
    /// Exit 3 when a file cannot be read; exit 2 when it cannot be used: not a CA, past its end, not this key's.
    pub(super) fn open(directory: &Path, profile: &AuthorityProfile, now: SystemTime) -> Result<Self, Failure> {
        if directory.join("cert.pem").exists() { Self::load(directory, now) } else { Self::make(directory, profile, now) }
    }

    /// Loads the CA of a directory.
    ///
    /// # Errors
    /// As [`Authority::open`].
    pub(super) fn load(directory: &Path, now: SystemTime) -> Result<Self, Failure> {
        let path = directory.join("cert.pem");
        let pem = text(&path)?;
        let der = issue::single_certificate(&path, pem.as_bytes())?;
        let key = read_key(&directory.join("key.pem"))?;
        check(&path, &der, &key, now)?;
        let issuer =
            Issuer::from_ca_cert_der(&der.as_slice().into(), key).map_err(|error| unusable(&path, &error.to_string()))?;
        Ok(Self { directory: directory.into(), pem, der, issuer, is_new: false, has_new_key: false })
    }

    /// A key that is already there is used again, so that nothing is lost when only the certificate is gone.
    fn make(directory: &Path, profile: &AuthorityProfile, now: SystemTime) -> Result<Self, Failure> {
        let path = directory.join("key.pem");
        let has_new_key = !path.exists();
        let key = if has_new_key { issue::new_key()? } else { read_key(&path)? };
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, profile.organization.as_str());
        params.distinguished_name.push(DnType::CommonName, profile.common_name.as_str());
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.serial_number = Some(issue::random_serial()?);
        issue::set_validity(&mut params, now, profile.lifetime);
        let certificate = params.self_signed(&key).map_err(|error| issue::cannot_sign(&error))?;
        let (pem, der) = (certificate.pem(), certificate.der().to_vec());
        Ok(Self { directory: directory.into(), pem, der, issuer: Issuer::new(params, key), is_new: true, has_new_key })
    }

    /// Writes a new CA: the key first, the certificate last, so that a certificate on disk means a complete CA.
    ///
    /// # Errors
    /// Exit 3, naming the file.
    pub(super) fn keep(&self) -> Result<(), Failure> {
        if !self.is_new {
            return Ok(());
        }
        files::private_directory(&self.directory)?;
        files::write(&self.directory.join("key.pem"), self.issuer.key().serialize_pem().as_bytes(), Readers::Owner)?;
        files::write(&self.directory.join("cert.pem"), self.pem.as_bytes(), Readers::Everyone)
    }

    /// The distinguished name, DER: the issuer of all that it signs.
    pub(super) fn name(&self) -> Arc<[u8]> {
        parse_x509_certificate(&self.der).map_or_else(|_| Arc::from([]), |(_, read)| read.subject().as_raw().into())
    }
}

/// Reads a private key, PKCS #8 or SEC 1 or PKCS #1, PEM.
pub(super) fn read_key(path: &Path) -> Result<KeyPair, Failure> {
    KeyPair::from_pem(&text(path)?).map_err(|error| {
        Failure::usage(format!("{} is no private key that can be used: {error}", path.display()))
            .remedy("put the right key there (PEM), or move its directory away and run `authbench cert init` to make a new one")
    })
}

fn text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(files::read(path)?).map_err(|_| unusable(path, "not PEM text"))
}

fn check(path: &Path, der: &[u8], key: &KeyPair, now: SystemTime) -> Result<(), Failure> {
    let (_, read) = parse_x509_certificate(der).map_err(|error| unusable(path, &error.to_string()))?;
    if !read.is_ca() {
        return Err(unusable(path, "it is no CA certificate (RFC 5280 §4.2.1.9)"));
    }
    if read.public_key().raw != key.subject_public_key_info() {
        return Err(unusable(path, "it does not match key.pem beside it"));
    }
    let (from, to) = issue::validity(&read);
    if now >= to {
        return Err(unusable(path, &format!("it expired at {}", clock::rfc3339(to))));
    }
    if now < from {
        return Err(unusable(path, &format!("it is not valid before {}: is the clock right?", clock::rfc3339(from))));
    }
    Ok(())
}

fn unusable(path: &Path, why: &str) -> Failure {
    let directory = path.parent().unwrap_or(path).display();
    Failure::usage(format!("the CA certificate {} cannot be used: {why}", path.display()))
        .remedy(format!("move {directory} away and run `authbench cert init`; what it signed must be issued again"))
}
