//! RFC 7520, the examples of JOSE: signatures with their keys (section 4), keys (section 3), and what is encrypted (section 5).

use std::{fs, path::Path};

use authbench::{
    algorithm::Algorithm,
    authn::jwt::{KeySet, jws::Compact},
};
use serde_json::{Value, json};

use super::{Tally, vectors};
use crate::lab::text;

const OURS: [Algorithm; 3] = [Algorithm::Es256, Algorithm::Rs256, Algorithm::EdDsa];
/// What tells a public key, and is no secret.
const PUBLIC: [&str; 10] = ["kty", "kid", "use", "alg", "key_ops", "crv", "x", "y", "n", "e"];

/// Every example below a directory of the cookbook, by name.
fn examples(directory: &str) -> Option<Vec<(String, Value)>> {
    let mut examples: Vec<_> =
        fs::read_dir(vectors("jose-cookbook")?.join(directory)).unwrap().map(|file| file.unwrap().path()).collect();
    examples.retain(|path| path.extension().is_some_and(|end| end == "json"));
    examples.sort();
    Some(examples.iter().map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), read(path))).collect())
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The public half of an example's key, or the symmetric key as it is: it must be refused.
fn keys(example: &Value) -> Result<KeySet, String> {
    let key = &example["input"]["key"];
    let keys: Vec<Value> = key.as_array().map_or_else(|| vec![key.clone()], Clone::clone);
    KeySet::from_jwks(&json!({ "keys": keys.iter().map(public).collect::<Vec<_>>() }).to_string())
}

fn public(key: &Value) -> Value {
    if key["kty"] == "oct" {
        return key.clone();
    }
    key.as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| PUBLIC.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn verify(token: &str, keys: &Result<KeySet, String>) -> Result<Vec<u8>, String> {
    let refused = |denial: authbench::denial::Denial| format!("{}: {}", denial.reason, denial.cause);
    let jws = Compact::parse(token).map_err(refused)?;
    let keys = keys.as_ref().map_err(|why| format!("key set refused: {why}"))?;
    Ok(jws.verify(keys, &OURS).map_err(refused)?.to_vec())
}

/// The stated limit that an example meets, read from the example: its form, or its algorithm.
fn limit(example: &Value, form: &str) -> Option<String> {
    let header = &example["signing"]["protected"];
    match (form, example["input"]["alg"].as_str()) {
        ("json" | "json_flat", _) => Some("JSON serialization (RFC 7515 §7.2)".into()),
        _ if header.get("b64").is_some() => Some("`b64` (RFC 7797)".into()),
        _ if header.get("kid").is_none() => Some("no `kid`".into()),
        (_, Some(alg)) if alg.parse::<Algorithm>().is_err() => Some(format!("algorithm {alg}")),
        _ => None,
    }
}

/// Section 4, the Ed25519 example of the same collection (RFC 8037) and `b64` (RFC 7797): each form of each.
#[test]
fn signatures() {
    let mut tally = Tally::default();
    let mut accepted = Vec::new();
    for directory in ["jws", "curve25519", "rfc7797"] {
        let Some(examples) = examples(directory) else { return };
        for (name, example) in examples.iter().filter(|(_, example)| example.get("signing").is_some()) {
            let keys = keys(example);
            for (form, output) in example["output"].as_object().unwrap() {
                let token = output.as_str().map_or_else(|| output.to_string(), str::to_owned);
                let payload = verify(&token, &keys);
                if let Ok(payload) = &payload {
                    assert_eq!(payload, text(&example["input"], "payload").as_bytes(), "{name}");
                    accepted.push((name.clone(), token, keys.clone()));
                }
                tally.count(&format!("{name} {form}"), true, payload.map(drop), limit(example, form).as_deref());
            }
        }
    }
    tally.judge("RFC 7520 signatures");
    let names: Vec<_> = accepted.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["4_1.rsa_v15_signature"]);
    for (name, token, keys) in &accepted {
        no_letter_can_be_changed(name, token, keys);
    }
}

/// Every letter of an accepted token, replaced by every other letter of base64url, by `=` and by `.`, and left out.
fn no_letter_can_be_changed(name: &str, token: &str, keys: &Result<KeySet, String>) {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.";
    let (mut run, mut accepted) = (0, Vec::new());
    for (at, letter) in token.char_indices() {
        let (before, after) = (&token[..at], &token[at + 1..]);
        let others = LETTERS.chars().filter(|other| *other != letter).map(|other| format!("{before}{other}{after}"));
        for changed in others.chain([format!("{before}{after}")]) {
            run += 1;
            if verify(&changed, keys).is_ok() {
                accepted.push(changed);
            }
        }
    }
    println!("RFC 7520 {name} with one letter changed: {run} run, {} wrongly accepted", accepted.len());
    assert!(accepted.is_empty(), "{accepted:#?}");
}

/// The Ed25519 example has a key without a name and a header without `kid`, so as a token it is refused; its key, given a name,
/// must verify its signature all the same.
#[test]
fn the_key_of_the_ed25519_example_verifies_its_signature() {
    let Some(examples) = examples("curve25519") else { return };
    let (_, example) = examples.iter().find(|(name, _)| name == "jws").unwrap();
    let mut key = public(&example["input"]["key"]);
    key["kid"] = json!("k");
    let keys = KeySet::from_jwks(&json!({ "keys": [key] }).to_string()).unwrap();
    let (signed, signature) = text(&example["output"], "compact").rsplit_once('.').unwrap();
    let key = keys.find("k").unwrap();
    assert_eq!(key.algorithm, Algorithm::EdDsa);
    assert!(key.verifies(signed, signature));
    assert!(!key.verifies(&signed[1..], signature) && !key.verifies(signed, &signature[1..]));
}

/// Section 3: which of the keys can be in a set. A symmetric key cannot.
#[test]
fn keys_of_section_3() {
    let Some(examples) = examples("jwk") else { return };
    let mut tally = Tally::default();
    for (name, key) in &examples {
        let outcome = KeySet::from_jwks(&json!({ "keys": [key] }).to_string()).map(drop);
        let limit = (key["crv"] == "P-521").then_some("curve P-521");
        tally.count(name, key["kty"] != "oct", outcome, limit);
    }
    tally.judge("RFC 7520 keys");
}

/// Sections 5 and 6: nothing encrypted is taken for a token, in any form.
#[test]
fn encryption() {
    let Some(mut all) = examples("jwe") else { return };
    all.extend(
        examples("")
            .unwrap()
            .into_iter()
            .filter(|(name, _)| name.starts_with('6'))
            .map(|(name, nested)| (name, nested["encrypt"].clone())),
    );
    let rsa = read(&vectors("jose-cookbook").unwrap().join("jwk/3_3.rsa_public_key.json"));
    let keys = KeySet::from_jwks(&json!({ "keys": [rsa] }).to_string());
    let mut tally = Tally::default();
    for (name, example) in all {
        for (form, output) in example["output"].as_object().unwrap() {
            let token = output.as_str().map_or_else(|| output.to_string(), str::to_owned);
            tally.count(&format!("{name} {form}"), false, verify(&token, &keys).map(drop), None);
        }
    }
    tally.judge("RFC 7520 encryption");
}
