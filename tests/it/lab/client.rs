//! A client of the token service that holds a secret.

use base64::{Engine, engine::general_purpose::STANDARD};
use form_urlencoded::byte_serialize;
use serde_json::Value;

use super::{Answer, Lab, Line, text};

/// The token endpoint.
pub(crate) const TOKEN: &str = "/oauth2/token";
/// A request for everything that the client may have.
pub(crate) const GRANT: &str = "grant_type=client_credentials";

/// Id and secret.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Client {
    /// Made with these options, and known to running servers.
    pub(crate) fn new(lab: &Lab, name: &str, options: &[&str]) -> Self {
        Self::of(&lab.effective(&[&["client", "add", name], options].concat()))
    }

    /// The one that a command has shown.
    pub(crate) fn of(made: &Value) -> Self {
        Self { id: text(made, "client_id").into(), secret: text(made, "client_secret").into() }
    }

    /// `Authorization` as RFC 6749 §2.3.1 writes it.
    pub(crate) fn basic(&self) -> String {
        basic(&self.id, &self.secret)
    }

    /// One request as this client.
    pub(crate) fn post(&self, line: &mut Line, path: &str, form: &str) -> Answer {
        line.post(path, &[("authorization", &self.basic())], form).unwrap()
    }

    /// A token with everything that the client may have.
    pub(crate) fn token(&self, line: &mut Line) -> String {
        self.post(line, TOKEN, GRANT).access_token()
    }
}

/// The same for any id and secret.
pub(crate) fn basic(id: &str, secret: &str) -> String {
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(id), encode(secret))))
}
