//! What a token is, told to who holds it (RFC 7662 §2.2).

use serde::Serialize;

use crate::authn::jwt::{Audience, Claims};

/// The answer about one token.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Introspection {
    /// It counts now, and says this.
    Active(Box<Facts>),
    /// It does not count, for whatever reason: the answer must not tell.
    Inactive {
        /// Always false.
        active: bool,
    },
}

/// What an active token says.
#[derive(Debug, Serialize)]
pub struct Facts {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    token_type: &'static str,
    exp: u64,
    iat: u64,
    sub: String,
    aud: Audience,
    iss: String,
    jti: String,
}

impl Introspection {
    /// The answer about a token of these claims; `None` is one that does not count.
    pub fn of(claims: Option<Claims>) -> Self {
        let Some(Claims { iss, sub, aud, exp, iat, jti, client_id, scope, .. }) = claims else {
            return Self::Inactive { active: false };
        };
        let token_type = "Bearer";
        Self::Active(Box::new(Facts { active: true, scope, client_id, token_type, exp, iat, sub, aud, iss, jti }))
    }
}
