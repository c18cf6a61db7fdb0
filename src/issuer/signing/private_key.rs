//! A private key that signs tokens: made here, kept as PKCS #8, known by the thumbprint of its public side.

use std::fmt;

use aws_lc_rs::{
    digest,
    encoding::{AsDer, Pkcs8V1Der},
    error::Unspecified,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
        RsaPublicKeyComponents,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::algorithm::{Algorithm, KeyKind};

/// Parsed once: a signature costs the signature and no reading of the key.
pub(super) struct PrivateKey {
    pair: Pair,
    /// As [`PrivateKey::kid`] gives it.
    kid: String,
    kind: KeyKind,
    jwk: Value,
}

/// A member of a JWK that its thumbprint is made of: those that RFC 7638 §3.2 and RFC 8037 §2 require, in lexicographic order.
type Member = (&'static str, String);

enum Pair {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Rs256(RsaKeyPair),
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({}, {})", self.kid, self.kind)
    }
}

impl PrivateKey {
    /// A fresh key, and its PEM.
    ///
    /// # Errors
    /// A sentence, when the system's generator fails or nobody makes keys of that size.
    pub(super) fn generate(kind: KeyKind) -> Result<(Self, String), String> {
        let (pair, der) = Pair::generate(kind).map_err(|_| format!("a key for {kind} could not be made"))?;
        let text = pem::encode(&pem::Pem::new("PRIVATE KEY", der));
        Ok((Self::of(pair), text))
    }

    /// Reads PKCS #8 in PEM (RFC 7468 §10).
    ///
    /// # Errors
    /// A sentence, without anything of what was read.
    pub(super) fn read(text: &[u8]) -> Result<Self, String> {
        let pem = pem::parse(text).map_err(|error| error.to_string())?;
        let pair = Pair::read(pem.contents()).ok_or("it holds no P-256, Ed25519 or RSA key (2048 bits or more) in PKCS #8")?;
        Ok(Self::of(pair))
    }

    fn of(pair: Pair) -> Self {
        let (kind, members) = pair.public();
        let name = thumbprint(&members);
        let mut jwk = json!({"kid": name, "use": "sig", "alg": kind.algorithm});
        for (member, value) in members {
            jwk[member] = json!(value);
        }
        Self { pair, kid: name, kind, jwk }
    }

    /// The thumbprint of its JWK (RFC 7638).
    pub(super) fn kid(&self) -> &str {
        &self.kid
    }

    /// Algorithm and size.
    pub(super) fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The public key (RFC 7517 §4).
    pub(super) fn jwk(&self) -> &Value {
        &self.jwk
    }

    /// The signature as JWS wants it (RFC 7518 §3.3, §3.4; RFC 8037 §3.1).
    ///
    /// # Errors
    /// When the library fails.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        self.pair.sign(message).map_err(|_| format!("the key {} does not sign", self.kid))
    }
}

