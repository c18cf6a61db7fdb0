//! The words of the blast radius: what can be stolen or faked, and what a thief then tries.

use crate::words::words;

words! {
    /// What a thief has got hold of.
    pub enum Artefact {
        /// A recording of encrypted traffic, without any key.
        Ciphertext = "ciphertext",
        /// A call for the resource, seen where TLS ends.
        ResourceRequest = "resource_request",
        /// A request for a token, seen where TLS ends.
        TokenRequest = "token_request",
        /// The caller's files.
        Disk = "disk",
        /// The server's database.
        Store = "store",
        /// The server's log.
        Log = "log",
        /// The private key that signs tokens.
        SigningKey = "signing_key",
        /// The private key of the CA that signs the callers' certificates.
        CaKey = "ca_key",
        /// The private key of the CA that signs the server's certificate.
        ServerCaKey = "server_ca_key",
        /// A fake server, called by somebody who checks its certificate.
        FakeServer = "fake_server",
        /// A fake server, called by somebody who checks nothing.
        UncheckedServer = "unchecked_server",
    }
}

words! {
    /// What a step of a theft tries: whether the thief gets in, in these circumstances.
    pub enum Probe {
        /// From the caller's own machine, at once.
        AtOnce = "at_once",
        /// From another address.
        Elsewhere = "elsewhere",
        /// From another address, where the caller has an allowlist.
        Allowlist = "allowlist",
        /// In the name of another caller.
        Another = "another",
        /// In the name of a caller that nobody made.
        Invented = "invented",
        /// After the end of the caller's credential.
        Ended = "ended",
        /// After that end, with a token that was got anew.
        Renewed = "renewed",
        /// After the caller's credential was revoked.
        Revoked = "revoked",
        /// After the caller got another credential in place of the old one.
        Rotated = "rotated",
        /// After the caller was switched off.
        Disabled = "disabled",
        /// After the key that makes credentials was retired.
        Retired = "retired",
    }
}
