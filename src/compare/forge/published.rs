//! What an issuer publishes about its key, in every form in which a verifier could mistake it for a secret.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::compare::scenario::Signature;

/// `SubjectPublicKeyInfo` of a point on P-256 up to the point (RFC 5480 §2).
const P256: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
    0x01, 0x07, 0x03, 0x42, 0x00,
];
/// The same of an Ed25519 key (RFC 8410 §4).
const ED25519: &[u8] = &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// `AlgorithmIdentifier` of an RSA key (RFC 3279 §2.3.1).
const RSA: &[u8] = &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// One published key with the set that it stands in.
#[derive(Debug)]
pub(super) struct Published<'a> {
    set: &'a [u8],
    jwk: Value,
}

impl<'a> Published<'a> {
    /// The key of that `kid` in a JWK set, or else its first.
    pub(super) fn of(set: &'a [u8], kid: &str) -> Result<Self, String> {
        let document: Value = serde_json::from_slice(set).map_err(|_| "the published keys cannot be read".to_owned())?;
        let keys = document["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
        let jwk = keys.iter().find(|key| key["kid"] == kid).or(keys.first()).ok_or("no keys are published")?;
        Ok(Self { set, jwk: jwk.clone() })
    }

    /// An HMAC over `input` with the key in the form that `how` names. `alg` chooses the hash (RFC 7518 §3.2).
    pub(super) fn hmac(&self, input: &str, alg: &str, how: Signature) -> Result<Vec<u8>, String> {
        let hash = match alg {
            "HS384" => hmac::HMAC_SHA384,
            "HS512" => hmac::HMAC_SHA512,
            _ => hmac::HMAC_SHA256,
        };
        let key = match how {
            Signature::HmacPem => self.pem()?.into_bytes(),
            Signature::HmacPemBare => self.pem()?.trim_end().into(),
            Signature::HmacDer => self.spki()?,
            Signature::HmacRaw => self.raw()?,
            Signature::HmacJwk => self.jwk.to_string().into_bytes(),
            Signature::HmacJwks => self.set.to_vec(),
            _ => Vec::new(),
        };
        Ok(hmac::sign(&hmac::Key::new(hash, &key), input.as_bytes()).as_ref().to_vec())
    }

    fn pem(&self) -> Result<String, String> {
        let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        Ok(pem::encode_config(&pem::Pem::new("PUBLIC KEY", self.spki()?), config))
    }

    fn member(&self, name: &str) -> Result<Vec<u8>, String> {
        let text = self.jwk[name].as_str().ok_or(format!("the published key has no `{name}`"))?;
        URL_SAFE_NO_PAD.decode(text).map_err(|_| format!("`{name}` of the published key is no base64url"))
    }

    /// The key without what says which kind it is: a point, or PKCS #1 (RFC 8017 appendix A.1.1).
    fn raw(&self) -> Result<Vec<u8>, String> {
        Ok(match self.jwk["kty"].as_str() {
            Some("RSA") => sequence(&[integer(&self.member("n")?), integer(&self.member("e")?)].concat()),
            Some("EC") => [vec![4], self.member("x")?, self.member("y")?].concat(),
            _ => self.member("x")?,
        })
    }

    fn spki(&self) -> Result<Vec<u8>, String> {
        let raw = self.raw()?;
        Ok(match self.jwk["kty"].as_str() {
            Some("RSA") => sequence(&[RSA.to_vec(), tagged(3, &[vec![0], raw].concat())].concat()),
            Some("EC") => [P256, &raw].concat(),
            _ => [ED25519, &raw].concat(),
        })
    }
}

fn sequence(content: &[u8]) -> Vec<u8> {
    tagged(0x30, content)
}

fn integer(number: &[u8]) -> Vec<u8> {
    let sign = number.first().is_some_and(|first| *first >= 0x80).then_some(0);
    tagged(2, &sign.into_iter().chain(number.iter().copied()).collect::<Vec<_>>())
}

/// Tag, length, content (X.690 §8.1).
fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length: Vec<u8> = content.len().to_be_bytes().into_iter().skip_while(|octet| *octet == 0).collect();
    let length = match length[..] {
        [] => vec![0],
        [short] if short < 0x80 => vec![short],
        _ => [vec![0x80 | u8::try_from(length.len()).unwrap_or_default()], length].concat(),
    };
    [vec![tag], length, content.to_vec()].concat()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use x509_parser::{prelude::FromDer, public_key::PublicKey, x509::SubjectPublicKeyInfo};

    use super::{super::signer::Signer, *};

    fn published(algorithm: &str) -> Vec<u8> {
        Signer::new("k", algorithm).unwrap().jwks().to_string().into_bytes()
    }

    #[test]
    fn j04_the_key_is_the_published_one_in_every_form() {
        for algorithm in ["ES256", "RS256"] {
            let set = published(algorithm);
            let key = Published::of(&set, "k").unwrap();
            let der = pem::parse(key.pem().unwrap()).unwrap().into_contents();
            let (rest, read) = SubjectPublicKeyInfo::from_der(&der).unwrap();
            assert!(rest.is_empty());
            match read.parsed().unwrap() {
                PublicKey::RSA(rsa) => {
                    assert_eq!(rsa.modulus[1..], key.member("n").unwrap(), "a zero stands before the first bit");
                    assert_eq!((rsa.key_size(), rsa.try_exponent().unwrap()), (2048, 65537));
                    assert_eq!(read.subject_public_key.data[..], key.raw().unwrap());
                }
                PublicKey::EC(point) => assert_eq!(point.data(), key.raw().unwrap()),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn an_edwards_key_has_a_form_too() {
        let set =
            json!({"keys": [{"kid": "e", "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode([7; 32])}]}).to_string();
        let der = Published::of(set.as_bytes(), "e").unwrap().spki().unwrap();
        let (_, read) = SubjectPublicKeyInfo::from_der(&der).unwrap();
        assert_eq!((read.algorithm.algorithm.to_id_string().as_str(), read.subject_public_key.data.len()), ("1.3.101.112", 32));
    }

    #[test]
    fn an_hmac_verifies_with_what_it_was_made_with() {
        let set = published("ES256");
        let key = Published::of(&set, "another").unwrap();
        for (how, secret) in [
            (Signature::HmacEmpty, Vec::new()),
            (Signature::HmacPem, key.pem().unwrap().into_bytes()),
            (Signature::HmacPemBare, key.pem().unwrap().trim_end().as_bytes().to_vec()),
            (Signature::HmacDer, key.spki().unwrap()),
            (Signature::HmacJwks, set.clone()),
        ] {
            let made = key.hmac("input", "HS384", how).unwrap();
            hmac::verify(&hmac::Key::new(hmac::HMAC_SHA384, &secret), b"input", &made).unwrap();
        }
        assert!(Published::of(b"{\"keys\":[]}", "k").is_err() && Published::of(b"<html>", "k").is_err());
    }
}
