//! What can be wrong with a made certificate, and with nothing else: what it is for, and what is sent with it.

use crate::words::words;

words! {
    /// What a certificate is for (extended key usage, RFC 5280 §4.2.1.12).
    pub enum Purpose {
        /// To prove a caller.
        Client = "client",
        /// To prove a server.
        Server = "server",
        /// Anything: `anyExtendedKeyUsage`.
        Any = "any",
        /// To sign code.
        Code = "code",
    }
}

words! {
    /// What a caller sends, when not its certificate alone.
    pub enum Chain {
        /// The maker's own certificate, with its key, as if it were a caller's.
        MakerItself = "maker_itself",
        /// The certificate behind an authority that the maker made and that is sent along.
        Intermediate = "intermediate",
        /// The same, and the authority is not sent along.
        IntermediateMissing = "intermediate_missing",
        /// Behind an authority below an authority, sent in the wrong order.
        Swapped = "swapped",
        /// The caller's own and true certificate, without the authority between it and the CA.
        Alone = "alone",
        /// The caller's own and true certificate, behind its authority instead of before it.
        Reversed = "reversed",
        /// The caller's own and true certificate, and one more that has nothing to do with it.
        Extra = "extra",
        /// Twenty certificates, each the authority of the one before it.
        TwentyLong = "twenty_long",
        /// Signed by another caller's certificate, which is no authority, and which is sent along.
        SignedByACaller = "signed_by_a_caller",
    }
}