impl Pair {
    fn generate(kind: KeyKind) -> Result<(Self, Vec<u8>), Unspecified> {
        Ok(match (kind.algorithm, kind.rsa_bits) {
            (Algorithm::Es256, _) => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
                let der = pair.to_pkcs8v1()?.as_ref().to_vec();
                (Self::Es256(pair), der)
            }
            (Algorithm::EdDsa, _) => {
                let pair = Ed25519KeyPair::generate()?;
                let der = pair.to_pkcs8v1()?.as_ref().to_vec();
                (Self::EdDsa(pair), der)
            }
            (Algorithm::Rs256, bits) => {
                let size = match bits {
                    Some(2048) => KeySize::Rsa2048,
                    Some(3072) => KeySize::Rsa3072,
                    _ => return Err(Unspecified),
                };
                let pair = RsaKeyPair::generate(size)?;
                let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair)?.as_ref().to_vec();
                (Self::Rs256(pair), der)
            }
        })
    }

    /// The content says what it is; a name on the file would be a second opinion.
    fn read(pkcs8: &[u8]) -> Option<Self> {
        let ecdsa = || EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(Self::Es256).ok();
        let ed25519 = || Ed25519KeyPair::from_pkcs8(pkcs8).map(Self::EdDsa).ok();
        // The library refuses RSA keys below 2048 bits itself; a key that it let through would not be published below.
        let rsa = || RsaKeyPair::from_pkcs8(pkcs8).ok().filter(|pair| pair.public_modulus_len() >= 256).map(Self::Rs256);
        ecdsa().or_else(ed25519).or_else(rsa)
    }

    fn public(&self) -> (KeyKind, Vec<Member>) {
        let text = |octets: &[u8]| URL_SAFE_NO_PAD.encode(octets);
        let (algorithm, rsa_bits, members) = match self {
            Self::Es256(pair) => {
                // SEC 1 §2.3.3: 04, then 32 octets of x, then 32 of y.
                let point = pair.public_key().as_ref();
                let (x, y) = (text(&point[1..33]), text(&point[33..65]));
                (Algorithm::Es256, None, vec![("crv", "P-256".into()), ("kty", "EC".into()), ("x", x), ("y", y)])
            }
            Self::EdDsa(pair) => {
                let x = text(pair.public_key().as_ref());
                (Algorithm::EdDsa, None, vec![("crv", "Ed25519".into()), ("kty", "OKP".into()), ("x", x)])
            }
            Self::Rs256(pair) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                let (n, e) = (text(&public.n), text(&public.e));
                (Algorithm::Rs256, Some(public.n.len() * 8), vec![("e", e), ("kty", "RSA".into()), ("n", n)])
            }
        };
        (KeyKind { algorithm, rsa_bits }, members)
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        match self {
            Self::Es256(pair) => Ok(pair.sign(&SystemRandom::new(), message)?.as_ref().to_vec()),
            Self::EdDsa(pair) => Ok(pair.try_sign(message)?.as_ref().to_vec()),
            Self::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)?;
                Ok(signature)
            }
        }
    }
}

/// RFC 7638 §3: the hash of the required members without spaces. None of their values needs escaping.
fn thumbprint(members: &[Member]) -> String {
    let members: Vec<String> = members.iter().map(|(name, value)| format!(r#""{name}":"{value}""#)).collect();
    let canonical = format!("{{{}}}", members.join(","));
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authn::jwt::{KeySet, jws::Compact};

    #[test]
    fn thumbprints_are_those_of_the_rfcs() {
        // RFC 7638 §3.1.
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs\
                 tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let rsa = [("e", "AQAB".to_owned()), ("kty", "RSA".into()), ("n", n.into())];
        assert_eq!(thumbprint(&rsa), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        // RFC 8037 appendix A.3.
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let okp = [("crv", "Ed25519".to_owned()), ("kty", "OKP".into()), ("x", x.into())];
        assert_eq!(thumbprint(&okp), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn each_kind_comes_back_from_its_pem_and_signs_what_its_jwk_verifies() {
        let all = Algorithm::ALL.iter().map(|algorithm| KeyKind::strong(*algorithm)).chain([KeyKind::COGNITO]);
        for kind in all {
            let (made, text) = PrivateKey::generate(kind).unwrap();
            let read = PrivateKey::read(text.as_bytes()).unwrap();
            assert_eq!((read.kid(), read.kind(), read.jwk()), (made.kid(), kind, made.jwk()));
            let header = URL_SAFE_NO_PAD.encode(json!({"alg": kind.algorithm, "kid": made.kid()}).to_string());
            let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode("payload"));
            let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(read.sign(signed.as_bytes()).unwrap()));
            let keys = KeySet::from_jwks(&json!({"keys": [made.jwk()]}).to_string()).unwrap();
            assert_eq!(Compact::parse(&token).unwrap().verify(&keys, &[kind.algorithm]).unwrap(), b"payload", "{kind}");
            assert!(made.jwk().get("d").is_none(), "the public side only");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_shown() {
        let p384 = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap().serialize_pem();
        for (text, why) in [
            ("nonsense", "malformedframing"),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "it holds no P-256, Ed25519 or RSA key"),
            (&p384, "it holds no P-256, Ed25519 or RSA key"),
            ("", "malformedframing"),
        ] {
            let said = PrivateKey::read(text.as_bytes()).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
        let odd = KeyKind { algorithm: Algorithm::Rs256, rsa_bits: Some(1024) };
        assert_eq!(PrivateKey::generate(odd).unwrap_err(), "a key for RS256 with 1024 bits could not be made");
    }
}
