//! Access tokens as somebody else makes them: signed by another key, or by a second issuer that the server trusts.

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use crate::{
    clock,
    compare::scenario::{Flaw, Minter},
    secret::Secret,
};

/// The second issuer, whom the server trusts by a file of keys.
pub(in crate::compare) const TRUSTED_ISSUER: &str = "https://issuer.example";

const HOUR: u64 = 3600;

/// Who signs tokens here.
#[derive(Debug)]
pub(in crate::compare) struct Signer {
    key: EcdsaKeyPair,
    kid: String,
}

impl Signer {
    pub(in crate::compare) fn new(kid: &str) -> Result<Self, String> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| "cannot make a signing key".to_owned())?;
        Ok(Self { key, kid: kid.to_owned() })
    }

    /// Its public key as a JWK set (RFC 7517 §5).
    pub(in crate::compare) fn jwks(&self) -> Value {
        // An uncompressed point: 4, x, y (SEC 1 §2.3.3).
        let point = self.key.public_key().as_ref();
        let [x, y] = [1..33, 33..65].map(|range| URL_SAFE_NO_PAD.encode(point.get(range).unwrap_or_default()));
        json!({ "keys": [{ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.kid, "x": x, "y": y }] })
    }

    fn sign(&self, input: &str) -> Result<String, String> {
        let signature = self.key.sign(&SystemRandom::new(), input.as_bytes()).map_err(|_| "cannot sign".to_owned())?;
        Ok(URL_SAFE_NO_PAD.encode(signature))
    }
}

/// A token like a true one, made by `signer`. `published` is what the true issuer tells the world about its keys.
pub(in crate::compare) fn forge(
    like: &Secret,
    signer: &Signer,
    by: Minter,
    flaw: Option<Flaw>,
    published: &[u8],
) -> Result<Secret, String> {
    if flaw == Some(Flaw::Garbage) {
        return Ok(Secret::new("this.is.no-token"));
    }
    let mut parts = Parts::of(like)?;
    let true_kid = parts.header.insert("kid".into(), json!(signer.kid)).unwrap_or_default();
    if by == Minter::Trusted {
        parts.claim("iss", TRUSTED_ISSUER);
    }
    if let Some(flaw) = flaw {
        parts.spoil(flaw, true_kid);
    }
    let input = parts.input();
    let signature = match flaw {
        Some(Flaw::NoSignature) => String::new(),
        Some(Flaw::PublicKeyAsSecret) => {
            URL_SAFE_NO_PAD.encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, published), input.as_bytes()))
        }
        _ => signer.sign(&input)?,
    };
    Ok(Secret::new(format!("{input}.{signature}")))
}

/// The token with another caller's name in it, under the old signature.
pub(in crate::compare) fn renamed(token: &Secret) -> Result<Secret, String> {
    let mut parts = Parts::of(token)?;
    for claim in ["sub", "client_id"] {
        parts.claim(claim, "somebody-else");
    }
    let signature = token.expose().rsplit('.').next().unwrap_or_default();
    Ok(Secret::new(format!("{}.{signature}", parts.input())))
}

/// When a token ends, in seconds since 1970.
pub(in crate::compare) fn ends(token: &Secret) -> Option<u64> {
    Parts::of(token).ok()?.claims.get("exp")?.as_u64()
}

