//! The server's certificate: for `localhost` by default, renewed in time.

use std::{path::Path, time::SystemTime};

use rcgen::{ExtendedKeyUsagePurpose, KeyPair, PublicKeyData};
use x509_parser::parse_x509_certificate;

use super::{
    Pair,
    ca::{Authority, read_key},
    issue::{self, Leaf},
    profile::ServerProfile,
};
use crate::{
    exit::Failure,
    files::{self, Readers},
};

/// Makes the server's certificate when there is none, or when less than a third of its life is left.
///
/// Renews on the key that is there, so that a crash between two files never leaves a certificate without its key.
///
/// # Errors
/// Exit 2 when what is there cannot be used; exit 3 when a file cannot be read or written.
pub(super) fn keep(pair: &Pair, profile: &ServerProfile, authority: &Authority, now: SystemTime) -> Result<(), Failure> {
    let had_key = pair.key.exists();
    let key = if had_key { read_key(&pair.key)? } else { issue::new_key()? };
    if had_key && pair.cert.exists() && serves(&pair.cert, &key, authority, now)? {
        return Ok(());
    }
    let sans = profile.names.iter().map(|text| issue::alternative_name(text)).collect::<Result<_, _>>()?;
    let leaf = Leaf { name: "localhost", sans, lifetime: profile.lifetime, purpose: ExtendedKeyUsagePurpose::ServerAuth };
    let signed = leaf.params(now)?.signed_by(&key, &authority.issuer).map_err(|error| issue::cannot_sign(&error))?;
    if let Some(directory) = pair.key.parent() {
        files::private_directory(directory)?;
    }
    if !had_key {
        files::write(&pair.key, key.serialize_pem().as_bytes(), Readers::Owner)?;
    }
    files::write(&pair.cert, format!("{}{}", signed.pem(), authority.pem).as_bytes(), Readers::Everyone)
}

/// Whether the server's certificate is this key's, this CA's, and has more than a third of its life left.
fn serves(path: &Path, key: &KeyPair, authority: &Authority, now: SystemTime) -> Result<bool, Failure> {
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
    Ok(ours && left >= to.duration_since(from).unwrap_or_default() / 3)
}
