//! Public keys of one issuer (RFC 7517), each for one algorithm.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse},
};

use crate::algorithm::Algorithm;

/// Shorter RSA keys are refused (RFC 7518 §3.3).
const SHORTEST_RSA_OCTETS: usize = 256;
/// More keys than any issuer has.
const MOST_KEYS: usize = 64;

/// One public key.
#[derive(Clone)]
pub struct Key {
    kid: Arc<str>,
    /// The only algorithm that it is used with.
    pub algorithm: Algorithm,
    decoding: DecodingKey,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, {})", self.kid, self.algorithm)
    }
}

impl Key {
    /// Whether `signature` (base64url) is this key's over `signed`.
    pub fn verifies(&self, signed: &str, signature: &str) -> bool {
        jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &self.decoding, jose(self.algorithm)).unwrap_or(false)
    }

    fn read(jwk: &Jwk) -> Result<Self, String> {
        let kid = jwk.common.key_id.as_deref().filter(|kid| !kid.is_empty()).ok_or("a key without `kid`")?;
        if jwk.common.public_key_use.as_ref().is_some_and(|usage| *usage != PublicKeyUse::Signature) {
            return Err(format!("key `{kid}` is not for signatures"));
        }
        let algorithm = algorithm_of(jwk).ok_or_else(|| format!("key `{kid}` is of a type or size that is not accepted here"))?;
        let declared = jwk.common.key_algorithm.map(|declared| declared.to_string());
        if declared.is_some_and(|declared| declared != algorithm.as_str()) {
            return Err(format!("key `{kid}` says another `alg` than its type has"));
        }
        let decoding = DecodingKey::from_jwk(jwk).map_err(|error| format!("key `{kid}`: {error}"))?;
        Ok(Self { kid: kid.into(), algorithm, decoding })
    }
}

/// The keys of one issuer. Sets never mix: a `kid` is looked up below its issuer only.
#[derive(Debug, Clone, Default)]
pub struct KeySet(Vec<Key>);

impl KeySet {
    /// Reads a JWK set. Symmetric keys have no business in one and are refused.
    ///
    /// # Errors
    /// A sentence that names the key.
    pub fn from_jwks(text: &str) -> Result<Self, String> {
        let set: jsonwebtoken::jwk::JwkSet = serde_json::from_str(text).map_err(|error| format!("not a JWK set: {error}"))?;
        if set.keys.is_empty() || set.keys.len() > MOST_KEYS {
            return Err(format!("it holds {} keys; 1 to {MOST_KEYS} are accepted", set.keys.len()));
        }
        let keys: Vec<Key> = set.keys.iter().map(Key::read).collect::<Result<_, _>>()?;
        let twice = keys.iter().enumerate().find(|(at, key)| keys[..*at].iter().any(|other| other.kid == key.kid));
        twice.map_or(Ok(()), |(_, key)| Err(format!("`kid` {} is there twice", key.kid)))?;
        Ok(Self(keys))
    }

    /// The key of that `kid`.
    pub fn find(&self, kid: &str) -> Option<&Key> {
        self.0.iter().find(|key| *key.kid == *kid)
    }
}

fn algorithm_of(jwk: &Jwk) -> Option<Algorithm> {
    match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Some(Algorithm::Es256),
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Some(Algorithm::EdDsa),
        AlgorithmParameters::RSA(key) => {
            let modulus = URL_SAFE_NO_PAD.decode(&key.n).ok()?;
            let octets = modulus.iter().skip_while(|octet| **octet == 0).count();
            (octets >= SHORTEST_RSA_OCTETS).then_some(Algorithm::Rs256)
        }
        _ => None,
    }
}

fn jose(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
    }
}
