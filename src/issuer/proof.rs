//! How a client says that it is itself: one method a request (RFC 6749 §2.3, RFC 7521 §4.2).

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, header::AUTHORIZATION};

use super::{form::Form, refusal::TokenRefusal};
use crate::{
    denial::{Denial, Reason},
    secret::Secret,
};

/// The only kind of assertion (RFC 7523 §2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a client presents. Nothing of it is believed yet.
#[derive(Debug, Clone)]
pub enum Proof {
    /// `client_secret_basic` or `client_secret_post`.
    Secret {
        /// The client id.
        id: String,
        /// What it claims to know.
        secret: Secret,
    },
    /// `private_key_jwt`.
    Assertion {
        /// `client_id`, which may stand beside the assertion and must then name the same client.
        id: Option<String>,
        /// The JWT.
        assertion: Secret,
    },
}

impl Proof {
    /// The proof in headers and form; `None` when there is none.
    pub(super) fn read(headers: &HeaderMap, form: &mut Form) -> Result<Option<Self>, TokenRefusal> {
        let basic = basic_credentials(headers)?;
        let (secret, assertion) = (form.client_secret.take(), form.client_assertion.take());
        let kind = form.client_assertion_type.take();
        let id = form.client_id.take();
        if usize::from(basic.is_some()) + usize::from(secret.is_some()) + usize::from(assertion.is_some()) > 1 {
            return Err(TokenRefusal::ambiguous("two methods of client authentication at once"));
        }
        match (assertion, kind) {
            (Some(assertion), Some(kind)) if kind == JWT_BEARER => return Ok(Some(Self::Assertion { id, assertion })),
            (Some(_), Some(_)) => {
                return Err(TokenRefusal::invalid_client(Denial::new(Reason::CredentialMalformed, "an unknown assertion type")));
            }
            (None, None) => {}
            _ => return Err(TokenRefusal::invalid_request("client_assertion and client_assertion_type belong together")),
        }
        match (basic, id, secret) {
            (Some((id, _)), Some(other), _) if id != other => {
                Err(TokenRefusal::ambiguous("client_id differs from that in Authorization"))
            }
            (Some((id, secret)), ..) | (None, Some(id), Some(secret)) => Ok(Some(Self::Secret { id, secret })),
            (None, ..) => Ok(None),
        }
    }
}

/// Id and secret are form-urlencoded before they are joined and base64-encoded (RFC 6749 §2.3.1).
fn basic_credentials(headers: &HeaderMap) -> Result<Option<(String, Secret)>, TokenRefusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(first) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(TokenRefusal::ambiguous("more than one Authorization header"));
    }
    let text = first.to_str().ok().and_then(|text| text.split_once(' '));
    let encoded = text.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic")).map(|(_, encoded)| encoded.trim_start());
    let pair = encoded.and_then(|encoded| STANDARD.decode(encoded).ok()).and_then(|octets| String::from_utf8(octets).ok());
    let read =
        pair.as_deref().and_then(|pair| pair.split_once(':')).and_then(|(id, secret)| Some((decoded(id)?, decoded(secret)?)));
    // An empty secret is none at all, and none is ever issued.
    if let Some((id, secret)) = read.filter(|(id, secret)| !id.is_empty() && !secret.is_empty()) {
        Ok(Some((id, Secret::new(secret))))
    } else {
        let cause = "the Authorization header is no readable Basic";
        Err(TokenRefusal::invalid_client(Denial::new(Reason::CredentialMalformed, cause)))
    }
}

fn decoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}
