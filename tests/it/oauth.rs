//! The token service as its RFCs want it: each O id of the list of threats, over HTTP, with its exact answer.

mod assertions;
mod bearer;
mod client_authentication;
mod client_keys;
mod clients;
mod discovery;
mod hostile;
mod introspection;
mod replicas;
mod resource_servers;
mod revocation;
mod signer;
mod token_answer;
mod token_endpoint;

use base64::{Engine, engine::general_purpose::STANDARD};
use form_urlencoded::byte_serialize;
use serde_json::Value;

use crate::{
    lab::{Answer, Lab, Line, text},
    refusals::shown,
};

const GRANT: &str = "grant_type=client_credentials";
const TOKEN: &str = "/oauth2/token";
const REVOKE: &str = "/oauth2/revoke";
const INTROSPECT: &str = "/oauth2/introspect";
const ENDPOINTS: [&str; 3] = [TOKEN, REVOKE, INTROSPECT];
/// A token names its issuer; a server that starts again on another port must still be the same one.
const FIXED: &str = "[jwt]\nissuer = \"https://issuer.test\"\nidentifier = \"https://api.test/test\"\n";

/// A client with a secret.
struct Client {
    id: String,
    secret: String,
}

impl Client {
    /// Made with these options, and known to running servers.
    fn new(lab: &Lab, name: &str, options: &[&str]) -> Self {
        Self::of(&lab.effective(&[&["client", "add", name], options].concat()))
    }

    fn of(made: &Value) -> Self {
        Self { id: text(made, "client_id").into(), secret: text(made, "client_secret").into() }
    }

    /// `Authorization` as RFC 6749 §2.3.1 writes it.
    fn basic(&self) -> String {
        basic(&self.id, &self.secret)
    }

    /// One request as this client.
    fn post(&self, line: &mut Line, path: &str, form: &str) -> Answer {
        line.post(path, &[("authorization", &self.basic())], form).unwrap()
    }

    /// A token with everything that the client may have.
    fn token(&self, line: &mut Line) -> String {
        access_token(&self.post(line, TOKEN, GRANT))
    }
}

fn basic(id: &str, secret: &str) -> String {
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(id), encode(secret))))
}

fn access_token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    text(&json(answer), "access_token").to_owned()
}

fn json(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

/// Status and `error`; an answer without an error has an empty one.
fn error(answer: &Answer) -> (u16, String) {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    (answer.status, body["error"].as_str().unwrap_or_default().to_owned())
}

/// What a resource server of ours makes of the token.
fn call(line: &mut Line, token: &str) -> String {
    line.get("/test/hello-world", &[("authorization", &format!("Bearer {token}"))]).unwrap().outcome()
}

/// Header or claims of a token, as anybody can read them.
fn part(token: &str, at: usize) -> Value {
    let part = token.split('.').nth(at).unwrap();
    let octets = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap();
    serde_json::from_slice(&octets).unwrap()
}

/// Asserts status and error of a row, naming it.
fn refused(answer: &Answer, status: u16, code: &str, what: &str) {
    assert_eq!(error(answer), (status, code.to_owned()), "{what}: {answer:?}");
}
