//! The server's certificate: for `localhost` by default, renewed in time.

use std::{
    net::IpAddr,
    path::Path,
    time::{Duration, SystemTime},
};

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair, PublicKeyData, SanType};
use x509_parser::{certificate::X509Certificate, extensions::GeneralName, parse_x509_certificate};

use super::{
    Pair,
    ca::Authority,
    issue::{self, Leaf},
    key,
    profile::ServerProfile,
};
use crate::{
    exit::Failure,
    files::{self, Readers},
    key_type::KeyType,
    peer::Serial,
};

/// What is to be done about the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Enough,
    Little,
    Nothing,
}

/// Makes the server's certificate when there is none, or when less than a third of its life is left; then it has the names of
/// the one before. While it is valid, it does without the CA's key. Returns the serial of one that was made.
///
/// Renews on the key that is there, so that a crash between two files never leaves a certificate without its key.
///
/// # Errors
/// Exit 2 when what is there cannot be used; exit 3 when a file cannot be read or written.
pub(super) fn keep(
    pair: &Pair,
    profile: &ServerProfile,
    authority: &Authority,
    now: SystemTime,
) -> Result<Option<Serial>, Failure> {
    let had_key = pair.key.exists();
    let key = if had_key { key::read(&pair.key)? } else { key::generate(KeyType::P256)? };
    let before = if had_key && pair.cert.exists() { Some(Before::read(&pair.cert, &key, authority, now)?) } else { None };
    let left = before.as_ref().map_or(Left::Nothing, |before| before.left);
    if left == Left::Enough || (left == Left::Little && !authority.can_sign()) {
        return Ok(None);
    }
    let names = match before {
        Some(before) if !before.names.is_empty() => before.names,
        _ => alternative_names(&profile.names)?,
    };
    let params = params(names, profile.lifetime, now)?;
    write(pair, (&key, !had_key), &params, authority)?;
    Ok(Some(issue::serial(&params)))
}

/// Makes a new one at once, on the key that is there or on a new one.
///
/// # Errors
/// As [`keep`], and exit 2 for a lifetime that cannot be.
pub(super) fn replace(
    pair: &Pair,
    (names, lifetime): (&[String], Duration),
    new_key: bool,
    authority: &Authority,
    now: SystemTime,
) -> Result<CertificateParams, Failure> {
    issue::check_lifetime(lifetime, now, authority.not_after())?;
    let is_new = new_key || !pair.key.exists();
    let key = if is_new { key::generate(KeyType::P256)? } else { key::read(&pair.key)? };
    let params = params(alternative_names(names)?, lifetime, now)?;
    write(pair, (&key, is_new), &params, authority)?;
    Ok(params)
}

fn params(names: Vec<SanType>, lifetime: Duration, now: SystemTime) -> Result<CertificateParams, Failure> {
    Leaf { name: "localhost", sans: names, lifetime, purpose: ExtendedKeyUsagePurpose::ServerAuth }.params(now)
}

fn alternative_names(texts: &[String]) -> Result<Vec<SanType>, Failure> {
    texts.iter().map(|text| issue::alternative_name(text)).collect()
}

fn write(pair: &Pair, key: (&KeyPair, bool), params: &CertificateParams, authority: &Authority) -> Result<(), Failure> {
    let signed = params.signed_by(key.0, authority.signer()?).map_err(|error| issue::cannot_sign(&error))?;
    if let Some(directory) = pair.key.parent() {
        files::private_directory(directory)?;
    }
    let mut staged = Vec::with_capacity(2);
    if key.1 {
        staged.push(files::stage(&pair.key, key.0.serialize_pem().as_bytes(), Readers::Owner)?);
    }
    staged.push(files::stage(&pair.cert, format!("{}{}", signed.pem(), authority.pem).as_bytes(), Readers::Everyone)?);
    files::publish_together(&staged)
}

/// The server's certificate as it is.
struct Before {
    left: Left,
    /// None when another CA signed it.
    names: Vec<SanType>,
}

impl Before {
    /// How much of its life a certificate of this key and of this CA has left: more than a third, less, nothing.
    fn read(path: &Path, key: &KeyPair, authority: &Authority, now: SystemTime) -> Result<Self, Failure> {
        let der = issue::single_certificate(path, &files::read(path)?)?;
        let unusable = |why: &str| {
            Failure::usage(format!("the server's certificate {} {why}", path.display()))
                .remedy("put the right pair there, or delete it: the next start makes a new one")
        };
        let (_, read) = parse_x509_certificate(&der).map_err(|error| unusable(&format!("cannot be read: {error}")))?;
        if read.public_key().raw != key.subject_public_key_info() {
            return Err(unusable("does not match key.pem beside it"));
        }
        let (_, ca) = parse_x509_certificate(&authority.der).map_err(|error| unusable(&error.to_string()))?;
        if read.issuer().as_raw() != ca.subject().as_raw() || read.verify_signature(Some(ca.public_key())).is_err() {
            return Ok(Self { left: Left::Nothing, names: Vec::new() });
        }
        let (from, to) = issue::validity(&read);
        let left = match to.duration_since(now).unwrap_or_default() {
            Duration::ZERO => Left::Nothing,
            left if left >= to.duration_since(from).unwrap_or_default() / 3 => Left::Enough,
            _ => Left::Little,
        };
        Ok(Self { left, names: names_of(&read) })
    }
}

fn names_of(read: &X509Certificate<'_>) -> Vec<SanType> {
    let names = read.subject_alternative_name().ok().flatten();
    let names = names.iter().flat_map(|names| &names.value.general_names);
    names.filter_map(name_of).collect()
}

fn name_of(name: &GeneralName<'_>) -> Option<SanType> {
    match name {
        GeneralName::DNSName(name) => (*name).try_into().ok().map(SanType::DnsName),
        GeneralName::URI(name) => (*name).try_into().ok().map(SanType::URI),
        GeneralName::IPAddress(octets) => address(octets).map(SanType::IpAddress),
        _ => None,
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(octets).map(IpAddr::from).ok();
    four.or_else(|| <[u8; 16]>::try_from(octets).map(IpAddr::from).ok())
}
