//! A client's key pair in each algorithm, and assertions as it signs them, right or wrong.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{Client, GRANT};
use crate::lab::{Answer, Lab, Line, text};

pub(super) const TYPE: &str = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";

/// A key pair with its name.
pub(super) struct Signer {
    pub(super) kid: String,
    key: Pair,
}

enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(rsa::KeyPair),
    Ed(Ed25519KeyPair),
}

impl Signer {
    pub(super) fn es256(kid: &str) -> Self {
        Self { kid: kid.into(), key: Pair::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()) }
    }

    pub(super) fn rs256(kid: &str) -> Self {
        Self { kid: kid.into(), key: Pair::Rsa(rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap()) }
    }

    pub(super) fn ed25519(kid: &str) -> Self {
        Self { kid: kid.into(), key: Pair::Ed(Ed25519KeyPair::generate().unwrap()) }
    }

    pub(super) fn algorithm(&self) -> &'static str {
        match self.key {
            Pair::Ec(_) => "ES256",
            Pair::Rsa(_) => "RS256",
            Pair::Ed(_) => "EdDSA",
        }
    }

    /// The public key (RFC 7517).
    pub(super) fn jwk(&self) -> Value {
        let encode = |octets: &[u8]| URL_SAFE_NO_PAD.encode(octets);
        match &self.key {
            Pair::Ec(key) => {
                let point = key.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "kid": self.kid, "x": encode(&point[1..33]), "y": encode(&point[33..])})
            }
            Pair::Rsa(key) => {
                let (n, e) = (key.public_key().modulus(), key.public_key().exponent());
                let (n, e) = (n.big_endian_without_leading_zero(), e.big_endian_without_leading_zero());
                json!({"kty": "RSA", "kid": self.kid, "n": encode(n), "e": encode(e)})
            }
            Pair::Ed(key) => {
                json!({"kty": "OKP", "crv": "Ed25519", "kid": self.kid, "x": encode(key.public_key().as_ref())})
            }
        }
    }

    /// A JWK set of these, in a file of the laboratory.
    pub(super) fn publish(lab: &Lab, name: &str, all: &[&Self]) -> String {
        let keys: Vec<_> = all.iter().map(|one| one.jwk()).collect();
        lab.file(name, &json!({ "keys": keys }).to_string()).display().to_string()
    }

    /// A compact JWS of any header and payload.
    pub(super) fn sign(&self, header: &[u8], payload: &[u8]) -> String {
        let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = match &self.key {
            Pair::Ec(key) => key.sign(&SystemRandom::new(), input.as_bytes()).unwrap().as_ref().to_vec(),
            Pair::Ed(key) => key.sign(input.as_bytes()).as_ref().to_vec(),
            Pair::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
                signature
            }
        };
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The header of a right assertion.
    pub(super) fn header(&self) -> Value {
        json!({"alg": self.algorithm(), "kid": self.kid, "typ": "JWT"})
    }

    /// An assertion of these claims.
    pub(super) fn assertion(&self, claims: &Value) -> String {
        self.sign(self.header().to_string().as_bytes(), claims.to_string().as_bytes())
    }
}

/// The claims of a right assertion, with a fresh `jti`.
pub(super) fn claims(client_id: &str, audience: &str) -> Value {
    let now = authbench::clock::seconds(authbench::clock::now());
    let jti = authbench::secret::random_text(22).unwrap();
    json!({"iss": client_id, "sub": client_id, "aud": audience, "iat": now, "exp": now + 60, "jti": jti})
}

/// A client that signs with `signer`; its id.
pub(super) fn client(lab: &Lab, name: &str, signer: &Signer) -> String {
    let file = Signer::publish(lab, &format!("{name}.jwks.json"), &[signer]);
    text(&lab.effective(&["client", "add", name, "--jwks", &file]), "client_id").to_owned()
}

/// The form of a request with an assertion.
pub(super) fn form(assertion: &str) -> String {
    format!("{GRANT}&{TYPE}&client_assertion={assertion}")
}

/// One request with an assertion.
pub(super) fn present(line: &mut Line, path: &str, assertion: &str, more: &str) -> Answer {
    line.post(path, &[], &format!("{}{more}", form(assertion))).unwrap()
}

/// Any client, to look into what another one got.
pub(super) fn bystander(lab: &Lab) -> Client {
    Client::new(lab, "bystander", &[])
}
