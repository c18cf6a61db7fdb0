//! Tokens as anybody can make them, with keys of their own; nothing of the server's signer is used.

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// Base64url without padding.
pub(crate) fn encode(octets: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// What is signed: header and payload exactly as written.
pub(crate) fn input(header: &str, payload: &str) -> String {
    format!("{}.{}", encode(header), encode(payload))
}

/// The three parts of a token.
pub(crate) fn parts(token: &str) -> [&str; 3] {
    token.split('.').collect::<Vec<_>>().try_into().unwrap_or_else(|_| panic!("not three parts: {token}"))
}

/// Header or payload of a token.
pub(crate) fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// An issuer with a P-256 key.
#[derive(Debug)]
pub(crate) struct Mint {
    key: EcdsaKeyPair,
    /// What it calls its key.
    pub(crate) kid: String,
}

impl Mint {
    /// With a new key.
    pub(crate) fn new(kid: &str) -> Self {
        Self { key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(), kid: kid.into() }
    }

    /// With a key in PKCS #8, PEM.
    pub(crate) fn of_pem(kid: &str, text: &[u8]) -> Self {
        let pem = pem::parse(text).unwrap();
        Self { key: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pem.contents()).unwrap(), kid: kid.into() }
    }

    /// The public key: `04`, x, y.
    pub(crate) fn point(&self) -> &[u8] {
        self.key.public_key().as_ref()
    }

    /// The public key as a JWK (RFC 7517 §4).
    pub(crate) fn jwk(&self) -> Value {
        let [x, y] = [1..33, 33..65].map(|range| encode(&self.point()[range]));
        json!({"kty": "EC", "crv": "P-256", "kid": self.kid, "alg": "ES256", "use": "sig", "x": x, "y": y})
    }

    /// A header as it should be.
    pub(crate) fn header(&self) -> Value {
        json!({"alg": "ES256", "typ": "at+jwt", "kid": self.kid})
    }

    /// A signature over any text.
    pub(crate) fn sign(&self, input: &str) -> Vec<u8> {
        self.key.sign(&SystemRandom::new(), input.as_bytes()).unwrap().as_ref().to_vec()
    }

    /// A token of exactly this header and payload, rightly signed.
    pub(crate) fn token_of(&self, header: &str, payload: &str) -> String {
        let input = input(header, payload);
        format!("{input}.{}", encode(self.sign(&input)))
    }

    /// A token with a header as it should be.
    pub(crate) fn token(&self, claims: &Value) -> String {
        self.token_of(&self.header().to_string(), &claims.to_string())
    }
}

/// An issuer with an RSA key.
#[derive(Debug)]
pub(crate) struct RsaMint {
    key: RsaKeyPair,
    /// What it calls its key.
    pub(crate) kid: String,
}

impl RsaMint {
    /// With a new key of 2048 bits.
    pub(crate) fn new(kid: &str) -> Self {
        Self { key: RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap(), kid: kid.into() }
    }

    /// The public key in PKCS #1, DER.
    pub(crate) fn pkcs1(&self) -> &[u8] {
        self.key.public_key().as_ref()
    }

    /// The same as `SubjectPublicKeyInfo`, DER.
    pub(crate) fn spki(&self) -> Vec<u8> {
        aws_lc_rs::encoding::AsDer::as_der(self.key.public_key()).unwrap().as_ref().to_vec()
    }

    /// The public key as a JWK.
    pub(crate) fn jwk(&self) -> Value {
        let modulus = self.key.public_key().modulus().big_endian_without_leading_zero();
        let exponent = self.key.public_key().exponent().big_endian_without_leading_zero();
        json!({"kty": "RSA", "kid": self.kid, "alg": "RS256", "use": "sig", "n": encode(modulus), "e": encode(exponent)})
    }

    /// A token, rightly signed.
    pub(crate) fn token(&self, claims: &Value) -> String {
        let header = json!({"alg": "RS256", "typ": "at+jwt", "kid": self.kid});
        let input = input(&header.to_string(), &claims.to_string());
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
        format!("{input}.{}", encode(signature))
    }
}

/// A token whose `alg` is a MAC, under any text for a secret.
pub(crate) fn mac(algorithm: &str, kid: &str, claims: &Value, secret: &[u8]) -> String {
    let of = match algorithm {
        "HS384" => hmac::HMAC_SHA384,
        "HS512" => hmac::HMAC_SHA512,
        _ => hmac::HMAC_SHA256,
    };
    let header = json!({"alg": algorithm, "typ": "at+jwt", "kid": kid});
    let input = input(&header.to_string(), &claims.to_string());
    let tag = hmac::sign(&hmac::Key::new(of, secret), input.as_bytes());
    format!("{input}.{}", encode(tag))
}
