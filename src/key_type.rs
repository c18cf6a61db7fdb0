//! What kinds of key a certificate can be made for.

use crate::words::words;

words! {
    /// The key of a client certificate that is made here.
    pub enum KeyType {
        /// ECDSA on P-256.
        P256 = "p256",
        /// Ed25519 (RFC 8410).
        Ed25519 = "ed25519",
        /// RSA with 3072 bits.
        Rsa = "rsa",
        /// RSA with 2048 bits, for callers that can do no more.
        Rsa2048 = "rsa2048",
    }
}
