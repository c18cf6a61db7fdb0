//! A caller with a directory of its own: it calls with what lies there and with nothing else.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::Request;
use serde_json::Value;

use super::own_key::OwnKey;
use crate::{
    caller::{Identity, token},
    compare::credential::{Client, Credential},
    mode::Mode,
    secret::Secret,
};

/// The names of a caller's files.
pub(super) const CA: &str = "ca.pem";
const CLIENT_ID: &str = "client-id";
const CLIENT_SECRET: &str = "client-secret";
const API_KEY: &str = "api-key";
const CHAIN: &str = "chain.pem";
pub(super) const KEY: &str = "key.pem";

/// A caller.
#[derive(Debug)]
pub(super) struct Partner {
    pub(super) name: String,
    pub(super) directory: PathBuf,
    /// The key that it made itself.
    pub(super) own: Option<OwnKey>,
    /// The token that it has got.
    pub(super) token: Option<Secret>,
}

/// Something that an operator has for a caller.
#[derive(Debug)]
pub(super) struct Thing {
    pub(super) what: &'static str,
    pub(super) secret: bool,
    pub(super) file: &'static str,
    pub(super) text: Vec<u8>,
}

impl Partner {
    /// One whose directory is there and empty.
    pub(super) fn new(directory: PathBuf, name: &str) -> Result<Self, String> {
        std::fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
        Ok(Self { name: name.to_owned(), directory, own: None, token: None })
    }

    fn read(&self, file: &str) -> Option<Vec<u8>> {
        std::fs::read(self.directory.join(file)).ok()
    }

    fn text(&self, file: &str) -> Option<String> {
        self.read(file).and_then(|text| String::from_utf8(text).ok())
    }

    /// Whether a file holds this.
    pub(super) fn has(&self, thing: &Thing) -> bool {
        self.read(thing.file).as_ref() == Some(&thing.text)
    }

    /// What it can show for itself.
    pub(super) fn credential(&self) -> Result<Credential, String> {
        let client = self.text(CLIENT_ID).zip(self.text(CLIENT_SECRET));
        let identity = match (self.read(CHAIN), self.read(KEY)) {
            (Some(chain), Some(key)) => Some(Identity::from_pem(&chain, &key)?),
            _ => None,
        };
        Ok(Credential {
            client: client.map(|(id, secret)| Client { id, secret: Secret::new(secret) }),
            token: self.token.clone(),
            key: self.text(API_KEY).map(Secret::new),
            identity,
            ..Credential::default()
        })
    }

    /// What it sends to the token service of `issuer`; nothing when it is no client.
    pub(super) fn token_request(&self, issuer: &str) -> Result<Option<Request<Bytes>>, String> {
        match (self.text(CLIENT_ID), self.text(CLIENT_SECRET), &self.own) {
            (Some(id), Some(secret), _) => token::request(&id, &Secret::new(secret), &[]).map(Some),
            (Some(id), None, Some(own)) => own.token_request(&id, issuer, &self.name).map(Some),
            _ => Ok(None),
        }
    }
}

/// What is in a command's answer for the caller.
///
/// # Errors
/// A sentence when a file that the answer names cannot be read.
pub(super) fn things(mode: Mode, answer: &Value) -> Result<Vec<Thing>, String> {
    let text = |member: &str| answer[member].as_str().map(|text| text.as_bytes().to_vec());
    let file = |member: &str| answer[member].as_str().map(|path| read(path.as_ref())).transpose();
    let thing = |what, secret, file, text: Option<Vec<u8>>| text.map(|text| Thing { what, secret, file, text });
    let all = match mode {
        Mode::Open => [None, None],
        Mode::Jwt => [
            thing("client id", false, CLIENT_ID, text("client_id")),
            thing("client secret", true, CLIENT_SECRET, text("client_secret")),
        ],
        Mode::Mtls => [thing("certificate", false, CHAIN, file("chain")?), thing("private key", true, KEY, file("key")?)],
        Mode::Apikey => [thing("API key", true, API_KEY, text("key")), None],
    };
    Ok(all.into_iter().flatten().collect())
}

/// Reads a file of the operator's.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}
