//! Who signs tokens here: with keys of its own, rightly, or in the ways that fooled verifiers before.

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

use crate::compare::scenario::Signature;

/// The order of the curve P-256 (SEC 2 §2.4.2).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7,
    0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// Somebody with a signing key.
#[derive(Debug)]
pub(in crate::compare) struct Signer {
    key: Key,
    pub(super) kid: String,
}

#[derive(Debug)]
enum Key {
    Es256(EcdsaKeyPair),
    Rs256(Box<RsaKeyPair>),
}

impl Signer {
    /// One that signs as `algorithm` says: `ES256` or `RS256`.
    pub(in crate::compare) fn new(kid: &str, algorithm: &str) -> Result<Self, String> {
        let key = match algorithm {
            "ES256" => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Key::Es256),
            "RS256" => RsaKeyPair::generate(KeySize::Rsa2048).map(|key| Key::Rs256(Box::new(key))),
            other => return Err(format!("nobody here can sign with {other}")),
        };
        Ok(Self { key: key.map_err(|_| "cannot make a signing key".to_owned())?, kid: kid.to_owned() })
    }

    /// One with the private key of another, PKCS #8 in PEM, which signs as `algorithm` says.
    pub(in crate::compare) fn read(kid: &str, algorithm: &str, text: &[u8]) -> Result<Self, String> {
        let pem = pem::parse(text).map_err(|error| error.to_string())?;
        let key = match algorithm {
            "ES256" => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pem.contents()).map(Key::Es256),
            "RS256" => RsaKeyPair::from_pkcs8(pem.contents()).map(|key| Key::Rs256(Box::new(key))),
            other => return Err(format!("nobody here can sign with {other}")),
        };
        Ok(Self { key: key.map_err(|error| format!("this is no signing key: {error}"))?, kid: kid.to_owned() })
    }

    /// `alg`.
    pub(super) fn algorithm(&self) -> &'static str {
        match self.key {
            Key::Es256(_) => "ES256",
            Key::Rs256(_) => "RS256",
        }
    }

    /// Its public key as a JWK (RFC 7517 §4).
    pub(super) fn jwk(&self) -> Value {
        match &self.key {
            Key::Es256(key) => {
                // An uncompressed point: 4, x, y (SEC 1 §2.3.3).
                let point = key.public_key().as_ref();
                let [x, y] = [1..33, 33..65].map(|range| URL_SAFE_NO_PAD.encode(point.get(range).unwrap_or_default()));
                json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.kid, "x": x, "y": y })
            }
            Key::Rs256(key) => {
                let [n, e] = [key.public_key().modulus(), key.public_key().exponent()]
                    .map(|number| URL_SAFE_NO_PAD.encode(number.big_endian_without_leading_zero()));
                json!({ "kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.kid, "n": n, "e": e })
            }
        }
    }

    /// Its public key as a JWK set (RFC 7517 §5).
    pub(in crate::compare) fn jwks(&self) -> Value {
        json!({ "keys": [self.jwk()] })
    }

    /// A certificate that it made for itself, as `x5c` has it: DER in plain base64 (RFC 7515 §4.1.6).
    pub(super) fn x5c(&self) -> Result<String, String> {
        let unfit = |_| "the key cannot be written down".to_owned();
        let pkcs8 = match &self.key {
            Key::Es256(key) => key.to_pkcs8v1().map_err(unfit)?.as_ref().to_vec(),
            Key::Rs256(key) => key.as_der().map_err(unfit)?.as_ref().to_vec(),
        };
        let key = rcgen::KeyPair::try_from(pkcs8).map_err(|error| error.to_string())?;
        let certificate = rcgen::CertificateParams::default().self_signed(&key).map_err(|error| error.to_string())?;
        Ok(STANDARD.encode(certificate.der()))
    }

    /// A right signature.
    pub(super) fn sign(&self, input: &str) -> Result<Vec<u8>, String> {
        let random = SystemRandom::new();
        let signed = match &self.key {
            Key::Es256(key) => key.sign(&random, input.as_bytes()).map(|signature| signature.as_ref().to_vec()),
            Key::Rs256(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, input.as_bytes(), &mut signature).map(|()| signature)
            }
        };
        signed.map_err(|_| "cannot sign".to_owned())
    }

    /// A signature with something wrong about its form or its numbers.
    pub(super) fn sign_wrongly(&self, input: &str, how: Signature) -> Result<Vec<u8>, String> {
        let mut right = self.sign(input)?;
        let (r, s) = right.split_at(right.len().min(32));
        Ok(match how {
            Signature::Zero => vec![0; 64],
            Signature::RIsN => [&ORDER, s].concat(),
            Signature::SIsN => [r, &ORDER].concat(),
            Signature::Der => der(r, s),
            Signature::WrongCurve => {
                let key = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).map_err(|_| "cannot make a key".to_owned())?;
                key.sign(&SystemRandom::new(), input.as_bytes()).map_err(|_| "cannot sign".to_owned())?.as_ref().to_vec()
            }
            Signature::Truncated => {
                right.pop();
                right
            }
            Signature::TooLong => {
                right.push(0);
                right
            }
            _ => right,
        })
    }
}

