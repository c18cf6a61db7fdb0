//! Signature algorithms by their JOSE names.

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
