//! One development CA: loaded when it is there, made when it is not.

mod certificate;

use std::{
    cell::OnceCell,
    path::{Path, PathBuf},
    time::SystemTime,
};

use rcgen::{CertificateParams, Issuer, KeyPair, PublicKeyData};
use x509_parser::parse_x509_certificate;

pub(super) use self::certificate::params;
use super::{
    issue,
    key::{self, InFile},
    made::ca_made,
    profile::AuthorityProfile,
};
use crate::{
    clock,
    deed::{Deed, Thing},
    exit::Failure,
    files::{self, Readers},
    key_type::KeyType,
    secret::Secret,
};

/// A CA, with its key where that is here: its certificate is enough to verify, and to serve.
pub(super) struct Authority {
    directory: PathBuf,
    /// The certificate, PEM.
    pub(super) pem: String,
    /// The certificate, DER.
    pub(super) der: Vec<u8>,
    signer: OnceCell<Signer>,
    /// Its key, while it takes a passphrase to open it.
    locked: Option<Vec<u8>>,
    passphrase: Option<Secret>,
    /// Made just now and not on disk yet, see [`Authority::keep`].
    is_new: bool,
    /// Its key was made just now too, so that nothing was ever signed with it.
    pub(super) has_new_key: bool,
}

/// What signs certificates and lists.
pub(super) type Signer = Issuer<'static, KeyPair>;

impl Authority {
    /// Loads the CA of a directory, or makes one in memory that signs itself.
    ///
    /// # Errors
    /// Exit 3 when a file cannot be read; exit 2 when it cannot be used: not a CA, past its end, not this key's.
    pub(super) fn open(
        directory: &Path,
        profile: &AuthorityProfile,
        passphrase: Option<&Secret>,
        now: SystemTime,
    ) -> Result<Self, Failure> {
        if directory.join("cert.pem").exists() {
            return Self::load(directory, passphrase, now);
        }
        let params = params(&profile.organization, &profile.common_name, 0, profile.lifetime, now)?;
        Self::make(directory, params, None, passphrase)
    }

    /// Loads the CA of a directory, with its key if there is one. One under a passphrase is opened when it is to sign.
    ///
    /// # Errors
    /// As [`Authority::open`].
    pub(super) fn load(directory: &Path, passphrase: Option<&Secret>, now: SystemTime) -> Result<Self, Failure> {
        let path = directory.join("cert.pem");
        let pem = String::from_utf8(files::read(&path)?).map_err(|_| unusable(&path, "not PEM text"))?;
        let der = issue::single_certificate(&path, pem.as_bytes())?;
        check(&path, &der, now)?;
        let mut authority = Self {
            directory: directory.into(),
            pem,
            der,
            signer: OnceCell::new(),
            locked: None,
            passphrase: passphrase.cloned(),
            is_new: false,
            has_new_key: false,
        };
        let key = directory.join("key.pem");
        match if key.exists() { Some(InFile::read(&key)?) } else { None } {
            Some(InFile::Plain(key)) => authority.signer = OnceCell::from(authority.signer_of(key)?),
            Some(InFile::Locked(info)) => authority.locked = Some(info),
            None => {}
        }
        Ok(authority)
    }

    fn signer_of(&self, key: KeyPair) -> Result<Signer, Failure> {
        let path = self.directory.join("cert.pem");
        if *self.public_key() != *key.subject_public_key_info() {
            return Err(unusable(&path, "it does not match key.pem beside it"));
        }
        Issuer::from_ca_cert_der(&self.der.as_slice().into(), key).map_err(|error| unusable(&path, &error.to_string()))
    }

    /// Makes a CA that says `params`, signed by the one above it or by itself. A key that is already there is used again, so
    /// that nothing is lost when only the certificate is gone.
    pub(super) fn make(
        directory: &Path,
        mut params: CertificateParams,
        above: Option<&Self>,
        passphrase: Option<&Secret>,
    ) -> Result<Self, Failure> {
        let path = directory.join("key.pem");
        let has_new_key = !path.exists();
        let key = if has_new_key { key::generate(KeyType::P256)? } else { InFile::read(&path)?.open(&path, passphrase)? };
        params.use_authority_key_identifier_extension = above.is_some();
        let certificate = match above {
            Some(above) => params.signed_by(&key, above.signer()?),
            None => params.self_signed(&key),
        };
        let certificate = certificate.map_err(|error| issue::cannot_sign(&error))?;
        Ok(Self {
            directory: directory.into(),
            pem: certificate.pem(),
            der: certificate.der().to_vec(),
            signer: OnceCell::from(Issuer::new(params, key)),
            locked: None,
            passphrase: passphrase.cloned(),
            is_new: true,
            has_new_key,
        })
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
        if self.has_new_key {
            let key = key::written(self.signer()?.key(), self.passphrase.as_ref())?;
            files::write(&self.key_file(), key.expose().as_bytes(), Readers::Owner)?;
        }
        files::write(&self.directory.join("cert.pem"), self.pem.as_bytes(), Readers::Everyone)
    }

    /// That it was made just now, if it was.
    pub(super) fn made(&self, thing: Thing) -> Option<Deed> {
        self.is_new.then(|| ca_made(thing, self))
    }

    /// Where its key is, or would be.
    pub(super) fn key_file(&self) -> PathBuf {
        self.directory.join("key.pem")
    }

    /// Whether its key takes a passphrase.
    pub(super) fn is_locked(&self) -> bool {
        self.locked.is_some()
    }

    /// Whether its key is here, and can be opened unless the passphrase is wrong.
    pub(super) fn can_sign(&self) -> bool {
        self.signer.get().is_some() || (self.locked.is_some() && self.passphrase.is_some())
    }

    /// What signs.
    ///
    /// # Errors
    /// Exit 2 when the key is not here, or under a passphrase that is not given, or another.
    pub(super) fn signer(&self) -> Result<&Signer, Failure> {
        if let Some(signer) = self.signer.get() {
            return Ok(signer);
        }
        let directory = self.directory.display();
        let locked = self.locked.as_ref().ok_or_else(|| {
            Failure::usage(format!("the key of the CA in {directory} is not here, and this cannot be done without it"))
                .remedy(format!("put key.pem back into {directory}, or run the command where it is"))
        })?;
        let key = key::unlock(locked, &self.key_file(), self.passphrase.as_ref())?;
        let signer = self.signer_of(key)?;
        Ok(self.signer.get_or_init(|| signer))
    }
}

fn check(path: &Path, der: &[u8], now: SystemTime) -> Result<(), Failure> {
    let (_, read) = parse_x509_certificate(der).map_err(|error| unusable(path, &error.to_string()))?;
    if !read.is_ca() {
        return Err(unusable(path, "it is no CA certificate (RFC 5280 §4.2.1.9)"));
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
