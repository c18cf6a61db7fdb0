//! API keys over real sockets, the ids K1 to K5 and K7 of the threat model by name.

mod callers;
mod checksum;
mod crash;
mod headers;
mod life;
mod nowhere;
mod opaque;
mod query;
mod same_answer;
mod strength;

use crate::lab::{Lab, PATH, Server, text};

/// The key that a command makes, once a running server knows it.
fn made(lab: &Lab, arguments: &[&str]) -> String {
    text(&lab.effective(arguments), "key").to_owned()
}

/// The same, without waiting for that.
fn printed(lab: &Lab, arguments: &[&str]) -> String {
    text(&lab.json(arguments), "key").to_owned()
}

/// `allowed`, or the reason of the refusal.
fn outcome(server: &Server, key: &str) -> String {
    server.line(None).get(PATH, &[("x-api-key", key)]).unwrap().outcome()
}

/// CRC-32 to the base 62, as `docs/wire.md` writes the checksum.
fn with_checksum(body: &str) -> String {
    let digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = crc32fast::hash(body.as_bytes());
    let mut checksum = [0; 6];
    for digit in checksum.iter_mut().rev() {
        *digit = digits[(rest % 62) as usize];
        rest /= 62;
    }
    format!("{body}{}", std::str::from_utf8(&checksum).unwrap())
}

/// The same id with another secret, in the right form.
fn with_another_secret(key: &str) -> String {
    let (body, last) = (&key[..47], &key[47..48]);
    with_checksum(&format!("{body}{}", if last == "0" { "1" } else { "0" }))
}

/// The same key with one letter of its checksum changed.
fn with_wrong_checksum(key: &str) -> String {
    let (body, last) = key.split_at(key.len() - 1);
    format!("{body}{}", if last == "0" { "1" } else { "0" })
}