/// `SEQUENCE { INTEGER r, INTEGER s }` (RFC 3279 §2.2.3). Both are far too short for long lengths.
fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let bare: Vec<u8> = number.iter().copied().skip_while(|octet| *octet == 0).collect();
        let sign = bare.first().is_none_or(|first| *first >= 0x80).then_some(0);
        let content: Vec<u8> = sign.into_iter().chain(bare).collect();
        [vec![2, u8::try_from(content.len()).unwrap_or(u8::MAX)], content].concat()
    };
    let content = [integer(r), integer(s)].concat();
    [vec![0x30, u8::try_from(content.len()).unwrap_or(u8::MAX)], content].concat()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ParsedPublicKey, UnparsedPublicKey};
    use jsonwebtoken::{DecodingKey, jwk::Jwk};

    use super::*;

    fn point(signer: &Signer) -> Vec<u8> {
        let Key::Es256(key) = &signer.key else { panic!("not a point") };
        key.public_key().as_ref().to_vec()
    }

    #[test]
    fn a_right_signature_verifies_by_the_published_key() {
        for (algorithm, jose) in [("ES256", jsonwebtoken::Algorithm::ES256), ("RS256", jsonwebtoken::Algorithm::RS256)] {
            let signer = Signer::new("k", algorithm).unwrap();
            let jwk: Jwk = serde_json::from_value(signer.jwk()).unwrap();
            let signature = URL_SAFE_NO_PAD.encode(signer.sign("input").unwrap());
            let key = DecodingKey::from_jwk(&jwk).unwrap();
            assert!(jsonwebtoken::crypto::verify(&signature, b"input", &key, jose).unwrap(), "{algorithm}");
        }
        assert!(Signer::new("k", "HS256").is_err());
    }

    #[test]
    fn j20_each_wrong_signature_is_wrong_in_its_one_way() {
        let signer = Signer::new("k", "ES256").unwrap();
        let made = |how| signer.sign_wrongly("input", how).unwrap();
        let fixed = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point(&signer));
        let asn1 = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point(&signer));
        asn1.verify(b"input", &made(Signature::Der)).unwrap();
        let long = made(Signature::TooLong);
        fixed.verify(b"input", &long[..64]).unwrap();
        assert_eq!((long.len(), made(Signature::Truncated).len(), made(Signature::WrongCurve).len()), (65, 63, 96));
        assert_eq!(made(Signature::Zero), [0; 64]);
        assert_eq!((&made(Signature::RIsN)[..32], &made(Signature::SIsN)[32..]), (&ORDER[..], &ORDER[..]));
        for how in [Signature::Zero, Signature::RIsN, Signature::SIsN, Signature::Der, Signature::TooLong, Signature::WrongCurve]
        {
            assert!(fixed.verify(b"input", &made(how)).is_err(), "{how}");
        }
    }

    #[test]
    fn j07_the_certificate_in_x5c_is_self_signed_and_holds_the_signers_key() {
        use x509_parser::prelude::{FromDer, X509Certificate};
        let signer = Signer::new("k", "ES256").unwrap();
        let der = STANDARD.decode(signer.x5c().unwrap()).unwrap();
        let (_, certificate) = X509Certificate::from_der(&der).unwrap();
        certificate.verify_signature(None).unwrap();
        let key =
            ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, certificate.public_key().subject_public_key.data.as_ref()).unwrap();
        key.verify_sig(b"input", &signer.sign("input").unwrap()).unwrap();
        assert!(Signer::new("k", "RS256").unwrap().x5c().is_ok());
    }
}
