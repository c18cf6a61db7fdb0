//! Wycheproof: JSON web signatures, good ones and attacks, each with the key that it is for.

use std::fs;

use authbench::{
    algorithm::Algorithm,
    authn::jwt::{KeySet, jws::Compact},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{Tally, vectors};
use crate::lab::text;

/// The stated limit: no MAC, and of the signatures these three.
const OURS: [Algorithm; 3] = [Algorithm::Es256, Algorithm::Rs256, Algorithm::EdDsa];

#[test]
fn json_web_signatures() {
    check("json_web_signature_test.json");
}

#[test]
fn json_web_keys() {
    check("json_web_key_test.json");
}

/// Signatures and encryption mixed; encryption is none of ours, so what is encrypted is refused, valid or not.
#[test]
fn json_web_crypto() {
    check("json_web_crypto_test.json");
}

fn check(file: &str) {
    let Some(directory) = vectors("wycheproof") else { return };
    let content: Value = serde_json::from_str(&fs::read_to_string(directory.join(file)).unwrap()).unwrap();
    let (mut tally, mut with_their_key) = (Tally::default(), 0);
    for group in content["testGroups"].as_array().unwrap() {
        let keys = KeySet::from_jwks(&jwks(group).to_string());
        let tests = group["tests"].as_array().unwrap();
        with_their_key += if keys.is_err() { tests.len() } else { 0 };
        for test in tests {
            let valid = match text(test, "result") {
                "valid" => true,
                "invalid" => false,
                other => panic!("an unknown result `{other}`"),
            };
            let token = token(test);
            let name = format!("tcId {} {}", test["tcId"], text(test, "comment"));
            tally.count(&name, valid, verify(&token, &keys), limit(test, &token).as_deref());
        }
    }
    assert_eq!(json!(tally.run), content["numberOfTests"], "{file}: not all of them were run");
    println!("{file}: {with_their_key} say nothing of signatures, as their keys are refused");
    tally.judge(file);
}

/// The public key where there is one, alone or a set of them, exactly as the vectors have it.
fn jwks(group: &Value) -> Value {
    let key = group.get("public").unwrap_or(&group["private"]);
    if key.get("keys").is_some() { key.clone() } else { json!({ "keys": [key] }) }
}

/// A JWS in the JSON serialization is an object: its text is what a caller would send.
fn token(test: &Value) -> String {
    let sent = test.get("jws").or(test.get("jwe")).unwrap();
    sent.as_str().map_or_else(|| sent.to_string(), str::to_owned)
}

fn verify(token: &str, keys: &Result<KeySet, String>) -> Result<(), String> {
    let keys = keys.as_ref().map_err(|why| format!("key set refused: {why}"))?;
    let refused = |denial: authbench::denial::Denial| format!("{}: {}", denial.reason, denial.cause);
    Compact::parse(token).map_err(refused)?.verify(keys, &OURS).map_err(refused)?;
    Ok(())
}

/// The limit of ours that a vector meets, read from the vector and not from our answer: its algorithm.
fn limit(test: &Value, token: &str) -> Option<String> {
    if test.get("jws").is_none() {
        return Some("encrypted".into());
    }
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?;
    let header: Value = serde_json::from_slice(&header).ok()?;
    let algorithm = header["alg"].as_str()?;
    algorithm.parse::<Algorithm>().is_err().then(|| format!("algorithm {algorithm}"))
}
