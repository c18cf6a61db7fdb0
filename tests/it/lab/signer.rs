//! A key pair of the test's own in each algorithm, and tokens as anybody can make them: nothing of the server's signer is used.

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
        RsaPublicKeyComponents,
    },
};
use serde_json::{Value, json};

use super::{encode, input};

/// A key pair with its name.
#[derive(Debug)]
pub(crate) struct Signer {
    /// What it calls its key.
    pub(crate) kid: String,
    pair: Pair,
}

#[derive(Debug)]
enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Signer {
    /// A new key on P-256.
    pub(crate) fn es256(kid: &str) -> Self {
        Self { kid: kid.into(), pair: Pair::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()) }
    }

    /// The same from PKCS #8, PEM.
    pub(crate) fn es256_of_pem(kid: &str, text: &[u8]) -> Self {
        let pem = pem::parse(text).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pem.contents()).unwrap();
        Self { kid: kid.into(), pair: Pair::Ec(pair) }
    }

    /// A new RSA key of 2048 bits.
    pub(crate) fn rs256(kid: &str) -> Self {
        Self { kid: kid.into(), pair: Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()) }
    }

    /// A new key on Ed25519.
    pub(crate) fn ed25519(kid: &str) -> Self {
        Self { kid: kid.into(), pair: Pair::Ed(Ed25519KeyPair::generate().unwrap()) }
    }

    /// Its name in JOSE.
    pub(crate) fn algorithm(&self) -> &'static str {
        match self.pair {
            Pair::Ec(_) => "ES256",
            Pair::Rsa(_) => "RS256",
            Pair::Ed(_) => "EdDSA",
        }
    }

    /// The public key: `04`, x, y on P-256; PKCS #1, DER of RSA; the point on Ed25519.
    pub(crate) fn public(&self) -> &[u8] {
        match &self.pair {
            Pair::Ec(pair) => pair.public_key().as_ref(),
            Pair::Rsa(pair) => pair.public_key().as_ref(),
            Pair::Ed(pair) => pair.public_key().as_ref(),
        }
    }

    /// The same as `SubjectPublicKeyInfo`, DER.
    pub(crate) fn spki(&self) -> Vec<u8> {
        let der = match &self.pair {
            Pair::Ec(pair) => pair.public_key().as_der(),
            Pair::Rsa(pair) => pair.public_key().as_der(),
            Pair::Ed(pair) => pair.public_key().as_der(),
        };
        der.unwrap().as_ref().to_vec()
    }

    /// The public key as a JWK (RFC 7517 §4).
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = match &self.pair {
            Pair::Ec(_) => {
                let [x, y] = [1..33, 33..65].map(|range| encode(&self.public()[range]));
                json!({"kty": "EC", "crv": "P-256", "x": x, "y": y})
            }
            Pair::Rsa(pair) => {
                let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({"kty": "RSA", "n": encode(n), "e": encode(e)})
            }
            Pair::Ed(_) => json!({"kty": "OKP", "crv": "Ed25519", "x": encode(self.public())}),
        };
        jwk["kid"] = json!(self.kid);
        jwk["alg"] = json!(self.algorithm());
        jwk["use"] = json!("sig");
        jwk
    }

    /// The header of an access token (RFC 9068 §2.1).
    pub(crate) fn header(&self) -> Value {
        json!({"alg": self.algorithm(), "typ": "at+jwt", "kid": self.kid})
    }

    /// A signature over any text.
    pub(crate) fn sign(&self, input: &str) -> Vec<u8> {
        match &self.pair {
            Pair::Ec(pair) => pair.sign(&SystemRandom::new(), input.as_bytes()).unwrap().as_ref().to_vec(),
            Pair::Ed(pair) => pair.sign(input.as_bytes()).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
                signature
            }
        }
    }

    /// A compact JWS of exactly this header and payload, rightly signed.
    pub(crate) fn token_of(&self, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        let input = input(header, payload);
        format!("{input}.{}", encode(self.sign(&input)))
    }

    /// An access token of these claims, with a header as it should be.
    pub(crate) fn token(&self, claims: &Value) -> String {
        self.token_of(self.header().to_string(), claims.to_string())
    }
}

/// The JWK set of these, in JSON.
pub(crate) fn jwks(signers: &[&Signer]) -> String {
    let keys: Vec<_> = signers.iter().map(|signer| signer.jwk()).collect();
    json!({ "keys": keys }).to_string()
}
