//! Every secret that a test made is looked for in everything that was written when the test ends: what commands said on stderr, what
//! servers recorded, and the whole state directory, the audit log and the database with its journal among it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
};

use authbench::authn::apikey::ApiKey;
use serde_json::Value;

/// What is kept of one laboratory until its end.
#[derive(Debug, Default)]
pub(super) struct Leaks {
    secrets: Mutex<Vec<String>>,
    said: Mutex<String>,
}

impl Leaks {
    /// Remembers every secret in the answer of a command.
    pub(super) fn learn(&self, answer: &Value) {
        match answer {
            Value::Object(members) => members.iter().for_each(|(name, value)| match value {
                // A certificate's `key` is the path of one.
                Value::String(secret) if is_secret(name) && !secret.contains('/') => {
                    self.secrets.lock().unwrap().push(secret.clone());
                }
                other => self.learn(other),
            }),
            Value::Array(all) => all.iter().for_each(|one| self.learn(one)),
            _ => {}
        }
    }

    /// Keeps what a command said to people.
    pub(super) fn hear(&self, said: &str) {
        self.said.lock().unwrap().push_str(said);
    }

    /// What was found of secrets, and where, below the directory of a laboratory.
    pub(super) fn found(&self, directory: &Path) -> Vec<String> {
        let secrets = self.secrets.lock().unwrap();
        let said = ("stderr of a command".to_owned(), self.said.lock().unwrap().clone());
        let read = |path: PathBuf| {
            let octets = fs::read(&path).unwrap_or_default();
            (path.display().to_string(), String::from_utf8_lossy(&octets).into_owned())
        };
        let places = written(directory).into_iter().map(read).chain([said]);
        places
            .flat_map(|(place, text)| in_text(&text, &secrets).into_iter().map(move |what| format!("{what} in {place}")))
            .collect()
    }
}

fn is_secret(name: &str) -> bool {
    ["client_secret", "key", "access_token"].contains(&name)
}

/// Records of servers, and all of the state but the private keys that belong there.
fn written(directory: &Path) -> Vec<PathBuf> {
    let of = |path: &Path| fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).collect::<Vec<_>>();
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (mut files, mut open) = (of(directory), vec![directory.join("state")]);
    files.retain(|path| name(path).starts_with("records-"));
    while let Some(next) = open.pop() {
        for path in of(&next) {
            match fs::symlink_metadata(&path) {
                Ok(found) if found.is_dir() && name(&path) != "signing-keys" => open.push(path),
                Ok(found) if found.is_file() => files.push(path),
                _ => {}
            }
        }
    }
    files
}

/// The secrets in a text: those that are known, and whatever has the form of one.
fn in_text(text: &str, known: &[String]) -> Vec<&'static str> {
    let all = [
        ("a secret", known.iter().any(|secret| text.contains(secret.as_str()))),
        ("a whole token", tokens(text).next().is_some()),
        ("an API key", keys(text).next().is_some()),
        ("a private key", text.contains("PRIVATE KEY-----")),
    ];
    all.into_iter().filter_map(|(what, is_there)| is_there.then_some(what)).collect()
}

/// JWS in compact form that somebody signed.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let in_token = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    text.split(move |letter| !in_token(letter)).filter(|word| {
        let parts: Vec<_> = word.split('.').collect();
        matches!(*parts, [header, payload, signature] if header.starts_with("eyJ") && payload.starts_with("eyJ") && signature.len() >= 64)
    })
}

/// API keys of our own form whose checksum is right.
fn keys(text: &str) -> impl Iterator<Item = &str> {
    let in_key = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.split(move |letter| !in_key(letter)).filter(|word| word.starts_with("ab_") && ApiKey::parse(word).is_some())
}

#[test]
fn a_secret_is_found_wherever_it_was_written() {
    let directory = tempfile::tempdir().unwrap();
    let (_, key) = ApiKey::generate(None).unwrap();
    let token = format!("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJhIn0.{}", "A".repeat(86));
    let leaks = Leaks::default();
    leaks.learn(&serde_json::json!([{"client_secret": "s3cret-s3cret-s3cret", "key": "clients/partner/key.pem"}, 7]));
    fs::create_dir_all(directory.path().join("state/audit")).unwrap();
    fs::create_dir_all(directory.path().join("state/signing-keys")).unwrap();
    let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
    write("state/signing-keys/a.pem", "-----BEGIN PRIVATE KEY-----");
    write("partner.secret", "s3cret-s3cret-s3cret");
    write("records-1", "clients/partner/key.pem eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJhIn0. ab_0123456789ab_");
    assert_eq!(leaks.found(directory.path()), [""; 0]);
    for (text, what) in [
        ("{\"cause\":\"s3cret-s3cret-s3cret\"}", "a secret"),
        (token.as_str(), "a whole token"),
        (&format!("x-api-key={}&", key.expose()), "an API key"),
        ("-----BEGIN EC PRIVATE KEY-----", "a private key"),
    ] {
        for place in ["records-1", "state/audit/a.jsonl", "state/authbench.db-wal"] {
            write(place, text);
            let found = leaks.found(directory.path());
            assert_eq!(found, [format!("{what} in {}", directory.path().join(place).display())]);
            write(place, "");
        }
    }
    leaks.hear("authbench: s3cret-s3cret-s3cret is wrong");
    assert_eq!(leaks.found(directory.path()), ["a secret in stderr of a command"]);
}
