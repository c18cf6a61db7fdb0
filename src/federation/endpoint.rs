//! Where an issuer publishes its keys: one `GET` over verified TLS, and nothing of what a clever answer could ask for.

use std::time::Duration;

use bytes::Bytes;
use http::{
    Request, StatusCode, Uri,
    header::{ACCEPT, USER_AGENT},
};
use tokio::time::timeout;

use super::LONGEST_SET;
use crate::caller::{Deadlines, Dial, Exchange, Origin, Protocol, Tls, Trust};

/// An https URL, and who may sign its server's certificate.
#[derive(Debug)]
pub struct Endpoint {
    dial: Dial,
    request: Request<Bytes>,
}

impl Endpoint {
    /// Reads the URL and the authorities (PEM); without them, those that this machine trusts.
    ///
    /// # Errors
    /// A sentence when the URL is not https, or there is no authority.
    pub fn new(url: &str, ca: Option<Vec<u8>>) -> Result<Self, String> {
        let uri: Uri = url.parse().map_err(|_| format!("`{url}` is no URL"))?;
        let origin = Origin::parse(url)?;
        if !origin.secure {
            return Err(format!("`{url}` is no https URL"));
        }
        // Each fetch verifies the certificate anew: a resumed session would not.
        let tls = Tls::new(&ca.map_or(Trust::System, Trust::Ca), None, Protocol::Http1, None)?.without_resumption();
        let mut dial = Dial::new(origin, Some(tls));
        dial.longest_body = LONGEST_SET;
        let target = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let request = Request::get(target)
            .header(ACCEPT, "application/jwk-set+json, application/json")
            .header(USER_AGENT, concat!("authbench/", env!("CARGO_PKG_VERSION")))
            .body(Bytes::new())
            .map_err(|error| format!("`{url}`: {error}"))?;
        Ok(Self { dial, request })
    }

    /// Fetches the document: status 200 and JSON, whole within this time. Redirects are not followed.
    ///
    /// # Errors
    /// A sentence that says what came instead.
    pub async fn fetch(&self, within: Duration) -> Result<Bytes, String> {
        // One limit for the whole; none of the parts may take longer either.
        let dial = Dial { deadlines: Deadlines { connect: within, handshake: within, exchange: within }, ..self.dial.clone() };
        let exchange = async { dial.connect().await?.send(&self.request).await };
        match timeout(within, exchange).await {
            Ok(Ok(answer)) => read(answer),
            Ok(Err(broken)) => Err(broken.to_string()),
            Err(_) => Err(format!("no whole answer within {within:?}")),
        }
    }
}

fn read(answer: Exchange) -> Result<Bytes, String> {
    if answer.status.is_redirection() {
        return Err(format!("it answered {}: redirects are not followed", answer.status.as_u16()));
    }
    if answer.status != StatusCode::OK {
        return Err(format!("it answered {}", answer.status.as_u16()));
    }
    let kind = answer.header("content-type").unwrap_or_default();
    if !is_json(kind) {
        return Err(format!("it answered with `{kind:.64}`, which is no JSON"));
    }
    Ok(answer.body)
}

/// `application/json`, or anything `+json` (RFC 6839 §3.1) such as `application/jwk-set+json` (RFC 7517 §8.5.2).
fn is_json(kind: &str) -> bool {
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.strip_prefix("application/").is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_what_says_so() {
        for json in ["application/json", "application/json; charset=utf-8", "APPLICATION/JWK-SET+JSON", "application/json ;x"] {
            assert!(is_json(json), "{json}");
        }
        for other in ["", "text/json", "text/html", "application/jsonp", "application/x-json", "json", "application/jose"] {
            assert!(!is_json(other), "{other}");
        }
    }

    #[test]
    fn only_https_is_an_endpoint() {
        let ca = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap().cert.pem().into_bytes();
        for url in ["http://localhost/jwks", "localhost/jwks", "file:///etc/passwd", "https://", ""] {
            assert!(Endpoint::new(url, Some(ca.clone())).is_err(), "{url}");
        }
        let endpoint = Endpoint::new("https://localhost:1/a/jwks?p=x", Some(ca)).unwrap();
        assert_eq!(endpoint.request.uri(), "/a/jwks?p=x");
    }
}
