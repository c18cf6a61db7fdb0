//! `JSONTestSuite`: texts that are JSON (`y_`), are not (`n_`), or on which parsers may differ (`i_`), wherever a token holds JSON.

use std::{fs, time::SystemTime};

use authbench::{
    authn::jwt::{Payload, Tokens, jws::Compact},
    denial::Reason,
    store::{Store, feed},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{Tally, vectors};

/// The names and contents of the texts, in a stable order.
fn texts() -> Option<Vec<(String, Vec<u8>)>> {
    let files = fs::read_dir(vectors("JSONTestSuite")?).unwrap();
    let mut texts: Vec<_> = files
        .map(|file| file.unwrap())
        .filter(|file| file.path().extension().is_some_and(|end| end == "json"))
        .map(|file| (file.file_name().to_string_lossy().into_owned(), fs::read(file.path()).unwrap()))
        .collect();
    texts.sort();
    Some(texts)
}

/// Whether the text of that name is JSON; `None` when parsers may differ.
fn is_json(name: &str) -> Option<bool> {
    match &name[..2] {
        "y_" => Some(true),
        "n_" => Some(false),
        "i_" => None,
        _ => panic!("{name} says nothing of its text"),
    }
}

fn token(header: &[u8], payload: &[u8]) -> String {
    format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload))
}

/// The stated limits that keep good JSON out, read from the text: a name that is there twice (RFC 8259 §4 leaves it to the
/// reader), and as a payload what is no object (RFC 7519 §7.2).
fn limit(place: &str, text: &[u8]) -> Option<&'static str> {
    let value: serde_json::Value = serde_json::from_slice(text).ok()?;
    let object = value.as_object();
    let names = |name: &String| String::from_utf8_lossy(text).matches(&format!("\"{name}\"")).count();
    if object.is_some_and(|object| object.keys().any(|name| names(name) > 1)) {
        return Some("a member is there twice");
    }
    (place == "as a payload" && object.is_none()).then_some("no object")
}

/// Runs every text through `refusal`, which says how it was refused when it was not taken for JSON.
fn check(place: &str, refusal: impl Fn(&[u8]) -> Result<(), String>) {
    let Some(texts) = texts() else { return };
    let mut tally = Tally::default();
    for (name, text) in texts {
        let outcome = refusal(&text);
        // Where parsers may differ, not to panic is all that is asked: either outcome is right.
        let json = is_json(&name).unwrap_or(outcome.is_ok());
        tally.count(&name, json, outcome, limit(place, &text));
    }
    tally.judge(&format!("JSONTestSuite {place}"));
}

/// None of them is a header, as none has an `alg`: each is refused as malformed, JSON or not.
#[test]
fn as_a_header() {
    let Some(texts) = texts() else { return };
    let mut tally = Tally::default();
    for (name, text) in texts {
        let refused = Compact::parse(&token(&text, b"{}")).map(|_| ()).map_err(|denial| denial.reason);
        assert!(refused.is_ok() || refused == Err(Reason::CredentialMalformed), "{name}: {refused:?}");
        tally.count(&name, false, refused.map_err(|reason| reason.to_string()), None);
    }
    tally.judge("JSONTestSuite as a header");
}

/// As the value of a member that nobody asks for: what is JSON must do no harm, what is not must be refused.
#[test]
fn as_a_member_of_a_header() {
    check("as a member of a header", |text| {
        let header = [br#"{"alg":"ES256","kid":"k","x":"#, text, b"}"].concat();
        let token = token(&header, b"{}");
        Compact::parse(&token).map(|_| ()).map_err(|denial| {
            assert_eq!(denial.reason, Reason::CredentialMalformed, "{}", denial.cause);
            denial.cause.into_owned()
        })
    });
}

/// None has an `iss`: an object comes from no trusted issuer; what is no object, or not JSON at all, is malformed.
#[test]
fn as_a_payload() {
    let directory = tempfile::tempdir().unwrap();
    Store::open(directory.path()).unwrap();
    let (memory, _feed) = feed::follow(directory.path(), |_| {}).unwrap();
    let tokens = Tokens::new(memory, Vec::new(), "https://localhost/test".into());
    let header = br#"{"alg":"ES256","kid":"k","typ":"at+jwt"}"#;
    check("as a payload", |text| {
        let denial = tokens.verify(&token(header, text), SystemTime::UNIX_EPOCH).unwrap_err();
        match denial.reason {
            Reason::IssuerMismatch => Ok(()),
            Reason::CredentialMalformed => Err(denial.cause.into_owned()),
            other => panic!("refused as {other}"),
        }
    });
}

/// As a claim that nobody asks for: what is JSON must do no harm, what is not must be refused.
#[test]
fn as_a_member_of_a_payload() {
    check("as a member of a payload", |text| {
        let payload = [br#"{"iss":"i","sub":"s","jti":"j","exp":1,"iat":1,"x":"#, text, b"}"].concat();
        let read = Payload::read(&payload).map(|payload| payload.claims().map(|_| ()).unwrap());
        read.map_err(|denial| denial.cause.into_owned())
    });
}
