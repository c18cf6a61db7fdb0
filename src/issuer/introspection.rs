//! What a token is, told to who holds it (RFC 7662 §2.2).

use serde::Serialize;

use crate::authn::jwt::Issued;

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
    scope: String,
    client_id: String,
    token_type: &'static str,
    exp: u64,
    iat: u64,
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<String>,
    iss: String,
    jti: String,
}

impl Introspection {
    /// The answer about a token that this server issued; `None` is one that does not count.
    pub fn of(issued: Option<Issued>) -> Self {
        let Some(Issued { iss, client, aud, iat, exp, jti, scope }) = issued else {
            return Self::Inactive { active: false };
        };
        let facts = Facts {
            active: true,
            scope,
            client_id: client.clone(),
            token_type: "Bearer",
            exp,
            iat,
            sub: client,
            aud,
            iss: iss.to_string(),
            jti,
        };
        Self::Active(Box::new(facts))
    }
}
