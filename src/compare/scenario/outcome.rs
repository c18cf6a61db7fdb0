//! How a step ends: the words of a scenario's `expect` and of what was observed.

use std::{fmt, str::FromStr};

use crate::{denial::Reason, words::words};

words! {
    /// What the token endpoint and its neighbours say no with (RFC 6749 §5.2, RFC 7009 §2.2.1).
    pub enum TokenError {
        /// Missing, repeated or unreadable parameters; two methods of client authentication.
        InvalidRequest = "invalid_request",
        /// Client authentication failed.
        InvalidClient = "invalid_client",
        /// What was presented to be exchanged is no good.
        InvalidGrant = "invalid_grant",
        /// This client may not use this grant.
        UnauthorizedClient = "unauthorized_client",
        /// Another grant than those that are given here.
        UnsupportedGrantType = "unsupported_grant_type",
        /// A scope that does not exist, or that the client may not have.
        InvalidScope = "invalid_scope",
        /// A kind of token that cannot be taken back.
        UnsupportedTokenType = "unsupported_token_type",
        /// The service failed.
        ServerError = "server_error",
    }
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The resource was served.
    Allowed,
    /// Refused in HTTP, with this reason.
    Refused(Reason),
    /// Refused in the TLS handshake; the reason is what the server counted.
    HandshakeRefused(Reason),
    /// The connection ended without an answer.
    Closed,
    /// The token endpoint gave a token.
    Granted,
    /// The revocation endpoint took the token back, or had nothing to take back.
    Accepted,
    /// The introspection endpoint says that the token counts.
    Active,
    /// The introspection endpoint says that it does not.
    Inactive,
    /// The token endpoint or a neighbour said no with this word.
    Error(TokenError),
    /// None of these: only ever observed, never declared.
    Strange(String),
}

/// The outcomes that are one word and carry nothing.
const PLAIN: [(&str, Outcome); 6] = [
    ("allowed", Outcome::Allowed),
    ("closed", Outcome::Closed),
    ("granted", Outcome::Granted),
    ("accepted", Outcome::Accepted),
    ("active", Outcome::Active),
    ("inactive", Outcome::Inactive),
];

impl Outcome {
    /// Whether only `ask` ends so, or only a call; nothing when either may.
    pub(super) fn ends_an_ask(&self) -> Option<bool> {
        match self {
            Self::Granted | Self::Accepted | Self::Active | Self::Inactive | Self::Error(_) => Some(true),
            Self::Allowed | Self::Closed | Self::HandshakeRefused(_) => Some(false),
            Self::Refused(_) | Self::Strange(_) => None,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(reason) => write!(f, "{reason}"),
            Self::HandshakeRefused(reason) => write!(f, "handshake_refused({reason})"),
            Self::Error(error) => write!(f, "{error}"),
            Self::Strange(what) => f.write_str(what),
            plain => f.write_str(PLAIN.iter().find(|(_, one)| one == plain).map_or("", |(word, _)| word)),
        }
    }
}

impl FromStr for Outcome {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((_, plain)) = PLAIN.iter().find(|(word, _)| *word == text) {
            return Ok(plain.clone());
        }
        if let Ok(error) = text.parse() {
            return Ok(Self::Error(error));
        }
        let inner = text.strip_prefix("handshake_refused(").and_then(|rest| rest.strip_suffix(')'));
        let reason = inner.unwrap_or(text).parse().map_err(|_| {
            format!(
                "`{text}` is no outcome; write `allowed`, a reason, `handshake_refused(reason)` or `closed`; \
                 after `ask`, `granted`, `accepted`, `active`, `inactive` or an OAuth error"
            )
        })?;
        Ok(if inner.is_some() { Self::HandshakeRefused(reason) } else { Self::Refused(reason) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_written_as_they_are_read() {
        let errors = TokenError::ALL.iter().map(|error| error.as_str());
        let plain = PLAIN.iter().map(|(word, _)| *word);
        for text in ["address_denied", "handshake_refused(expired)"].into_iter().chain(plain).chain(errors) {
            assert_eq!(text.parse::<Outcome>().unwrap().to_string(), text);
        }
        for odd in ["", "refused", "Allowed", "handshake_refused", "handshake_refused()", "handshake_refused(allowed)", "401"] {
            assert!(odd.parse::<Outcome>().is_err(), "{odd:?} was taken");
        }
    }

    #[test]
    fn no_word_means_two_things() {
        assert!(TokenError::ALL.iter().all(|error| error.as_str().parse::<Reason>().is_err()));
        assert!(PLAIN.iter().all(|(word, _)| word.parse::<Reason>().is_err() && word.parse::<TokenError>().is_err()));
    }
}
