//! The checks that a token passes, in their order, and who watches them.

use crate::words::words;

words! {
    /// One check of a token. The first that fails ends the verification.
    pub enum Check {
        /// A compact JWS with a readable header and payload (RFC 7515 §7.1), no member twice, no extension demanded.
        Form = "form",
        /// `iss` is an issuer that is trusted here.
        Issuer = "issuer",
        /// `typ` is what this issuer's access tokens have (RFC 9068 §2.1).
        Typ = "typ",
        /// `alg` is one that this issuer uses.
        Algorithm = "algorithm",
        /// `kid` names a key of this issuer, for this algorithm.
        Key = "key",
        /// The signature is that key's.
        Signature = "signature",
        /// Every claim that matters is there and of its type.
        Claims = "claims",
        /// `token_use` says access token, where the issuer has that claim.
        TokenUse = "token_use",
        /// `aud` names this resource server, or `client_id` a client that is accepted in its place.
        Audience = "audience",
        /// `exp` has not come (RFC 7519 §4.1.4).
        Expiry = "expiry",
        /// Neither `nbf` nor `iat` is still to come.
        Beginning = "beginning",
        /// `jti` is not on the denylist.
        Revocation = "revocation",
        /// Its client is there and may call.
        Client = "client",
    }
}

/// Sees each check as it begins. A server's sees nothing and costs nothing.
pub trait Watch {
    /// This check is made next; those before it were passed.
    fn begins(&mut self, check: Check);
}

/// Nobody watches.
#[derive(Debug, Clone, Copy)]
pub struct Unwatched;

impl Watch for Unwatched {
    #[inline]
    fn begins(&mut self, _: Check) {}
}

impl Watch for Vec<Check> {
    fn begins(&mut self, check: Check) {
        self.push(check);
    }
}
