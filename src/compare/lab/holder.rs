//! What a caller holds, and the connection and session that it has from its last call.

use std::time::SystemTime;

use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};

use crate::{
    caller::{Connection, Identity, Tls},
    compare::{forge::certificate, tap::Captured},
    secret::Secret,
    wire::API_KEY_HEADER,
};

/// A caller: rightful, thief or nobody.
#[derive(Debug, Default)]
pub(super) struct Holder {
    pub(super) credential: Credential,
    /// Several credentials that were made to be tried one after the other, with what is different about each.
    pub(super) made: Vec<(String, Credential)>,
    pub(super) session: Option<Tls>,
    pub(super) connection: Option<Connection>,
}

/// Whatever a caller has to show for itself. A caller uses all of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Credential {
    pub(super) client: Option<Client>,
    pub(super) token: Option<Secret>,
    pub(super) key: Option<Secret>,
    pub(super) identity: Option<Identity>,
    pub(super) serial: Option<String>,
    pub(super) ends: Option<SystemTime>,
}

/// An OAuth client.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) id: String,
    pub(super) secret: Secret,
}

impl Credential {
    /// The header fields in which it is presented.
    pub(super) fn present(&self, headers: &mut HeaderMap) -> Result<(), String> {
        let unfit = |_| "the credential does not fit into a header".to_owned();
        if let Some(token) = &self.token {
            let value = HeaderValue::try_from(format!("Bearer {}", token.expose())).map_err(unfit)?;
            headers.insert(AUTHORIZATION, value);
        }
        if let Some(key) = &self.key {
            headers.insert(API_KEY_HEADER, HeaderValue::try_from(key.expose()).map_err(unfit)?);
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

impl Client {
    /// Reads id and secret back out of HTTP Basic (RFC 6749 §2.3.1).
    fn from_basic(encoded: &str) -> Option<Self> {
        let octets = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, encoded).ok()?;
        let pair = String::from_utf8(octets).ok()?;
        let (id, secret) = pair.split_once(':')?;
        let decode = |text: &str| {
            let spaced = text.replace('+', " ");
            percent_encoding::percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
        };
        Some(Self { id: decode(id)?, secret: Secret::new(decode(secret)?) })
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn seen(name: &str, value: &str) -> Captured {
        Captured { head: Request::get("/").header(name, value).body(()).unwrap().into_parts().0, chain: Vec::new() }
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
