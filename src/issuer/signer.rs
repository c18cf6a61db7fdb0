//! The signing key: made once, kept on disk, published as a JWK.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use aws_lc_rs::{
    digest,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{EncodingKey, Header};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    exit::Failure,
    files::{self, Readers},
};

/// Signs access tokens with ES256 (RFC 7518 §3.4).
pub struct Signer {
    kid: String,
    key: EncodingKey,
    jwks: Value,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.kid)
    }
}

impl Signer {
    /// The key in `STATE/signing-keys`, made there when there is none. Servers that start at once make one together.
    ///
    /// # Errors
    /// Exit 3 when the directory cannot be used or the key in it cannot be read.
    pub fn open(state: &Path) -> Result<Self, Failure> {
        let directory = state.join("signing-keys");
        files::private_directory(&directory)?;
        let _lock = files::lock(&directory.join(".lock"))?;
        match newest_key(&directory)? {
            Some(path) => Self::read(&path),
            None => Self::make(&directory),
        }
    }

    /// The key that is there; `None` when no server has made one yet.
    ///
    /// # Errors
    /// Exit 3 when it cannot be read.
    pub fn existing(state: &Path) -> Result<Option<Self>, Failure> {
        let directory = state.join("signing-keys");
        if !directory.is_dir() {
            return Ok(None);
        }
        newest_key(&directory)?.map(|path| Self::read(&path)).transpose()
    }

    /// The public key as a JWK set (RFC 7517 §5).
    pub fn jwks(&self) -> &Value {
        &self.jwks
    }

    /// A compact JWS whose header has this `typ`, if any, and the signing key's `kid`.
    ///
    /// # Errors
    /// When the claims cannot be serialised or the key fails.
    pub fn sign(&self, claims: &impl Serialize, typ: Option<&str>) -> Result<String, String> {
        let mut header = Header::new(jsonwebtoken::Algorithm::ES256);
        header.typ = typ.map(str::to_owned);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.key).map_err(|error| format!("signing failed: {error}"))
    }

    fn make(directory: &Path) -> Result<Self, Failure> {
        let broken = |_| Failure::environment("a signing key could not be made");
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(broken)?;
        let der = pair.to_pkcs8v1().map_err(broken)?;
        let signer = Self::from_pair(&pair, der.as_ref());
        let text = pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref()));
        files::write(&directory.join(format!("{}.pem", signer.kid)), text.as_bytes(), Readers::Owner)?;
        Ok(signer)
    }

    fn read(path: &Path) -> Result<Self, Failure> {
        let unreadable = |why: String| {
            Failure::environment(format!("the signing key {} cannot be used: {why}", path.display()))
                .remedy("put the right file back, or move it away: a new key is made, and tokens of the old one stop")
        };
        let pem = pem::parse(files::read(path)?).map_err(|error| unreadable(error.to_string()))?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pem.contents());
        let pair = pair.map_err(|_| unreadable("it holds no P-256 key in PKCS #8".into()))?;
        Ok(Self::from_pair(&pair, pem.contents()))
    }

    fn from_pair(pair: &EcdsaKeyPair, pkcs8: &[u8]) -> Self {
        // SEC 1 §2.3.3: 04, then 32 octets of x, then 32 of y.
        let point = pair.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..65]));
        let kid = thumbprint(&x, &y);
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "use": "sig", "alg": "ES256"});
        Self { kid, key: EncodingKey::from_ec_der(pkcs8), jwks: json!({"keys": [jwk]}) }
    }
}

/// RFC 7638 §3: the hash of the required members in lexicographic order.
fn thumbprint(x: &str, y: &str) -> String {
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()))
}

fn newest_key(directory: &Path) -> Result<Option<PathBuf>, Failure> {
    let failed = |error: std::io::Error| Failure::environment(format!("cannot read {}: {error}", directory.display()));
    let mut keys = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.path().extension().is_some_and(|extension| extension == "pem") {
            keys.push((entry.metadata().and_then(|data| data.modified()).map_err(failed)?, entry.path()));
        }
    }
    Ok(keys.into_iter().max().map(|(_, path)| path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        algorithm::Algorithm,
        authn::jwt::{KeySet, jws::Compact},
    };

    #[test]
    fn the_key_is_made_once_and_signs_what_its_jwk_verifies() {
        let state = tempfile::tempdir().unwrap();
        let first = Signer::open(state.path()).unwrap();
        let token = first.sign(&json!({"a": 1}), Some("at+jwt")).unwrap();
        let again = Signer::open(state.path()).unwrap();
        assert_eq!(first.jwks(), again.jwks());
        let keys = KeySet::from_jwks(&again.jwks().to_string()).unwrap();
        let jws = Compact::parse(&token).unwrap();
        assert!(jws.is_access_token());
        assert_eq!(jws.verify(&keys, &[Algorithm::Es256]).unwrap(), br#"{"a":1}"#);
        assert!(jws.verify(&keys, &[Algorithm::Rs256]).is_err());
    }

    #[test]
    fn a_broken_key_file_is_named_with_its_remedy() {
        let state = tempfile::tempdir().unwrap();
        let directory = state.path().join("signing-keys");
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("k.pem"), "nonsense").unwrap();
        let message = Signer::open(state.path()).unwrap_err().to_string();
        assert!(message.contains("k.pem cannot be used") && message.contains("mend: put the right file back"), "{message}");
    }
}
