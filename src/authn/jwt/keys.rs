//! Public keys of one issuer (RFC 7517), each for one algorithm.

mod published;
mod roca;
mod small_order;

use std::{fmt, sync::Arc};

use arc_swap::ArcSwap;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};

pub use self::published::Published;
use crate::algorithm::Algorithm;

/// Shorter RSA keys are refused (RFC 7518 §3.3).
const SHORTEST_RSA_OCTETS: usize = 256;
/// More keys than any issuer has.
const MOST_KEYS: usize = 64;
/// The octets of a coordinate on P-256, and of a point on Ed25519: exactly so many (RFC 7518 §6.2.1.2, RFC 8032 §5.1.2).
const COORDINATE: usize = 32;

/// One public key, parsed once: a verification is the arithmetic and nothing else. Clones share it.
#[derive(Clone)]
pub struct Key {
    kid: Arc<str>,
    /// The only algorithm that it is used with.
    pub algorithm: Algorithm,
    public: Arc<ParsedPublicKey>,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, {})", self.kid, self.algorithm)
    }
}

impl Key {
    /// Whether `signature` (base64url) is this key's over `signed`.
    pub fn verifies(&self, signed: &str, signature: &str) -> bool {
        let signature = URL_SAFE_NO_PAD.decode(signature);
        signature.is_ok_and(|signature| self.public.verify_sig(signed.as_bytes(), &signature).is_ok())
    }

    /// The name that tokens call it by.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Whether it is the same key: the same name, and the same octets under it.
    pub(super) fn is(&self, other: &Self) -> bool {
        let same = Arc::ptr_eq(&self.public, &other.public) || (*self.public).as_ref() == (*other.public).as_ref();
        same && self.kid == other.kid && self.algorithm == other.algorithm
    }

    fn read(jwk: &Jwk) -> Result<Self, String> {
        let kid = jwk.common.key_id.as_deref().filter(|kid| !kid.is_empty()).ok_or("a key without `kid`")?;
        if !is_for_signatures(jwk) {
            return Err(format!("key `{kid}` is not for signatures"));
        }
        let algorithm = algorithm_of(jwk).ok_or_else(|| format!("key `{kid}` is of a type or size that is not accepted here"))?;
        if modulus(jwk).is_some_and(|modulus| roca::is_flawed(&modulus)) {
            return Err(format!("key `{kid}` can be factored (ROCA, CVE-2017-15361)"));
        }
        let declared = jwk.common.key_algorithm.map(|declared| declared.to_string());
        if declared.is_some_and(|declared| declared != algorithm.as_str()) {
            return Err(format!("key `{kid}` says another `alg` than its type has"));
        }
        let public = public_key(jwk).ok_or_else(|| format!("key `{kid}` is no key of its type"))?;
        Ok(Self { kid: kid.into(), algorithm, public: Arc::new(public) })
    }
}

/// The keys of one issuer. Sets never mix: a `kid` is looked up below its issuer only.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: Vec<Key>,
    lost: bool,
}

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
        Self::distinct(keys)
    }

    /// No keys, because the issuer cannot be asked for them: its tokens are `unavailable` and not unknown.
    pub fn lost() -> Self {
        Self { keys: Vec::new(), lost: true }
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether it is [`KeySet::lost`].
    pub fn is_lost(&self) -> bool {
        self.lost
    }

    /// A `kid` that is there twice names nothing.
    fn distinct(keys: Vec<Key>) -> Result<Self, String> {
        let twice = keys.iter().enumerate().find(|(at, key)| keys[..*at].iter().any(|other| other.kid == key.kid));
        twice.map_or(Ok(()), |(_, key)| Err(format!("`kid` {} is there twice", key.kid)))?;
        Ok(Self { keys, lost: false })
    }

    /// The names of the keys, in their order.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| &*key.kid)
    }

    /// The key of that `kid`.
    pub fn find(&self, kid: &str) -> Option<&Key> {
        self.keys.iter().find(|key| *key.kid == *kid)
    }
}

/// A key set that is replaced while it is read: a rotation, or what an issuer published meanwhile. Clones are the same set.
#[derive(Debug, Clone)]
pub struct LiveKeys(Arc<ArcSwap<KeySet>>);

impl LiveKeys {
    /// Begins with `keys`.
    pub fn new(keys: KeySet) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(keys)))
    }

    /// The keys of this moment.
    pub fn now(&self) -> Arc<KeySet> {
        self.0.load_full()
    }

    /// From now on these count and no others.
    pub fn replace(&self, keys: KeySet) {
        self.0.store(Arc::new(keys));
    }
}

