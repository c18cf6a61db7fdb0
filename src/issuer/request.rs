//! A token request as the RFC wants it read: repeated parameters refused, empty ones absent, unknown ones ignored.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{
    HeaderMap, Uri,
    header::{AUTHORIZATION, CONTENT_TYPE},
};

use super::refusal::{ErrorCode, TokenRefusal};
use crate::{
    denial::{Denial, Reason},
    secret::Secret,
};

/// What a client asked, and how it says that it is itself.
#[derive(Debug, Default)]
pub struct TokenRequest {
    grant_type: Option<String>,
    /// Client id and secret, from Basic or from the body.
    pub(super) client: Option<(String, Secret)>,
    /// The asked scope; `None` is all that the client has.
    pub(super) scope: Option<String>,
}

#[derive(Default)]
struct Form {
    grant_type: Option<String>,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    scope: Option<String>,
}

impl TokenRequest {
    /// Reads headers and body.
    ///
    /// # Errors
    /// `invalid_request`, or `invalid_client` when the Basic credentials cannot be read.
    pub fn read(headers: &HeaderMap, uri: &Uri, body: &[u8]) -> Result<Self, TokenRefusal> {
        refuse_secrets_in(uri)?;
        let form = Form::read(headers, body)?;
        let basic = basic_credentials(headers)?;
        let client = match (&basic, form.client_id, form.client_secret) {
            (Some(_), _, Some(_)) => return Err(ambiguous("two methods of client authentication at once")),
            (Some((id, _)), Some(other), None) if *id != other => {
                return Err(ambiguous("client_id differs from that in Authorization"));
            }
            (Some(_), _, None) => basic.clone(),
            (None, Some(id), Some(secret)) => Some((id, secret)),
            (None, ..) => None,
        };
        Ok(Self { grant_type: form.grant_type, client, scope: form.scope })
    }

    pub(super) fn check_grant_type(&self) -> Result<(), TokenRefusal> {
        match self.grant_type.as_deref() {
            Some("client_credentials") => Ok(()),
            None => Err(TokenRefusal::invalid_request("grant_type is missing")),
            Some(_) => {
                let denial = Denial::new(Reason::CredentialMalformed, "another grant type");
                Err(TokenRefusal::new(ErrorCode::UnsupportedGrantType, "only client_credentials is granted here", denial))
            }
        }
    }
}

impl Form {
    fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, TokenRefusal> {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(TokenRefusal::invalid_request("the body must be application/x-www-form-urlencoded"));
        }
        let mut form = Self::default();
        let mut seen = Vec::new();
        for (name, value) in form_urlencoded::parse(body) {
            if seen.contains(&name) {
                return Err(TokenRefusal::invalid_request("a parameter is there twice"));
            }
            let value = Some(value.into_owned()).filter(|value| !value.is_empty());
            match &*name {
                "grant_type" => form.grant_type = value,
                "client_id" => form.client_id = value,
                "client_secret" => form.client_secret = value.map(Secret::new),
                "scope" => form.scope = value,
                _ => {}
            }
            seen.push(name);
        }
        Ok(form)
    }
}

/// Secrets in a URI end up in logs on the way; a client that sends them there is told so (§2.3.1).
fn refuse_secrets_in(uri: &Uri) -> Result<(), TokenRefusal> {
    let mut names = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    if names.any(|(name, _)| name == "client_secret") {
        return Err(TokenRefusal::invalid_request("a secret does not belong in the URI"));
    }
    Ok(())
}

/// Id and secret are form-urlencoded before they are joined and base64-encoded (RFC 6749 §2.3.1).
fn basic_credentials(headers: &HeaderMap) -> Result<Option<(String, Secret)>, TokenRefusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(first) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(ambiguous("more than one Authorization header"));
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
        let denial = Denial::new(Reason::CredentialMalformed, "the Authorization header is no readable Basic");
        Err(TokenRefusal::new(ErrorCode::InvalidClient, "client authentication failed", denial))
    }
}

fn decoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

fn ambiguous(description: &'static str) -> TokenRefusal {
    TokenRefusal::new(ErrorCode::InvalidRequest, description, Denial::new(Reason::CredentialAmbiguous, description))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(basic: Option<&str>, body: &str) -> Result<(String, String), (ErrorCode, &'static str)> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8".parse().unwrap());
        if let Some(pair) = basic {
            headers.insert(AUTHORIZATION, format!("Basic {}", STANDARD.encode(pair)).parse().unwrap());
        }
        let request = TokenRequest::read(&headers, &Uri::from_static("/oauth2/token"), body.as_bytes());
        let request = request.map_err(|refusal| (refusal.error, refusal.description()))?;
        request.check_grant_type().map_err(|refusal| (refusal.error, refusal.description()))?;
        Ok(request.client.map_or_else(Default::default, |(id, secret)| (id, secret.expose().to_owned())))
    }

    const GRANT: &str = "grant_type=client_credentials";

    #[test]
    fn basic_and_post_name_the_same_client() {
        let right = Ok(("id".to_owned(), "a:b%c+d é".to_owned()));
        assert_eq!(read(Some("id:a%3Ab%25c%2Bd+%C3%A9"), GRANT), right);
        assert_eq!(read(None, &format!("{GRANT}&client_id=id&client_secret=a%3Ab%25c%2Bd+%C3%A9")), right);
        assert_eq!(read(Some("id:s"), &format!("{GRANT}&client_id=id&unknown=1&scope=")), Ok(("id".into(), "s".into())));
        assert_eq!(read(None, &format!("{GRANT}&client_id=id")), Ok(Default::default()), "no secret, no client");
    }

    #[test]
    fn what_the_rfc_refuses_is_refused() {
        use ErrorCode::{InvalidClient, InvalidRequest, UnsupportedGrantType};
        let rows = [
            (Some("id:s"), format!("{GRANT}&client_secret=s"), InvalidRequest),
            (Some("id:s"), format!("{GRANT}&client_id=other"), InvalidRequest),
            (Some("id:s"), format!("{GRANT}&{GRANT}"), InvalidRequest),
            (Some("id:s"), format!("{GRANT}&x=1&x=2"), InvalidRequest),
            (Some("id:s"), "scope=a".to_owned(), InvalidRequest),
            (Some("id:s"), "grant_type=".to_owned(), InvalidRequest),
            (Some("id:s"), "grant_type=password".to_owned(), UnsupportedGrantType),
            (Some("no-colon"), GRANT.to_owned(), InvalidClient),
            (Some("id:%FF"), GRANT.to_owned(), InvalidClient),
            (Some("id:"), GRANT.to_owned(), InvalidClient),
            (Some(":s"), GRANT.to_owned(), InvalidClient),
            (Some(":"), GRANT.to_owned(), InvalidClient),
        ];
        for (basic, body, error) in rows {
            assert_eq!(read(basic, &body).map_err(|(error, _)| error), Err(error), "{basic:?} {body}");
        }
    }

    #[test]
    fn a_secret_in_the_uri_and_another_content_type_are_refused() {
        let mut headers = HeaderMap::new();
        let read = |headers: &HeaderMap, uri: &'static str| {
            TokenRequest::read(headers, &Uri::from_static(uri), GRANT.as_bytes())
                .map(drop)
                .map_err(|refusal| refusal.description())
        };
        assert_eq!(read(&headers, "/oauth2/token"), Err("the body must be application/x-www-form-urlencoded"));
        headers.insert(CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap());
        assert_eq!(read(&headers, "/oauth2/token"), Ok(()));
        assert_eq!(read(&headers, "/oauth2/token?client_secret=s"), Err("a secret does not belong in the URI"));
    }
}
