//! Who has a certificate without its key: a thief, who only saw it pass.

use std::{fs, path::PathBuf};

use x509_parser::{parse_x509_certificate, public_key::PublicKey};

use super::{
    call::{Caller, EVERYONE, Files, VERSIONS},
    flaws::KEY_TYPES,
    matrix::{Cell, try_all},
    stage::Stage,
};
use crate::lab::text;

/// Those that compare the two before they send anything, and what is recorded of them: curl has connected by then.
const CAREFUL: [(Caller, &str, Option<&str>); 4] = [
    (Caller::Openssl, "cannot: key_values_mismatch", None),
    (Caller::Curl, "cannot: unable_to_set_private_key", Some("TLS protocol_error nobody nobody")),
    (Caller::Python, "cannot: key_values_mismatch", None),
    (Caller::Node, "cannot: key_values_mismatch", None),
];

fn told(name: &str, serial: &str) -> (String, Option<String>) {
    ("alert decrypt_error".into(), Some(format!("TLS signature_invalid CN={name} {serial}")))
}

#[test]
fn m9_another_key() {
    let stage = Stage::new("");
    let mut cells = Vec::new();
    for key_type in KEY_TYPES {
        let issued = stage.lab.json(&["cert", "issue", key_type, "--key-type", key_type, "--flaw", "other_key"]);
        let mut cell = |caller, tls, (told, recorded)| {
            let call = stage.call(tls, Some(&Files::issued(&issued)));
            cells.push(Cell { what: format!("another's {key_type} key"), caller, call, told, recorded });
        };
        for tls in VERSIONS {
            cell(Caller::Rustls, tls, told(key_type, text(&issued, "serial")));
            for (caller, why, recorded) in CAREFUL {
                cell(caller, tls, (why.to_owned(), recorded.map(str::to_owned)));
            }
        }
    }
    try_all(&stage, &EVERYONE, &cells);
}

/// OpenSSL compares public halves only, and believes the one in the key's file. Of Ed25519 the file has none.
#[test]
fn m9_another_key_that_looks_like_the_right_one() {
    let stage = Stage::new("");
    let mut cells = Vec::new();
    for key_type in ["rsa2048", "p256"] {
        let victim = stage.lab.json(&["cert", "issue", key_type, "--key-type", key_type]);
        let thief = stage.lab.json(&["cert", "issue", &format!("{key_type}-thief"), "--key-type", key_type]);
        let files = Files { key: disguised(&stage, &Files::issued(&thief), &Files::issued(&victim)), ..Files::issued(&victim) };
        for (caller, tls) in CAREFUL.iter().flat_map(|(caller, ..)| VERSIONS.map(|tls| (*caller, tls))) {
            let (told, recorded) = told(key_type, text(&victim, "serial"));
            let what = format!("a disguised {key_type} key");
            cells.push(Cell { what, caller, call: stage.call(tls, Some(&files)), told, recorded });
        }
    }
    try_all(&stage, &EVERYONE, &cells);
}

/// The thief's key, with the public half of the victim's.
fn disguised(stage: &Stage, thief: &Files, victim: &Files) -> PathBuf {
    let key = pem::parse(fs::read(&thief.key).unwrap()).unwrap();
    let (own, other) = (public_half(thief), public_half(victim));
    let place = key.contents().windows(own.len()).position(|octets| octets == own).unwrap();
    let mut octets = key.contents().to_vec();
    octets[place..place + other.len()].copy_from_slice(&other);
    stage.lab.file(&format!("disguised-{}.pem", octets.len()), &pem::encode(&pem::Pem::new(key.tag(), octets)))
}

/// The point, or the modulus.
fn public_half(files: &Files) -> Vec<u8> {
    let leaf = pem::parse_many(fs::read(&files.chain).unwrap()).unwrap().remove(0);
    let (_, read) = parse_x509_certificate(leaf.contents()).unwrap();
    match read.public_key().parsed().unwrap() {
        PublicKey::EC(point) => point.data().to_vec(),
        PublicKey::RSA(key) => key.modulus.to_vec(),
        other => panic!("{other:?}"),
    }
}
