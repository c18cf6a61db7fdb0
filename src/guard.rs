//! The checks that can be taken away, one at a time, to see whether anybody notices.
//!
//! In every ordinary build they all stand, and the compiler knows it: nothing of this is left. A build with the feature `faults`
//! goes without the one that the environment names, and says so at its start. A test makes such a build and lets the scenarios
//! find each hole.

#[cfg(feature = "faults")]
mod faults;

use crate::words::words;

/// Names the check that a build with faults goes without.
pub const WITHOUT: &str = "AUTHBENCH_WITHOUT";

words! {
    /// One check of the server.
    pub enum Guard {
        /// The address is in a network that the server allows.
        ServerAllowlist = "server_allowlist",
        /// The address is in no network that the server denies.
        ServerDenylist = "server_denylist",
        /// The address is in a network that the caller named.
        CallerAllowlist = "caller_allowlist",
        /// The address is in no network that the caller excluded.
        CallerDenylist = "caller_denylist",
        /// The host that is asked for is the one that TLS was asked for, and served.
        WrongDoor = "wrong_door",
        /// What may be a guess is counted.
        FailureBudget = "failure_budget",
        /// The caller has the scope of the route.
        Scope = "scope",
        /// There is something left in every bucket.
        RateLimit = "rate_limit",
        /// There is something left of the caller's quota.
        Quota = "quota",
        /// A token's issuer is trusted.
        TokenIssuer = "token_issuer",
        /// A token says that it is an access token.
        TokenType = "token_type",
        /// A token's signature is that of the key that it names.
        TokenSignature = "token_signature",
        /// A token is for this resource server.
        TokenAudience = "token_audience",
        /// A token's end has not come.
        TokenExpiry = "token_expiry",
        /// A token's beginning has come.
        TokenBeginning = "token_beginning",
        /// A token is not on the denylist.
        TokenRevocation = "token_revocation",
        /// A token's client is there, and the one that the token was issued to.
        ClientStanding = "client_standing",
        /// A token's client is not switched off.
        ClientDisabled = "client_disabled",
        /// The key that signed a remembered token still counts.
        SigningKeyRetired = "signing_key_retired",
        /// A client knows its secret.
        ClientSecret = "client_secret",
        /// A client is granted only what it was given.
        ClientScope = "client_scope",
        /// An API key has the secret that belongs to its id.
        KeySecret = "key_secret",
        /// An API key's end has not come.
        KeyExpiry = "key_expiry",
        /// An API key is not revoked.
        KeyRevocation = "key_revocation",
        /// An API key is not switched off.
        KeyDisabled = "key_disabled",
        /// Who shows a certificate has its private key.
        CertificatePossession = "certificate_possession",
        /// A certificate is for clients.
        CertificatePurpose = "certificate_purpose",
        /// A certificate's end has not come.
        CertificateExpiry = "certificate_expiry",
        /// A certificate's beginning has come.
        CertificateBeginning = "certificate_beginning",
        /// No revocation list names a certificate.
        RevocationList = "revocation_list",
        /// No command revoked a certificate.
        CertificateRevocation = "certificate_revocation",
        /// A certificate bears a name that is accepted.
        CertificateName = "certificate_name",
        /// A connection is cut when its certificate counts no more.
        OpenConnection = "open_connection",
    }
}

#[cfg(not(feature = "faults"))]
impl Guard {
    /// Always.
    pub const fn stands(self) -> bool {
        true
    }
}

/// Nothing to be warned of.
///
/// # Errors
/// Never.
#[cfg(not(feature = "faults"))]
pub const fn warning() -> Result<Option<String>, String> {
    Ok(None)
}

#[cfg(feature = "faults")]
pub use self::faults::warning;
