//! Client certificates: a directory each.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair};
use x509_parser::parse_x509_certificate;

use super::{
    ca::Authority,
    flaw::{self, Flaw, Other},
    issue::{self, Leaf},
    key,
    profile::Profile,
};
use crate::{
    clock,
    exit::Failure,
    files::{self, Readers, Staged},
    key_type::KeyType,
    peer::Serial,
    secret::Secret,
};

/// Who is to get a certificate, and what kind.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The caller's name: a directory and a common name.
    pub name: &'a str,
    /// `DNS:…`, `URI:…` or `IP:…`; none means `DNS:NAME`.
    pub sans: &'a [String],
    /// How long it is valid, unless a flaw says when it ends.
    pub ttl: Duration,
    /// The kind of its key.
    pub key_type: KeyType,
    /// In which way it is to be bad: a name below `[flaws]` of the profile.
    pub flaw: Option<&'a str>,
    /// Whether the caller may already have one.
    pub existing: Existing,
}

/// Whether a caller may already have a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// A directory of that name is somebody's key: refuse.
    Refuse,
    /// A new key and certificate take the place of the old files.
    Replace,
}

/// A client certificate that was just issued, and is nowhere yet: to be recorded first, then written, so that no
/// certificate is in the world that nobody knows how to revoke.
#[derive(Debug)]
pub struct Issued {
    /// Its serial number, unique for its issuer.
    pub serial: Serial,
    /// The issuer's distinguished name, DER; `None` when a bad one was signed by somebody else than the client CA, who alone
    /// could revoke it.
    pub issuer: Option<Arc<[u8]>>,
    /// The beginning of validity.
    pub not_before: SystemTime,
    /// The end of validity.
    pub not_after: SystemTime,
    /// The certificate, PEM.
    pub cert: PathBuf,
    /// Its private key, PEM, mode 0600.
    pub key: PathBuf,
    /// The certificate and its CA, PEM.
    pub chain: PathBuf,
    pems: Pems,
}

/// What goes into the files.
#[derive(Debug)]
struct Pems {
    cert: String,
    chain: String,
    key: Secret,
}

/// Issues below `clients`, see [`super::Pki::issue`].
pub(super) fn issue(
    clients: &Path,
    order: &Order<'_>,
    profile: &Profile,
    authority: &Authority,
    now: SystemTime,
) -> Result<Issued, Failure> {
    issue::check_name(order.name)?;
    let directory = clients.join(order.name);
    if order.existing == Existing::Refuse && directory.join("key.pem").exists() {
        return Err(Failure::usage(format!("{} is there already, with somebody's key", directory.display()))
            .remedy("take another name, or move that directory away"));
    }
    let flaw = order.flaw.map(|name| flaw::named(&profile.flaws, name)).transpose()?;
    if !flaw.is_some_and(Flaw::has_end) {
        check_lifetime(order.ttl, now, authority)?;
    }
    let mut params = leaf(order)?.params(now)?;
    flaw.inspect(|flaw| flaw.spoil(&mut params, now));
    let other = flaw.map(|flaw| flaw.signer(authority, &profile.client_ca, now)).transpose()?.flatten();
    let key = key::generate(order.key_type)?;
    let (cert, below) = sign(&params, &key, authority, other.as_ref())?;
    let shown = if flaw.is_some_and(|flaw| flaw.other_key) { key::generate(order.key_type)? } else { key };
    Ok(Issued {
        serial: issue::serial(&params),
        issuer: other.is_none().then(|| authority.name()),
        not_before: params.not_before.into(),
        not_after: params.not_after.into(),
        cert: directory.join("cert.pem"),
        key: directory.join("key.pem"),
        chain: directory.join("chain.pem"),
        pems: Pems { chain: format!("{cert}{below}"), cert, key: Secret::new(shown.serialize_pem()) },
    })
}

fn leaf<'a>(order: &Order<'a>) -> Result<Leaf<'a>, Failure> {
    let default = [format!("DNS:{}", order.name)];
    let sans = if order.sans.is_empty() { &default } else { order.sans };
    let sans = sans.iter().map(|text| issue::alternative_name(text)).collect::<Result<_, _>>()?;
    Ok(Leaf { name: order.name, sans, lifetime: order.ttl, purpose: ExtendedKeyUsagePurpose::ClientAuth })
}

/// The certificate in PEM, and that of its CA.
fn sign<'a>(
    params: &CertificateParams,
    key: &KeyPair,
    authority: &'a Authority,
    other: Option<&'a Other>,
) -> Result<(String, &'a str), Failure> {
    let (signed, below) = match other {
        None => (params.signed_by(key, authority.signer()?), authority.pem.as_str()),
        Some(Other::Authority(signer, pem)) => (params.signed_by(key, signer), pem.as_str()),
        Some(Other::Itself) => (params.self_signed(key), ""),
    };
    signed.map(|signed| (signed.pem(), below)).map_err(|error| issue::cannot_sign(&error))
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
