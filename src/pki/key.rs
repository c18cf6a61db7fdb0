//! Private keys: made, and read.

use std::path::Path;

use aws_lc_rs::signature::Ed25519KeyPair;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256, RsaKeySize};

use crate::{exit::Failure, files, key_type::KeyType};

/// A fresh key. RSA takes up to a second.
pub(super) fn generate(key_type: KeyType) -> Result<KeyPair, Failure> {
    let key = match key_type {
        KeyType::P256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
        KeyType::Ed25519 => ed25519(),
        KeyType::Rsa => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_3072),
        KeyType::Rsa2048 => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048),
    };
    key.map_err(|error| Failure::environment(format!("cannot make a key: {error}")))
}

/// In the first form of PKCS #8 (RFC 8410 §7): OpenSSL 3.0 does not read the second one, which has the public key in it.
fn ed25519() -> Result<KeyPair, rcgen::Error> {
    let key = Ed25519KeyPair::generate().and_then(|key| key.to_pkcs8v1()).map_err(|_| rcgen::Error::RingUnspecified)?;
    KeyPair::from_pkcs8_der_and_sign_algo(&key.as_ref().into(), &PKCS_ED25519)
}

/// Reads a private key, PKCS #8 or SEC 1 or PKCS #1, PEM.
///
/// # Errors
/// Exit 3 when the file cannot be read; exit 2 when it holds no key, naming it.
pub(super) fn read(path: &Path) -> Result<KeyPair, Failure> {
    let text = String::from_utf8(files::read(path)?).map_err(|_| unusable(path, "not PEM text"))?;
    KeyPair::from_pem(&text).map_err(|error| unusable(path, &error.to_string()))
}

fn unusable(path: &Path, why: &str) -> Failure {
    Failure::usage(format!("{} is no private key that can be used: {why}", path.display()))
        .remedy("put the right key there (PEM), or move its directory away and run `authbench cert init` to make a new one")
}
