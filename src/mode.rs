//! Which lock is on the door, and whose habits the server has.

use crate::words::words;

words! {
    /// The lock. Chosen at start; policy is the same behind each.
    pub enum Mode {
        /// No lock: the baseline of every comparison.
        Open = "open",
        /// `OAuth` 2.0 access tokens (RFC 6750, RFC 9068) from the client-credentials grant.
        Jwt = "jwt",
        /// Mutual TLS: a client certificate in the handshake.
        Mtls = "mtls",
        /// An API key in `x-api-key`.
        Apikey = "apikey",
    }
}

words! {
    /// How the server answers.
    pub enum Profile {
        /// As the RFCs say. The default.
        Standard = "standard",
        /// As Amazon Cognito and API Gateway do, byte for byte.
        Aws = "aws",
    }
}
