//! J01–J04: no signature, and signatures of another kind than the key's.

use aws_lc_rs::rand;
use serde_json::{Value, json};

use super::{
    mac::mac,
    stage::{ISSUER, LENIENT, Stage, claims},
};
use crate::lab::{Signer, encode, input, parts};

fn bare(alg: &Value, kid: &str, signature: &str) -> String {
    let header = json!({"alg": alg, "typ": "at+jwt", "kid": kid}).to_string();
    format!("{}.{signature}", input(&header, claims(ISSUER).to_string()))
}

#[test]
fn j01_alg_none_in_every_spelling_with_and_without_a_signature() {
    let stage = Stage::new();
    let spellings = ["none", "None", "NONE", "nOnE", "nonE", " none", "none ", "none\u{0}", "no\u{200b}ne", "", "null", "nοne"];
    let signature = encode(stage.mint.sign("something else"));
    let mut rows = Vec::new();
    for alg in spellings {
        for signature in ["", "AA", signature.as_str()] {
            rows.push((bare(&json!(alg), &stage.mint.kid, signature), "algorithm_refused"));
        }
        // Rightly signed, all the same.
        let header = json!({"alg": alg, "typ": "at+jwt", "kid": stage.mint.kid}).to_string();
        rows.push((stage.mint.token_of(&header, claims(ISSUER).to_string()), "algorithm_refused"));
    }
    for alg in [json!(null), json!(0), json!(false), json!(["none"]), json!(["ES256"]), json!({"alg": "ES256"})] {
        rows.push((bare(&alg, &stage.mint.kid, ""), "credential_malformed"));
    }
    let without = json!({"typ": "at+jwt", "kid": stage.mint.kid}).to_string();
    rows.push((stage.mint.token_of(&without, claims(ISSUER).to_string()), "credential_malformed"));
    stage.expect(rows);
}

#[test]
fn j02_a_signature_that_is_not_there() {
    let stage = Stage::new();
    let (own, _) = stage.granted("partner", &[]);
    let mut rows = vec![(own.clone(), "allowed")];
    for token in [own, stage.mint.token(&claims(ISSUER)), stage.rsa.token(&claims(LENIENT))] {
        let [header, payload, _] = parts(&token);
        rows.push((format!("{header}.{payload}."), "signature_invalid"));
        rows.push((format!("{header}.{payload}"), "credential_malformed"));
        rows.push((format!("{header}.{payload}.."), "credential_malformed"));
        rows.push((format!("{header}.{payload}.="), "signature_invalid"));
    }
    stage.expect(rows);
}

#[test]
fn j03_a_mac_with_an_empty_or_well_known_key() {
    let stage = Stage::new();
    let mut rows = Vec::new();
    for algorithm in ["HS256", "HS384", "HS512"] {
        for secret in [&b""[..], b"\0", b"secret", b"null", &[0; 32], &[0; 64]] {
            rows.push((mac(algorithm, &stage.mint.kid, &claims(ISSUER), secret), "algorithm_refused"));
        }
    }
    stage.expect(rows);
}

fn pem(label: &str, der: &[u8]) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new(label, der), config)
}

#[test]
fn j04_a_public_key_as_the_secret_of_a_mac() {
    let stage = Stage::new();
    let (own, jwks) = (stage.own_mint(), stage.server.line(None).get("/.well-known/jwks.json", &[]).unwrap().body);
    let mut rows = Vec::new();
    let mut attack = |issuer: &str, kid: &str, secrets: Vec<Vec<u8>>| {
        for secret in secrets {
            for algorithm in ["HS256", "HS384", "HS512"] {
                rows.push((mac(algorithm, kid, &claims(issuer), &secret), "algorithm_refused"));
            }
        }
    };
    let spellings = |label: &str, der: &[u8]| {
        let text = pem(label, der);
        let crlf = text.replace('\n', "\r\n");
        [text.trim_end().to_owned(), text, crlf].map(String::into_bytes).to_vec()
    };
    let texts = |jwk: &Value| {
        let set = json!({ "keys": [jwk] });
        [jwk.to_string(), set.to_string(), format!("{set}\n"), serde_json::to_string_pretty(&set).unwrap()]
            .map(String::into_bytes)
    };
    let rsa = &stage.rsa;
    let spki = [spellings("PUBLIC KEY", &rsa.spki()), vec![rsa.spki()], spellings("RSA PUBLIC KEY", rsa.public())].concat();
    attack(LENIENT, &rsa.kid, [spki, vec![rsa.public().to_vec()], texts(&rsa.jwk()).to_vec()].concat());
    // SPKI of a P-256 key: the algorithm's identifiers, then the point (RFC 5480 §2).
    let of_point = |mint: &Signer| [&hex("3059301306072a8648ce3d020106082a8648ce3d030107034200")[..], mint.public()].concat();
    for (issuer, mint) in [(ISSUER, &stage.mint), (super::stage::OWN, &own)] {
        let spki = [spellings("PUBLIC KEY", &of_point(mint)), vec![of_point(mint), mint.public().to_vec()]].concat();
        attack(issuer, &mint.kid, [spki, texts(&mint.jwk()).to_vec(), vec![jwks.clone().into_bytes()]].concat());
    }
    stage.expect(rows);
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn j04_an_algorithm_that_the_issuer_or_its_key_does_not_use() {
    let stage = Stage::new();
    let mut rows = vec![(stage.rsa.token(&claims(LENIENT)), "allowed"), (stage.mint.token(&claims(ISSUER)), "allowed")];
    let mut noise = [0; 256];
    rand::fill(&mut noise).unwrap();
    for alg in
        ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES384", "ES512", "ES256K", "EdDSA", "Ed25519", "es256", "ES256 "]
    {
        for signature in [stage.mint.sign("x"), noise.to_vec()] {
            rows.push((bare(&json!(alg), &stage.mint.kid, &encode(signature)), "algorithm_refused"));
        }
    }
    // Each issuer's keys and algorithms are its own.
    rows.push((stage.mint.token(&claims(LENIENT)), "algorithm_refused"));
    rows.push((stage.rsa.token(&claims(ISSUER)), "algorithm_refused"));
    stage.expect(rows);
}
