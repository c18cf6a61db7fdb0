//! The exchange that proves a cell, as lines that people read, with no secret in them.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::Request;

use crate::{
    caller::{Connection, Exchange},
    secret::Secret,
};

/// How much of a secret is shown.
const SHOWN: usize = 8;
/// How much of a body is shown.
const BODY: usize = 400;
/// The answer's header fields that say something about a decision.
const TELLING: &[&str] = &[
    "www-authenticate",
    "retry-after",
    "ratelimit",
    "ratelimit-policy",
    "allow",
    "content-type",
    "x-amzn-errortype",
    "x-request-id",
    "x-amzn-requestid",
];

/// Lines, in which every secret that was ever learned is shortened.
#[derive(Debug, Default)]
pub(super) struct Proof {
    secrets: BTreeSet<Length>,
    lines: Vec<String>,
}

/// Longer secrets first: one may hold another.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Length(std::cmp::Reverse<usize>, String);

impl std::fmt::Debug for Length {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl Proof {
    /// From now on this text is shown by its beginning only.
    pub(super) fn hide(&mut self, secret: &Secret) {
        let text = secret.expose();
        if text.len() > SHOWN {
            self.secrets.insert(Length(std::cmp::Reverse(text.len()), text.to_owned()));
        }
    }

    /// Adds one line.
    pub(super) fn line(&mut self, text: impl AsRef<str>) {
        let line = self.shortened(text.as_ref());
        self.lines.push(line);
    }

    fn shortened(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for Length(_, secret) in &self.secrets {
            if text.contains(secret.as_str()) {
                let shown: String = secret.chars().take(SHOWN).collect();
                text = text.replace(secret.as_str(), &format!("{shown}…"));
            }
        }
        text
    }

    /// Adds what is known of a connection.
    pub(super) fn connection(&mut self, connection: &Connection, from: &str) {
        let Some(version) = connection.tls_version() else { return };
        let kind = if connection.is_resumed() { "resumed session" } else { "full handshake" };
        self.line(format!("* {version}, {kind}{from}"));
    }

    /// Adds a request.
    pub(super) fn request(&mut self, request: &Request<Bytes>) {
        self.line(format!("> {} {}", request.method(), request.uri()));
        for (name, value) in request.headers() {
            self.line(format!("> {name}: {}", String::from_utf8_lossy(value.as_bytes())));
        }
        if !request.body().is_empty() {
            self.line(format!("> {}", String::from_utf8_lossy(request.body())));
        }
    }

    /// Adds an answer.
    pub(super) fn answer(&mut self, answer: &Exchange) {
        self.line(format!("< {}", answer.status));
        for name in TELLING {
            if let Some(value) = answer.header(name) {
                self.line(format!("< {name}: {value}"));
            }
        }
        // Secrets first: half of one, cut off by the limit, would not be recognised.
        let body: String = self.shortened(&String::from_utf8_lossy(&answer.body)).chars().take(BODY).collect();
        self.line(format!("< {body}"));
    }

    /// Everything since the last time.
    pub(super) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_shortened_wherever_they_stand() {
        let mut proof = Proof::default();
        proof.hide(&Secret::new("abcdefghijkl"));
        proof.hide(&Secret::new("xyz-abcdefghijkl"));
        proof.line("key abcdefghijkl, pair xyz-abcdefghijkl");
        assert_eq!(proof.take(), ["key abcdefgh…, pair xyz-abcd…"]);
        assert!(proof.take().is_empty());
        assert!(!format!("{proof:?}").contains("abc"));
    }

    #[test]
    fn a_body_is_cut_after_its_secrets_are_shortened() {
        let secret = "s".repeat(BODY);
        let mut proof = Proof::default();
        proof.hide(&Secret::new(&secret));
        let body = format!("{{\"access_token\":\"{secret}\"}}");
        proof.answer(&Exchange { status: http::StatusCode::OK, headers: http::HeaderMap::new(), body: body.into() });
        assert_eq!(proof.take(), ["< 200 OK", "< {\"access_token\":\"ssssssss…\"}"]);
    }
}
