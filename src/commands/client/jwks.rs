//! The public keys that a client hands over: a JWK set (RFC 7517 §5) in a file.

use std::path::Path;

use serde_json::Value;

use crate::{authn::jwt::KeySet, exit::Failure, files};

/// Members that only private and symmetric keys have (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
/// Longer files hold something else.
const LONGEST: usize = 64 * 1024;

/// Reads the file: the text to keep, without spaces, and the names of the keys.
///
/// # Errors
/// Exit 2 when it holds anything but public keys with a `kid` each; exit 3 when it cannot be read.
pub(super) fn read(file: &Path) -> Result<(String, Vec<String>), Failure> {
    let unusable = |why: &str| {
        Failure::usage(format!("{} cannot be used as the client's keys: {why}", file.display()))
            .remedy("write a JWK set of public keys (EC P-256, RSA from 2048 bits, Ed25519), each with a `kid` of its own")
    };
    let octets = files::read(file)?;
    if octets.len() > LONGEST {
        return Err(unusable("it is too long"));
    }
    let text = String::from_utf8(octets).map_err(|_| unusable("it is no text"))?;
    let set: Value = serde_json::from_str(&text).map_err(|error| unusable(&format!("not JSON: {error}")))?;
    let keys = set["keys"].as_array().ok_or_else(|| unusable("not a JWK set: no `keys`"))?;
    if keys.iter().any(|key| PRIVATE.iter().any(|member| key.get(member).is_some())) {
        return Err(unusable("it holds a private key, which must not leave the client"));
    }
    // Read again from the text that is kept, so that a server reads the same.
    let kept = set.to_string();
    let read = KeySet::from_jwks(&kept).map_err(|why| unusable(&why))?;
    Ok((kept, read.kids().map(str::to_owned).collect()))
}

/// The names of the keys that are kept.
pub(super) fn kids(kept: &str) -> Vec<String> {
    KeySet::from_jwks(kept).map(|keys| keys.kids().map(str::to_owned).collect()).unwrap_or_default()
}
