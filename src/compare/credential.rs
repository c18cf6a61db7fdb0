//! Whatever a caller has to show for itself: what a command gave it, what it captured, and how it is presented.

use std::time::SystemTime;

use base64::{Engine, engine::general_purpose::STANDARD};
use form_urlencoded::byte_serialize;
use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};
use serde_json::Value;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{forge::certificate, tap::Captured};
use crate::{caller::Identity, clock, files, mode::Mode, secret::Secret, wire::API_KEY_HEADER};

/// Whatever a caller has to show for itself. A caller uses all of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Credential {
    pub(super) client: Option<Client>,
    pub(super) token: Option<Secret>,
    pub(super) key: Option<Secret>,
    pub(super) identity: Option<Identity>,
    pub(super) serial: Option<String>,
    pub(super) ends: Option<SystemTime>,
    /// What was recorded of a call on the wire: it is sent again as it is, and nothing else.
    pub(super) recording: Option<Vec<u8>>,
}

/// An OAuth client.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) id: String,
    pub(super) secret: Secret,
}

impl Credential {
    /// What is in the answer of the command that gave it.
    pub(super) fn received(mode: Mode, answer: &Value) -> Result<Self, String> {
        let text =
            |field: &str| answer[field].as_str().map(str::to_owned).ok_or(format!("the command's answer has no `{field}`"));
        let mut credential = Self::default();
        match mode {
            Mode::Open => {}
            Mode::Jwt => {
                let secret = Secret::new(text("client_secret")?);
                credential.client = Some(Client { id: text("client_id")?, secret });
            }
            Mode::Apikey => credential.key = Some(Secret::new(text("key")?)),
            Mode::Mtls => {
                let read = |path: String| files::read(path.as_ref()).map_err(|error| error.to_string());
                let identity = Identity::from_pem(&read(text("chain")?)?, &read(text("key")?)?)?;
                let (_, leaf) = X509Certificate::from_der(&identity.chain()[0]).map_err(|error| error.to_string())?;
                credential.ends = u64::try_from(leaf.validity().not_after.timestamp()).ok().map(clock::from_seconds);
                credential.identity = Some(identity);
                credential.serial = Some(text("serial")?);
            }
        }
        Ok(credential)
    }

    /// The header fields in which it is presented.
    pub(super) fn present(&self, headers: &mut HeaderMap) -> Result<(), String> {
        let mut put = |name: HeaderName, text: &str| {
            let value = HeaderValue::try_from(text).map_err(|_| "the credential does not fit into a header".to_owned());
            value.map(|mut value| {
                value.set_sensitive(true);
                headers.insert(name, value);
            })
        };
        if let Some(token) = &self.token {
            put(AUTHORIZATION, &format!("Bearer {}", token.expose()))?;
        }
        if let Some(key) = &self.key {
            put(HeaderName::from_static(API_KEY_HEADER), key.expose())?;
        }
        Ok(())
    }

    /// Everything that a captured request is worth to who captured it. A chain comes with a key of the thief's own.
    pub(super) fn looted(seen: Captured) -> Result<Self, String> {
        let text = |name: &str| seen.head.headers.get(name).and_then(|value| value.to_str().ok());
        let authorization = text("authorization").unwrap_or_default();
        let mut loot = Self {
            token: authorization.strip_prefix("Bearer ").map(Secret::new),
            client: authorization.strip_prefix("Basic ").and_then(Client::from_basic),
            key: text(API_KEY_HEADER).map(Secret::new),
            ..Self::default()
        };
        if !seen.chain.is_empty() {
            loot.identity = Some(certificate::captured(seen.chain)?);
        }
        Ok(loot)
    }
}

impl Credential {
    /// What of it stands in a text, in whatever form it is sent. The key of a certificate never is.
    pub(super) fn found_in(&self, text: &str) -> Self {
        let has = |secret: &Secret| text.contains(secret.expose());
        Self {
            token: self.token.clone().filter(has),
            client: self.client.clone().filter(|client| has(&client.secret) || has(&basic(&client.id, client.secret.expose()))),
            key: self.key.clone().filter(has),
            ..Self::default()
        }
    }

    /// Whether there is nothing to show.
    pub(super) fn is_empty(&self) -> bool {
        self.client.is_none() && self.token.is_none() && self.key.is_none() && self.identity.is_none()
    }
}

impl Client {
    /// Reads id and secret back out of HTTP Basic (RFC 6749 §2.3.1).
    fn from_basic(encoded: &str) -> Option<Self> {
        let octets = STANDARD.decode(encoded).ok()?;
        let pair = String::from_utf8(octets).ok()?;
        let (id, secret) = pair.split_once(':')?;
        let decode = |text: &str| {
            let spaced = text.replace('+', " ");
            percent_encoding::percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
        };
        Some(Self { id: decode(id)?, secret: Secret::new(decode(secret)?) })
    }
}

/// Id and secret are form-encoded before they are base64-encoded (RFC 6749 §2.3.1).
pub(super) fn basic(id: &str, secret: &str) -> Secret {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    Secret::new(STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret))))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn seen(name: &str, value: &str) -> Captured {
        Captured { head: Request::get("/").header(name, value).body(()).unwrap().into_parts().0, chain: Vec::new() }
    }

    #[test]
    fn what_a_text_holds_is_found_in_every_form_in_which_it_is_sent() {
        let held = Credential {
            token: Some(Secret::new("a.b.c")),
            client: Some(Client { id: "id".into(), secret: Secret::new("the secret") }),
            key: Some(Secret::new("ab_key")),
            ..Credential::default()
        };
        let found = |text: &str| {
            let found = held.found_in(text);
            (found.token.is_some(), found.client.is_some(), found.key.is_some(), found.is_empty())
        };
        assert_eq!(found("GET /hello-world 401 id"), (false, false, false, true));
        assert_eq!(found("x-api-key: ab_key"), (false, false, true, false));
        assert_eq!(found("Bearer a.b.c, the secret"), (true, true, false, false));
        assert_eq!(found(&format!("Basic {}", basic("id", "the secret").expose())), (false, true, false, false));
    }

    #[test]
    fn a_thief_uses_all_that_the_loot_holds() {
        let token = Credential::looted(seen("authorization", "Bearer abc")).unwrap();
        assert_eq!(token.token.unwrap().expose(), "abc");
        let key = Credential::looted(seen("x-api-key", "ab_1")).unwrap();
        let mut headers = HeaderMap::new();
        key.present(&mut headers).unwrap();
        assert_eq!(headers["x-api-key"], "ab_1");
        let client = Credential::looted(seen("authorization", "Basic YSUzQWI6cCUyNStx")).unwrap().client.unwrap();
        assert_eq!((client.id.as_str(), client.secret.expose()), ("a:b", "p% q"));
        assert!(Credential::looted(seen("accept", "*/*")).unwrap().identity.is_none());
    }
}
