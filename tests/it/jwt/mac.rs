//! Tokens with a MAC for a signature (RFC 7518 §3.2), which nobody here accepts.

use aws_lc_rs::hmac;
use serde_json::{Value, json};

use crate::lab::{encode, input};

/// A token whose `alg` is a MAC, under any text for a secret.
pub(crate) fn mac(algorithm: &str, kid: &str, claims: &Value, secret: &[u8]) -> String {
    let of = match algorithm {
        "HS384" => hmac::HMAC_SHA384,
        "HS512" => hmac::HMAC_SHA512,
        _ => hmac::HMAC_SHA256,
    };
    let header = json!({"alg": algorithm, "typ": "at+jwt", "kid": kid});
    let input = input(header.to_string(), claims.to_string());
    let tag = hmac::sign(&hmac::Key::new(of, secret), input.as_bytes());
    format!("{input}.{}", encode(tag))
}
