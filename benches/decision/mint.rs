//! Keys of every algorithm, and tokens signed with them.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
        ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A key pair.
pub(crate) enum Mint {
    /// Of P-256.
    Es256(EcdsaKeyPair),
    /// Of so many bits.
    Rs256(RsaKeyPair, u32),
    /// Of Ed25519.
    EdDsa(Ed25519KeyPair),
}

fn encode(octets: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

impl Mint {
    /// One of each that is offered.
    pub(crate) fn all() -> Vec<Self> {
        let made = "the system's generator works";
        vec![
            Self::Rs256(RsaKeyPair::generate(KeySize::Rsa2048).expect(made), 2048),
            Self::Rs256(RsaKeyPair::generate(KeySize::Rsa3072).expect(made), 3072),
            Self::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect(made)),
            Self::EdDsa(Ed25519KeyPair::generate().expect(made)),
        ]
    }

    /// What people call it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Es256(_) => "ES256",
            Self::Rs256(_, 2048) => "RS256, 2048 bits",
            Self::Rs256(..) => "RS256, 3072 bits",
            Self::EdDsa(_) => "EdDSA",
        }
    }

    /// `alg`.
    pub(crate) fn algorithm(&self) -> &'static str {
        self.name().split(',').next().unwrap_or_default()
    }

    /// The public key as a set.
    pub(crate) fn jwks(&self) -> Value {
        let key = match self {
            Self::Es256(key) => {
                let [x, y] = [1..33, 33..65].map(|range| encode(&key.public_key().as_ref()[range]));
                json!({"kid": "k", "kty": "EC", "crv": "P-256", "x": x, "y": y})
            }
            Self::Rs256(key, _) => {
                let (n, e) = (key.public_key().modulus(), key.public_key().exponent());
                let [n, e] = [n, e].map(|number| encode(number.big_endian_without_leading_zero()));
                json!({"kid": "k", "kty": "RSA", "n": n, "e": e})
            }
            Self::EdDsa(key) => json!({"kid": "k", "kty": "OKP", "crv": "Ed25519", "x": encode(key.public_key())}),
        };
        json!({ "keys": [key] })
    }

    /// The same for the library itself: the floor beneath every verification.
    pub(crate) fn bare(&self) -> ParsedPublicKey {
        let parsed = match self {
            Self::Es256(key) => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key()),
            Self::Rs256(key, _) => ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key()),
            Self::EdDsa(key) => ParsedPublicKey::new(&ED25519, key.public_key()),
        };
        parsed.expect("a key that was just made")
    }

    /// A token of these claims.
    pub(crate) fn token(&self, claims: &Value) -> String {
        let header = json!({"alg": self.algorithm(), "typ": "at+jwt", "kid": "k"});
        let input = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let random = SystemRandom::new();
        let signature = match self {
            Self::Es256(key) => key.sign(&random, input.as_bytes()).expect("it signs").as_ref().to_vec(),
            Self::EdDsa(key) => key.sign(input.as_bytes()).as_ref().to_vec(),
            Self::Rs256(key, _) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, input.as_bytes(), &mut signature).expect("it signs");
                signature
            }
        };
        format!("{input}.{}", encode(signature))
    }
}
