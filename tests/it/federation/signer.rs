//! An issuer's signing key (ES256), and tokens as RFC 9068 wants them.

use std::time::SystemTime;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// The issuer of most tests.
pub(super) const ISSUER: &str = "https://issuer.example";
/// The resource server.
pub(super) const IDENTIFIER: &str = "https://api.test/test";

/// A key with a name.
pub(super) struct Signer {
    kid: String,
    key: EcdsaKeyPair,
}

impl Signer {
    pub(super) fn new(kid: &str) -> Self {
        Self { kid: kid.into(), key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap() }
    }

    /// The public key (RFC 7517 §4).
    pub(super) fn jwk(&self) -> Value {
        let point = self.key.public_key().as_ref();
        let [x, y] = [1..33, 33..65].map(|range| URL_SAFE_NO_PAD.encode(&point[range]));
        json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.kid, "x": x, "y": y})
    }

    /// An access token that lives for an hour.
    pub(super) fn token(&self, issuer: &str) -> String {
        let now = authbench::clock::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let claims = json!({
            "iss": issuer, "sub": "partner", "client_id": "partner", "aud": IDENTIFIER, "iat": now, "exp": now + 3600,
            "jti": authbench::secret::random_text(16).unwrap(), "scope": format!("{IDENTIFIER}/hello-world"),
        });
        let header = json!({"alg": "ES256", "typ": "at+jwt", "kid": self.kid});
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let input = format!("{header}.{claims}");
        let signature = self.key.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
