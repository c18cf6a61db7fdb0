//! Why a caller was not served. An expected outcome, not an error.

use std::{borrow::Cow, sync::Arc, time::Duration};

use crate::{allowance::Allowance, words::words};

words! {
    /// The one stable reason of a refusal, the same word in answers, records, metrics and scenarios.
    pub enum Reason {
        /// Nothing was presented.
        CredentialMissing = "credential_missing",
        /// What was presented cannot be read.
        CredentialMalformed = "credential_malformed",
        /// Presented twice, in two places, or by two methods.
        CredentialAmbiguous = "credential_ambiguous",
        /// No such key, `kid` or client; a wrong secret; a certificate of another CA.
        CredentialUnknown = "credential_unknown",
        /// The signature does not verify; a certificate without its key.
        SignatureInvalid = "signature_invalid",
        /// An algorithm that this key or issuer does not use.
        AlgorithmRefused = "algorithm_refused",
        /// `iss` is not an issuer that is trusted.
        IssuerMismatch = "issuer_mismatch",
        /// `aud` does not name this resource server.
        AudienceMismatch = "audience_mismatch",
        /// `typ` is not that of an access token.
        TypeMismatch = "type_mismatch",
        /// The credential is bound to another connection or key.
        BindingMismatch = "binding_mismatch",
        /// A certificate that is not for client authentication.
        PurposeMismatch = "purpose_mismatch",
        /// No name in the certificate that the rules accept.
        NameRefused = "name_refused",
        /// Past its end.
        Expired = "expired",
        /// Before its beginning.
        NotYetValid = "not_yet_valid",
        /// Withdrawn for good.
        Revoked = "revoked",
        /// Switched off, until it is switched on again.
        Disabled = "disabled",
        /// The revocation list is missing, expired or unreadable: nobody can say who is revoked.
        RevocationUnknown = "revocation_unknown",
        /// Known, but not allowed on this route.
        ScopeInsufficient = "scope_insufficient",
        /// From an address that may not call, whatever it presents.
        AddressDenied = "address_denied",
        /// Too many requests for the caller's rate.
        RateLimited = "rate_limited",
        /// The caller's quota is used up.
        QuotaExhausted = "quota_exhausted",
        /// Too many failures from this address for this caller.
        Guessing = "guessing",
        /// Host is not the TLS name, or not a name of this API.
        WrongDoor = "wrong_door",
        /// The state is lost past the stated age.
        Unavailable = "unavailable",
        /// A limit of the server itself.
        Overloaded = "overloaded",
        /// No such path.
        NotFound = "not_found",
        /// The path exists, the method does not.
        MethodNotAllowed = "method_not_allowed",
        /// Header or body beyond the limit.
        TooLarge = "too_large",
        /// Slower than the deadline.
        Timeout = "timeout",
        /// Not the protocol that is spoken here.
        ProtocolError = "protocol_error",
    }
}

/// Longer ids are of nobody.
pub const LONGEST_ID: usize = 128;

/// A refusal on its way to the caller and to the record.
///
/// The public sentence follows from the reason (`server/reply.rs`); the cause is private, for the record alone.
#[derive(Debug, Clone)]
pub struct Denial {
    /// What the caller is told.
    pub reason: Reason,
    /// What only the operator is told.
    pub cause: Cow<'static, str>,
    /// When trying again makes sense.
    pub retry_after: Option<Duration>,
    /// The scope that would have been enough (RFC 6750 §3.1).
    pub scope: Option<Arc<str>>,
    /// The state of the caller's bucket, when that is the reason.
    pub allowance: Option<Box<Allowance>>,
    /// The caller that was named, proven or not, for the failure budget and the record.
    pub claimed: Option<Arc<str>>,
}

impl Denial {
    /// A refusal for `reason`; `cause` goes to the record and never to the wire.
    pub fn new(reason: Reason, cause: impl Into<Cow<'static, str>>) -> Self {
        Self { reason, cause: cause.into(), retry_after: None, scope: None, allowance: None, claimed: None }
    }

    /// The same, with the time after which the same call would pass.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The same, with the scope that the route needs.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<Arc<str>>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// The same, with the state of the caller's bucket.
    #[must_use]
    pub fn allowance(mut self, allowance: Allowance) -> Self {
        self.allowance = Some(Box::new(allowance));
        self
    }

    /// The same, with the caller that was claimed. What is no id of ours may be of any length: it is cut.
    #[must_use]
    pub fn claimed(mut self, id: &str) -> Self {
        self.claimed = Some(id.chars().take(LONGEST_ID).collect::<String>().into());
        self
    }
}
