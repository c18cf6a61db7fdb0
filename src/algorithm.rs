//! Signature algorithms by their JOSE names, and which kind of key an issuer signs with.

use std::fmt;

use crate::words::words;

words! {
    /// What a token may be signed with (RFC 7518 §3.1, RFC 8037 §3.1). No MAC, and never `none`.
    pub enum Algorithm {
        /// ECDSA with P-256 and SHA-256.
        Es256 = "ES256",
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        Rs256 = "RS256",
        /// Ed25519.
        EdDsa = "EdDSA",
    }
}

/// What kind of key signs: keys of different kinds do not replace one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyKind {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The length of the modulus in bits, for RSA.
    pub rsa_bits: Option<usize>,
}

impl KeyKind {
    /// As strong as P-256 and Ed25519 are: 3072 bits for RSA (NIST SP 800-57 part 1, table 2).
    pub const fn strong(algorithm: Algorithm) -> Self {
        let rsa_bits = match algorithm {
            Algorithm::Rs256 => Some(3072),
            Algorithm::Es256 | Algorithm::EdDsa => None,
        };
        Self { algorithm, rsa_bits }
    }

    /// What Amazon Cognito signs with.
    pub const COGNITO: Self = Self { algorithm: Algorithm::Rs256, rsa_bits: Some(2048) };
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rsa_bits {
            Some(bits) => write!(f, "{} with {bits} bits", self.algorithm),
            None => self.algorithm.fmt(f),
        }
    }
}
