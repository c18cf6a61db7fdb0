//! Getting an access token as a client does: client credentials over HTTP Basic (RFC 6749 §4.4).

use bytes::Bytes;
use form_urlencoded::{Serializer, byte_serialize};
use http::{
    Request,
    header::{AUTHORIZATION, CONTENT_TYPE},
};

use super::Exchange;
use crate::{secret::Secret, wire::TOKEN_PATH};

/// What a client sends to the token endpoint. `scopes` in full; none asks for all that the client has.
///
/// Id and secret are form-encoded before they are base64-encoded (RFC 6749 §2.3.1).
///
/// # Errors
/// A sentence when the request cannot be built.
pub fn request(client_id: &str, secret: &Secret, scopes: &[String]) -> Result<Request<Bytes>, String> {
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encode(client_id), encode(secret.expose()));
    let basic = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pair);
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    if !scopes.is_empty() {
        form.append_pair("scope", &scopes.join(" "));
    }
    Request::post(TOKEN_PATH)
        .header(AUTHORIZATION, format!("Basic {basic}"))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Bytes::from(form.finish()))
        .map_err(|error| error.to_string())
}

/// The token in an answer of the token endpoint.
pub fn access_token(answer: &Exchange) -> Option<Secret> {
    let json = answer.json();
    answer.status.is_success().then(|| json["access_token"].as_str().map(Secret::new)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_and_secret_are_encoded_before_basic() {
        let request = request("a:b", &Secret::new("p%+ ü"), &["https://h/test/hello-world".into()]).unwrap();
        let basic = request.headers()[AUTHORIZATION].to_str().unwrap();
        let pair = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, &basic[6..]).unwrap();
        assert_eq!(String::from_utf8(pair).unwrap(), "a%3Ab:p%25%2B+%C3%BC");
        insta::assert_snapshot!(String::from_utf8_lossy(request.body()), @"grant_type=client_credentials&scope=https%3A%2F%2Fh%2Ftest%2Fhello-world");
    }
}
