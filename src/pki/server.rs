//! The server's certificate: for `localhost` by default, renewed in time.

use std::{path::Path, time::SystemTime};

use rcgen::{ExtendedKeyUsagePurpose, KeyPair, PublicKeyData};
use x509_parser::parse_x509_certificate;

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
};

/// What is to be done about the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Enough,
    Little,
    Nothing,
}

/// Makes the server's certificate when there is none, or when less than a third of its life is left. While it is valid, it does
/// without the CA's key.
///
/// Renews on the key that is there, so that a crash between two files never leaves a certificate without its key.
///
/// # Errors
/// Exit 2 when what is there cannot be used; exit 3 when a file cannot be read or written.
pub(super) fn keep(pair: &Pair, profile: &ServerProfile, authority: &Authority, now: SystemTime) -> Result<(), Failure> {
    let had_key = pair.key.exists();
    let key = if had_key { key::read(&pair.key)? } else { key::generate(KeyType::P256)? };
    let left = if had_key && pair.cert.exists() { left(&pair.cert, &key, authority, now)? } else { Left::Nothing };
    if left == Left::Enough || (left == Left::Little && !authority.can_sign()) {
        return Ok(());
    }
    let sans = profile.names.iter().map(|text| issue::alternative_name(text)).collect::<Result<_, _>>()?;
    let leaf = Leaf { name: "localhost", sans, lifetime: profile.lifetime, purpose: ExtendedKeyUsagePurpose::ServerAuth };
    let signed = leaf.params(now)?.signed_by(&key, authority.signer()?).map_err(|error| issue::cannot_sign(&error))?;
    if let Some(directory) = pair.key.parent() {
        files::private_directory(directory)?;
    }
    if !had_key {
        files::write(&pair.key, key.serialize_pem().as_bytes(), Readers::Owner)?;
    }
    files::write(&pair.cert, format!("{}{}", signed.pem(), authority.pem).as_bytes(), Readers::Everyone)
}

/// How much of its life a certificate of this key and of this CA has left: more than a third, less, nothing.
fn left(path: &Path, key: &KeyPair, authority: &Authority, now: SystemTime) -> Result<Left, Failure> {
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
    let ours = read.issuer().as_raw() == ca.subject().as_raw() && read.verify_signature(Some(ca.public_key())).is_ok();
    let (from, to) = issue::validity(&read);
    let left = to.duration_since(now).unwrap_or_default();
    Ok(match ours && !left.is_zero() {
        true if left >= to.duration_since(from).unwrap_or_default() / 3 => Left::Enough,
        true => Left::Little,
        false => Left::Nothing,
    })
}