/// What `use` and `key_ops` say (RFC 7517 §4.2, §4.3), where they are there.
fn is_for_signatures(jwk: &Jwk) -> bool {
    let usage = jwk.common.public_key_use.as_ref();
    let operations = jwk.common.key_operations.as_ref();
    usage.is_none_or(|usage| *usage == PublicKeyUse::Signature)
        && operations.is_none_or(|operations| operations.contains(&KeyOperations::Verify))
}

/// The modulus of an RSA key.
fn modulus(jwk: &Jwk) -> Option<Vec<u8>> {
    let AlgorithmParameters::RSA(key) = &jwk.algorithm else { return None };
    URL_SAFE_NO_PAD.decode(&key.n).ok()
}

fn algorithm_of(jwk: &Jwk) -> Option<Algorithm> {
    match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Some(Algorithm::Es256),
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Some(Algorithm::EdDsa),
        AlgorithmParameters::RSA(_) => {
            let octets = modulus(jwk)?.iter().skip_while(|octet| **octet == 0).count();
            (octets >= SHORTEST_RSA_OCTETS).then_some(Algorithm::Rs256)
        }
        _ => None,
    }
}

/// The key itself. A point that is not on its curve is none.
fn public_key(jwk: &Jwk) -> Option<ParsedPublicKey> {
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
    let coordinate = |text: &str| decode(text).filter(|octets| octets.len() == COORDINATE);
    match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(key) => {
            // SEC 1 §2.3.3: uncompressed.
            let point = [vec![4], coordinate(&key.x)?, coordinate(&key.y)?].concat();
            ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok()
        }
        AlgorithmParameters::OctetKeyPair(key) => {
            let point = coordinate(&key.x).filter(|point| !small_order::is_one(point))?;
            ParsedPublicKey::new(&ED25519, point).ok()
        }
        AlgorithmParameters::RSA(key) => {
            let components = RsaPublicKeyComponents { n: decode(&key.n)?, e: decode(&key.e)? };
            components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A sound P-256 key (RFC 7515 appendix A.3.1) with one member more.
    fn outcome(member: &str, value: Value) -> Result<(), String> {
        let (x, y) = ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
        let mut key = json!({"kid": "k", "kty": "EC", "crv": "P-256", "x": x, "y": y});
        key[member] = value;
        KeySet::from_jwks(&json!({ "keys": [key] }).to_string()).map(|_| ())
    }

    #[test]
    fn a_key_is_used_for_what_it_is_meant_for() {
        for (member, value) in [("use", json!("sig")), ("key_ops", json!(["verify"])), ("key_ops", json!(["sign", "verify"]))] {
            assert_eq!(outcome(member, value.clone()), Ok(()), "{member} = {value}");
        }
        for (member, value) in [
            ("use", json!("enc")),
            ("key_ops", json!([])),
            ("key_ops", json!(["sign"])),
            ("key_ops", json!(["encrypt"])),
            ("key_ops", json!(["deriveKey", "deriveBits"])),
        ] {
            assert_eq!(outcome(member, value.clone()), Err("key `k` is not for signatures".into()), "{member} = {value}");
        }
    }

    /// 65537^128: of the flawed form, and long enough. Multiplied out in digits of 16 bits, the lowest first.
    fn flawed_modulus() -> Vec<u8> {
        let mut digits = [0_u32; 129];
        digits[0] = 1;
        for _ in 0..128 {
            let (mut carry, mut shifted) = (0, digits);
            shifted.rotate_right(1);
            for (digit, above) in digits.iter_mut().zip(shifted) {
                let sum = *digit + above + carry;
                (*digit, carry) = (sum & 0xffff, sum >> 16);
            }
        }
        digits.iter().rev().flat_map(|digit| digit.to_be_bytes().into_iter().skip(2)).collect()
    }

    #[test]
    fn an_rsa_key_is_long_enough_and_not_of_the_flawed_form() {
        let outcome = |modulus: &[u8]| {
            let key = json!({"kid": "k", "kty": "RSA", "e": "AQAB", "n": URL_SAFE_NO_PAD.encode(modulus)});
            KeySet::from_jwks(&json!({ "keys": [key] }).to_string()).map(|_| ())
        };
        let short = Err("key `k` is of a type or size that is not accepted here".to_owned());
        assert_eq!(outcome(&[0xff; 256]), Ok(()));
        assert_eq!(outcome(&[0xff; 255]), short);
        assert_eq!(outcome(&[vec![0], vec![0xff; 255]].concat()), short, "zeros in front do not make it longer");
        assert_eq!(outcome(&flawed_modulus()), Err("key `k` can be factored (ROCA, CVE-2017-15361)".into()));
    }
}
