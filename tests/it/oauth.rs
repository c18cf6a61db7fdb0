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
mod signs;
mod token_answer;
mod token_endpoint;

use serde_json::Value;

use crate::{
    lab::{Answer, Line, TOKEN},
    refusals::shown,
};

const REVOKE: &str = "/oauth2/revoke";
const INTROSPECT: &str = "/oauth2/introspect";
const ENDPOINTS: [&str; 3] = [TOKEN, REVOKE, INTROSPECT];

/// Status and `error`; an answer without an error has an empty one.
fn error(answer: &Answer) -> (u16, String) {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    (answer.status, body["error"].as_str().unwrap_or_default().to_owned())
}

/// What a resource server of ours makes of the token.
fn call(line: &mut Line, token: &str) -> String {
    line.call(token).outcome()
}

/// Asserts status and error of a row, naming it.
fn refused(answer: &Answer, status: u16, code: &str, what: &str) {
    assert_eq!(error(answer), (status, code.to_owned()), "{what}: {answer:?}");
}
