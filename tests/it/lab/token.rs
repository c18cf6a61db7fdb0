//! Tokens as anybody can take them apart and put them together.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

/// Base64url without padding.
pub(crate) fn encode(octets: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// What is signed: header and payload exactly as written.
pub(crate) fn input(header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
    format!("{}.{}", encode(header), encode(payload))
}

/// The three parts of a token.
pub(crate) fn parts(token: &str) -> [&str; 3] {
    token.split('.').collect::<Vec<_>>().try_into().unwrap_or_else(|_| panic!("not three parts: {token}"))
}

/// Header or payload of a token.
pub(crate) fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The header of a token.
pub(crate) fn header(token: &str) -> Value {
    decoded(parts(token)[0])
}

/// What a token says.
pub(crate) fn claims(token: &str) -> Value {
    decoded(parts(token)[1])
}

/// The name of the key that signed it.
pub(crate) fn kid(token: &str) -> String {
    super::text(&header(token), "kid").to_owned()
}
