//! `ask`: a request to the token endpoint or a neighbour, as a client makes it that knows what it does, or does not.

use std::{collections::BTreeMap, fmt};

use serde::Deserialize;

use super::Field;
use crate::{
    wire::{INTROSPECTION_PATH, REVOCATION_PATH, TOKEN_PATH},
    words::words,
};

/// `ask`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Who; its id and secret are used. A token that is granted is its own from then on.
    #[serde(rename = "as")]
    pub who: String,
    /// Whom it asks.
    #[serde(default)]
    pub endpoint: Endpoint,
    /// Whose token `{token}` is [default: the caller's own].
    pub of: Option<String>,
    /// How the client says that it is itself.
    #[serde(default)]
    pub authentication: Authentication,
    /// Another client id than its own.
    pub id: Option<String>,
    /// Another secret than its own.
    pub secret: Option<String>,
    /// The body [default: what such a request needs].
    pub form: Option<String>,
    /// The method [default: POST].
    pub method: Option<String>,
    /// The media type of the body [default: a form].
    pub content_type: Option<String>,
    /// What follows `?` in the URL.
    pub query: Option<String>,
    /// Header fields, in place of what the request would have.
    #[serde(default)]
    pub header: BTreeMap<String, Field>,
}

words! {
    /// What a client can ask.
    #[derive(Default)]
    pub enum Endpoint {
        /// For a token (RFC 6749 §4.4).
        #[default]
        Token = "token",
        /// To take a token back (RFC 7009).
        Revoke = "revoke",
        /// Whether a token counts (RFC 7662).
        Introspect = "introspect",
    }
}

words! {
    /// Where id and secret stand (RFC 6749 §2.3.1).
    #[derive(Default)]
    pub enum Authentication {
        /// In `Authorization`.
        #[default]
        Basic = "basic",
        /// In the body.
        Post = "post",
        /// In both places.
        Both = "both",
        /// Nowhere.
        None = "none",
    }
}

impl Endpoint {
    /// Its path.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Token => TOKEN_PATH,
            Self::Revoke => REVOCATION_PATH,
            Self::Introspect => INTROSPECTION_PATH,
        }
    }

    /// What a request without anything special about it says.
    pub const fn form(self) -> &'static str {
        match self {
            Self::Token => "grant_type=client_credentials",
            Self::Revoke | Self::Introspect => "token={token}",
        }
    }
}

impl Ask {
    /// Words in braces that its texts may hold.
    pub(super) const BLANKS: &[&str] = &["token", "client_id", "client_secret", "basic", "identifier"];

    /// Every text that may hold blanks.
    pub(super) fn texts(&self) -> Vec<&str> {
        let fields = self.header.values().flat_map(Field::values);
        let rest = [&self.form, &self.query, &self.id, &self.secret].into_iter().flatten().map(String::as_str);
        fields.chain(rest).collect()
    }

    /// Whether a token must be at hand before it can be made.
    pub fn speaks_of_a_token(&self) -> bool {
        let form = self.form.as_deref().unwrap_or(self.endpoint.form());
        self.texts().into_iter().chain([form]).any(|text| text.contains("{token}"))
    }

    /// Whose token it speaks of.
    pub fn owner(&self) -> &str {
        self.of.as_deref().unwrap_or(&self.who)
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.endpoint {
            Endpoint::Token => "ask for a token",
            Endpoint::Revoke => "ask to revoke a token",
            Endpoint::Introspect => "ask whether a token counts",
        };
        write!(f, "{what} as {}", self.who)?;
        self.of.as_ref().map_or(Ok(()), |of| write!(f, ", that of {of}"))
    }
}
