//! How the token service says no (RFC 6749 §5.2, RFC 7009 §2.2.1).

use std::time::Duration;

use crate::{
    denial::{Denial, Reason},
    words::words,
};

words! {
    /// The registered error codes that its endpoints use.
    pub enum ErrorCode {
        /// Missing, repeated or unreadable parameters.
        InvalidRequest = "invalid_request",
        /// Client authentication failed.
        InvalidClient = "invalid_client",
        /// A token that was issued to another client.
        InvalidGrant = "invalid_grant",
        /// Another grant than client credentials.
        UnsupportedGrantType = "unsupported_grant_type",
        /// A scope that the client may not have.
        InvalidScope = "invalid_scope",
        /// A token that is not revoked here (RFC 7009 §2.2.1).
        UnsupportedTokenType = "unsupported_token_type",
        /// The service failed.
        ServerError = "server_error",
    }
}

/// A refusal: what the client reads, and the denial for the record.
#[derive(Debug, Clone)]
pub struct TokenRefusal {
    /// `error`.
    pub error: ErrorCode,
    description: &'static str,
    /// Reason and private cause.
    pub denial: Denial,
}

impl TokenRefusal {
    /// A refusal with its public sentence.
    pub fn new(error: ErrorCode, description: &'static str, denial: Denial) -> Self {
        Self { error, description, denial }
    }

    /// A refusal that has nothing to do with OAuth: address, size, pace, rate, state.
    pub fn of_policy(denial: Denial) -> Self {
        let description = match denial.reason {
            Reason::AddressDenied => "calls from this address are not accepted",
            Reason::TooLarge => "the request is too large",
            Reason::Timeout => "the request took too long",
            Reason::NotFound => "there is nothing at this path",
            Reason::MethodNotAllowed => "only POST is answered here",
            Reason::RateLimited => "too many requests; wait before the next one",
            Reason::Unavailable => "the service cannot decide at the moment",
            _ => "the request could not be read",
        };
        let error = if denial.reason == Reason::Unavailable { ErrorCode::ServerError } else { ErrorCode::InvalidRequest };
        Self::new(error, description, denial)
    }

    /// `error_description`: characters %x20-21 / %x23-5B / %x5D-7E, never an echo.
    pub fn description(&self) -> &'static str {
        if self.denial.reason == Reason::Guessing { "too many failures; wait before the next attempt" } else { self.description }
    }

    pub(super) fn invalid_request(description: &'static str) -> Self {
        Self::new(ErrorCode::InvalidRequest, description, Denial::new(Reason::CredentialMalformed, description))
    }

    /// Two ways at once to say who is asking.
    pub(super) fn ambiguous(description: &'static str) -> Self {
        Self::new(ErrorCode::InvalidRequest, description, Denial::new(Reason::CredentialAmbiguous, description))
    }

    /// No client is proven, for whatever reason: the answer does not tell.
    pub fn invalid_client(denial: Denial) -> Self {
        Self::new(ErrorCode::InvalidClient, "client authentication failed", denial)
    }

    /// A scope that the client may not have, or not together with the others.
    pub fn scope_not_given(client: &str) -> Self {
        Self::invalid_scope(client, "this client may not have that scope, or not these together")
    }

    pub(super) fn invalid_scope(client: &str, description: &'static str) -> Self {
        let denial = Denial::new(Reason::ScopeInsufficient, "a scope that the client may not have").claimed(client);
        Self::new(ErrorCode::InvalidScope, description, denial)
    }

    /// A token that is another client's.
    pub fn of_another_client(client: &str) -> Self {
        let description = "the token was issued to another client";
        Self::new(ErrorCode::InvalidGrant, description, Denial::new(Reason::ScopeInsufficient, description).claimed(client))
    }

    /// A token of a kind that is not revoked here (RFC 7009 §2.2.1).
    pub fn not_revocable(client: &str) -> Self {
        let denial = Denial::new(Reason::CredentialMalformed, "Cognito revokes no access token").claimed(client);
        Self::new(ErrorCode::UnsupportedTokenType, "an access token cannot be revoked", denial)
    }

    /// What the request must leave behind was not kept, so it is not granted either.
    pub fn not_kept(cause: String) -> Self {
        Self::of_policy(Denial::new(Reason::Unavailable, cause).retry_after(Duration::from_secs(1)))
    }

    pub(super) fn server_error(cause: String) -> Self {
        let denial = Denial::new(Reason::Unavailable, cause).retry_after(Duration::from_secs(1));
        Self::new(ErrorCode::ServerError, "the token could not be made", denial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o12_every_sentence_has_the_characters_of_rfc_6749() {
        // §5.2: %x20-21 / %x23-5B / %x5D-7E.
        for reason in Reason::ALL {
            let refusal = TokenRefusal::of_policy(Denial::new(*reason, "private"));
            assert!(
                refusal.description().bytes().all(|byte| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\'),
                "{reason}"
            );
        }
    }
}