struct Parts {
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl Parts {
    fn of(token: &Secret) -> Result<Self, String> {
        let mut parts = token.expose().split('.').map(|part| {
            let octets = URL_SAFE_NO_PAD.decode(part).ok()?;
            serde_json::from_slice(&octets).ok()
        });
        match (parts.next().flatten(), parts.next().flatten()) {
            (Some(header), Some(claims)) => Ok(Self { header, claims }),
            _ => Err("the server's token is no JWT".into()),
        }
    }

    /// Puts the flaw where it belongs; the signature is somebody else's business.
    fn spoil(&mut self, flaw: Flaw, true_kid: Value) {
        let now = clock::seconds(clock::now());
        match flaw {
            Flaw::Garbage => {}
            Flaw::SameName => self.head("kid", true_kid),
            Flaw::NotYetValid => {
                self.claim("nbf", now + HOUR);
                self.claim("exp", now + 2 * HOUR);
            }
            Flaw::Expired => {
                self.claim("iat", now - 2 * HOUR);
                self.claim("exp", now - HOUR);
            }
            Flaw::NotForThisServer => self.claim("aud", "https://another.example/test"),
            Flaw::WrongIssuer => self.claim("iss", "https://nobody.example"),
            Flaw::WrongType => self.head("typ", "JWT"),
            Flaw::NoSignature => {
                self.head("alg", "none");
                self.head("kid", true_kid);
            }
            Flaw::PublicKeyAsSecret => {
                self.head("alg", "HS256");
                self.head("kid", true_kid);
            }
        }
    }

    fn head(&mut self, member: &str, value: impl Into<Value>) {
        self.header.insert(member.to_owned(), value.into());
    }

    fn claim(&mut self, name: &str, value: impl Into<Value>) {
        self.claims.insert(name.to_owned(), value.into());
    }

    /// What is signed (RFC 7515 §5.1).
    fn input(&self) -> String {
        let encode = |map: &Map<String, Value>| URL_SAFE_NO_PAD.encode(serde_json::to_vec(map).unwrap_or_default());
        format!("{}.{}", encode(&self.header), encode(&self.claims))
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};

    use super::*;

    fn token() -> Secret {
        let signer = Signer::new("true").unwrap();
        let parts = Parts {
            header: Map::from_iter([
                ("alg".into(), json!("ES256")),
                ("typ".into(), json!("at+jwt")),
                ("kid".into(), json!("true")),
            ]),
            claims: Map::from_iter([("sub".into(), json!("p")), ("exp".into(), json!(4_000_000_000_u64))]),
        };
        Secret::new(format!("{}.{}", parts.input(), signer.sign(&parts.input()).unwrap()))
    }

    fn forged(by: Minter, flaw: Option<Flaw>) -> (Secret, Signer) {
        let signer = Signer::new("own").unwrap();
        (forge(&token(), &signer, by, flaw, b"{}").unwrap(), signer)
    }

    #[test]
    fn a_second_issuers_token_verifies_by_its_published_keys() {
        let (token, signer) = forged(Minter::Trusted, None);
        let keys: JwkSet = serde_json::from_value(signer.jwks()).unwrap();
        let key = DecodingKey::from_jwk(&keys.keys[0]).unwrap();
        let claims = jsonwebtoken::decode::<Value>(token.expose(), &key, &Validation::new(Algorithm::ES256)).unwrap().claims;
        assert_eq!(claims["iss"], TRUSTED_ISSUER);
    }

    #[test]
    fn each_flaw_is_where_it_should_be() {
        let header = |flaw| Parts::of(&forged(Minter::Stranger, Some(flaw)).0).unwrap().header;
        assert_eq!(header(Flaw::SameName)["kid"], "true");
        assert_eq!((&header(Flaw::NoSignature)["alg"], &header(Flaw::NoSignature)["kid"]), (&json!("none"), &json!("true")));
        assert_eq!(header(Flaw::PublicKeyAsSecret)["alg"], "HS256");
        assert_eq!(header(Flaw::WrongType)["typ"], "JWT");
        let claims = |flaw| Parts::of(&forged(Minter::Trusted, Some(flaw)).0).unwrap().claims;
        assert!(claims(Flaw::NotYetValid)["nbf"].as_u64() > Some(clock::seconds(clock::now())));
        assert!(claims(Flaw::Expired)["exp"].as_u64() < Some(clock::seconds(clock::now())));
        assert_eq!(claims(Flaw::NotForThisServer)["aud"], "https://another.example/test");
        assert_eq!(claims(Flaw::WrongIssuer)["iss"], "https://nobody.example");
    }

    #[test]
    fn a_renamed_token_keeps_its_signature() {
        let (before, after) = (token(), renamed(&token()).unwrap());
        assert_eq!(Parts::of(&after).unwrap().claims["sub"], "somebody-else");
        assert_eq!(ends(&after), ends(&before));
        assert!(renamed(&Secret::new("nonsense")).is_err());
    }
}
