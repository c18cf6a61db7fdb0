//! A private key that a caller makes and keeps, and what others need of it: a certificate request, or a key set and assertions.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use form_urlencoded::Serializer;
use http::{Request, header::CONTENT_TYPE};
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};

use crate::{clock, secret::Secret, wire::TOKEN_PATH};

/// How long an assertion is good, in seconds.
const GOOD_FOR: u64 = 60;

/// A key pair on P-256.
#[derive(Debug)]
pub(super) struct OwnKey(KeyPair);

impl OwnKey {
    /// Makes one.
    pub(super) fn new() -> Result<Self, String> {
        KeyPair::generate().map(Self).map_err(|error| format!("cannot make a key: {error}"))
    }

    /// The private key, PKCS #8 in PEM.
    pub(super) fn pem(&self) -> Secret {
        Secret::new(self.0.serialize_pem())
    }

    /// A certificate request for it, PKCS #10 in PEM.
    pub(super) fn request(&self) -> Result<String, String> {
        let request = CertificateParams::default().serialize_request(&self.0).map_err(|error| error.to_string())?;
        request.pem().map_err(|error| error.to_string())
    }

    /// Its public key as a JWK set (RFC 7517 §5).
    pub(super) fn jwks(&self, kid: &str) -> Result<Value, String> {
        let signer = self.signer()?;
        // An uncompressed point: 4, x, y (SEC 1 §2.3.3).
        let point = signer.public_key().as_ref();
        let [x, y] = [1..33, 33..65].map(|range| URL_SAFE_NO_PAD.encode(point.get(range).unwrap_or_default()));
        Ok(json!({"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": kid, "x": x, "y": y}]}))
    }

    /// A token request of a client that signs (RFC 7523 §2.2), for the token service of `issuer`.
    pub(super) fn token_request(&self, client: &str, issuer: &str, kid: &str) -> Result<Request<Bytes>, String> {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        form.append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        form.append_pair("client_assertion", &self.assertion(client, issuer, kid)?);
        Request::post(TOKEN_PATH)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from(form.finish()))
            .map_err(|error| error.to_string())
    }

    fn assertion(&self, client: &str, issuer: &str, kid: &str) -> Result<String, String> {
        let now = clock::seconds(clock::now());
        let mut jti = [0; 16];
        aws_lc_rs::rand::fill(&mut jti).map_err(|_| "no random numbers".to_owned())?;
        let header = json!({"alg": "ES256", "kid": kid, "typ": "JWT"});
        let jti = URL_SAFE_NO_PAD.encode(jti);
        let claims = json!({"iss": client, "sub": client, "aud": issuer, "iat": now, "exp": now + GOOD_FOR, "jti": jti});
        let input = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
        let signed = self.signer()?.sign(&SystemRandom::new(), input.as_bytes());
        let signature = signed.map_err(|_| "cannot sign".to_owned())?;
        Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn signer(&self) -> Result<EcdsaKeyPair, String> {
        let der = self.0.serialize_der();
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).map_err(|error| format!("the key cannot sign: {error}"))
    }
}
