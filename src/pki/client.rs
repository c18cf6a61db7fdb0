//! Client certificates: a directory each.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use rcgen::ExtendedKeyUsagePurpose;
use x509_parser::parse_x509_certificate;

use super::{
    Existing, Issued,
    ca::Authority,
    issue::{self, Leaf},
};
use crate::{
    clock,
    exit::Failure,
    files::{self, Readers, Staged},
    secret::Secret,
};

/// Who is to get a certificate.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) name: &'a str,
    pub(super) sans: &'a [String],
    pub(super) ttl: Duration,
    pub(super) existing: Existing,
}

/// Issues below `clients`, see [`super::Pki::issue`].
pub(super) fn issue(clients: &Path, request: &Request<'_>, authority: &Authority, now: SystemTime) -> Result<Issued, Failure> {
    let Request { name, sans, ttl, existing } = *request;
    issue::check_name(name)?;
    let directory = clients.join(name);
    if existing == Existing::Refuse && directory.join("key.pem").exists() {
        return Err(Failure::usage(format!("{} is there already, with somebody's key", directory.display()))
            .remedy("take another name, or move that directory away"));
    }
    check_lifetime(ttl, now, authority)?;
    let default = [format!("DNS:{name}")];
    let sans = if sans.is_empty() { &default } else { sans };
    let sans = sans.iter().map(|text| issue::alternative_name(text)).collect::<Result<_, _>>()?;
    sign(&directory, Leaf { name, sans, lifetime: ttl, purpose: ExtendedKeyUsagePurpose::ClientAuth }, authority, now)
}

fn sign(directory: &Path, leaf: Leaf<'_>, authority: &Authority, now: SystemTime) -> Result<Issued, Failure> {
    let (key, params) = (issue::new_key()?, leaf.params(now)?);
    let signed = params.signed_by(&key, &authority.issuer).map_err(|error| issue::cannot_sign(&error))?.pem();
    Ok(Issued {
        serial: issue::serial(&params),
        issuer: authority.name(),
        not_before: params.not_before.into(),
        not_after: params.not_after.into(),
        cert: directory.join("cert.pem"),
        key: directory.join("key.pem"),
        chain: directory.join("chain.pem"),
        pems: Pems { chain: format!("{signed}{}", authority.pem), cert: signed, key: Secret::new(key.serialize_pem()) },
    })
}

/// What goes into the files.
#[derive(Debug)]
pub(super) struct Pems {
    cert: String,
    chain: String,
    key: Secret,
}

impl Issued {
    /// Writes key, chain and certificate beside their places in the caller's directory. The files that were there stay until
    /// all three are published, so that no key is left with another's certificate.
    ///
    /// # Errors
    /// Exit 3, naming the file.
    pub fn stage(&self) -> Result<[Staged; 3], Failure> {
        if let Some(directory) = self.cert.parent() {
            files::private_directory(directory)?;
        }
        Ok([
            files::stage(&self.key, self.pems.key.expose().as_bytes(), Readers::Owner)?,
            files::stage(&self.chain, self.pems.chain.as_bytes(), Readers::Everyone)?,
            files::stage(&self.cert, self.pems.cert.as_bytes(), Readers::Everyone)?,
        ])
    }
}

fn check_lifetime(ttl: Duration, now: SystemTime, authority: &Authority) -> Result<(), Failure> {
    if ttl < Duration::from_secs(1) {
        return Err(Failure::usage("a certificate lives for at least one second").remedy("give a --ttl such as 10m or 90d"));
    }
    let end = parse_x509_certificate(&authority.der).map_or(now, |(_, read)| issue::validity(&read).1);
    match now.checked_add(ttl) {
        Some(not_after) if not_after < end => Ok(()),
        _ => Err(Failure::usage("the certificate would outlive the CA that signs it")
            .remedy(format!("give a --ttl that ends before {}", clock::rfc3339(end)))),
    }
}
