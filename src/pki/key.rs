//! Private keys: made, and read.

use std::path::Path;

use aws_lc_rs::signature::Ed25519KeyPair;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256, RsaKeySize};

use super::pbes2::{self, Sealed};
use crate::{exit::Failure, files, key_type::KeyType, secret::Secret};

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

/// A private key that is in a file.
pub(super) enum InFile {
    /// As it is.
    Plain(KeyPair),
    /// Under a passphrase: `EncryptedPrivateKeyInfo`, DER.
    Locked(Vec<u8>),
}

impl InFile {
    /// Reads a private key, PKCS #8 or SEC 1 or PKCS #1, or PKCS #8 under a passphrase; PEM.
    ///
    /// # Errors
    /// Exit 3 when the file cannot be read; exit 2 when it holds no key, naming it.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let text = String::from_utf8(files::read(path)?).map_err(|_| unusable(path, "not PEM text"))?;
        if let Ok(block) = pem::parse(&text)
            && block.tag() == LOCKED
        {
            return Ok(Self::Locked(block.into_contents()));
        }
        KeyPair::from_pem(&text).map(Self::Plain).map_err(|error| unusable(path, &error.to_string()))
    }

    /// The key, opened with the passphrase where it takes one.
    ///
    /// # Errors
    /// Exit 2 when there is no passphrase, or it is wrong. `path` is for the message.
    pub(super) fn open(self, path: &Path, passphrase: Option<&Secret>) -> Result<KeyPair, Failure> {
        match self {
            Self::Plain(key) => Ok(key),
            Self::Locked(info) => unlock(&info, path, passphrase),
        }
    }
}

/// Opens a key under a passphrase.
///
/// # Errors
/// As [`InFile::open`].
pub(super) fn unlock(info: &[u8], path: &Path, passphrase: Option<&Secret>) -> Result<KeyPair, Failure> {
    let Some(passphrase) = passphrase else {
        return Err(Failure::usage(format!("{} is encrypted, and there is no passphrase", path.display())).remedy(
            "name a file with it (--passphrase-file, or tls.ca_passphrase_file in authbench.toml), or put it into AUTHBENCH_CA_PASSPHRASE",
        ));
    };
    let cannot = |why: &str| {
        Failure::usage(format!("{} cannot be opened: {why}", path.display()))
            .remedy("give the passphrase that it was encrypted with; `openssl pkey -in` tells whether one is right")
    };
    let der = pbes2::open(info, passphrase).map_err(cannot)?;
    KeyPair::try_from(der).map_err(|_| cannot("the passphrase is wrong"))
}

/// The key as it is written: under the passphrase, if there is one.
///
/// # Errors
/// Exit 3 when the system's generator fails.
pub(super) fn written(key: &KeyPair, passphrase: Option<&Secret>) -> Result<Secret, Failure> {
    let Some(passphrase) = passphrase else { return Ok(Secret::new(key.serialize_pem())) };
    let sealed = Sealed::seal(key.serialized_der(), passphrase).map_err(Failure::environment)?;
    let block = pem::Pem::new(LOCKED, sealed.private_key_info());
    Ok(Secret::new(pem::encode_config(&block, pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF))))
}

/// RFC 7468 §11.
const LOCKED: &str = "ENCRYPTED PRIVATE KEY";

/// Reads a private key that takes no passphrase.
///
/// # Errors
/// As [`InFile::read`] and [`InFile::open`].
pub(super) fn read(path: &Path) -> Result<KeyPair, Failure> {
    InFile::read(path)?.open(path, None)
}

fn unusable(path: &Path, why: &str) -> Failure {
    Failure::usage(format!("{} is no private key that can be used: {why}", path.display()))
        .remedy("put the right key there (PEM), or move its directory away and run `authbench cert init` to make a new one")
}
