//! J20, J21: signatures that are none, and other spellings of a token that is one.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};
use serde_json::json;

use super::stage::{ISSUER, LENIENT, Stage, claims};
use crate::lab::{encode, input, parts};

/// The order of P-256 (SEC 2 §2.4.2).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e,
    0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// A number as DER writes it.
fn der_integer(number: &[u8]) -> Vec<u8> {
    let mut digits: Vec<u8> = number.iter().copied().skip_while(|octet| *octet == 0).collect();
    if digits.first().is_none_or(|first| *first >= 0x80) {
        digits.insert(0, 0);
    }
    [vec![2, u8::try_from(digits.len()).unwrap()], digits].concat()
}

#[test]
fn j20_numbers_that_are_no_signature() {
    let stage = Stage::new();
    let input = input(stage.mint.header().to_string(), claims(ISSUER).to_string());
    let good = stage.mint.sign(&input);
    let (r, s) = good.split_at(32);
    let (zero, max) = ([0; 32], [0xff; 32]);
    let one = [&zero[..31], &[1]].concat();
    let der = [der_integer(r), der_integer(s)].concat();
    let der = [vec![0x30, u8::try_from(der.len()).unwrap()], der].concat();
    let p384 = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
    let other_curve = p384.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
    let wrong: Vec<Vec<u8>> = vec![
        [zero, zero].concat(),
        [&zero, s].concat(),
        [r, &zero].concat(),
        [ORDER, ORDER].concat(),
        [&ORDER, s].concat(),
        [r, &ORDER].concat(),
        [max, max].concat(),
        [&one[..], &one[..]].concat(),
        [&one[..], s].concat(),
        [r, &one[..]].concat(),
        [s, r].concat(),
        [r, r].concat(),
        der.clone(),
        [der, vec![0]].concat(),
        good[..63].to_vec(),
        good[1..].to_vec(),
        good[..32].to_vec(),
        [&good[..], &[0]].concat(),
        [&[0], &good[..]].concat(),
        [&zero, &good[..]].concat(),
        [r, &[0], s, &[0]].concat(),
        [&[0], r, &[0], s].concat(),
        other_curve.as_ref().to_vec(),
        other_curve.as_ref()[..64].to_vec(),
        vec![0],
        vec![],
        vec![0xff; 1024],
    ];
    let mut rows: Vec<_> =
        wrong.into_iter().map(|signature| (format!("{input}.{}", encode(signature)), "signature_invalid")).collect();
    // Every bit of a good one matters.
    for bit in 0..good.len() * 8 {
        let mut changed = good.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        rows.push((format!("{input}.{}", encode(changed)), "signature_invalid"));
    }
    rows.push((format!("{input}.{}", encode(&good)), "allowed"));
    stage.expect(rows);
}

#[test]
fn j20_an_rsa_signature_has_the_length_of_its_key() {
    let stage = Stage::new();
    let token = stage.rsa.token(&claims(LENIENT));
    let [header, payload, signature] = parts(&token);
    let good = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let wrong = [
        vec![0; 256],
        vec![0xff; 256],
        good[..255].to_vec(),
        good[1..].to_vec(),
        [&[0], &good[..]].concat(),
        [&good[..], &[0]].concat(),
        [&[1], &good[..255]].concat(),
        [vec![0; 255], vec![1]].concat(),
        vec![],
    ];
    stage.expect(wrong.map(|signature| (format!("{header}.{payload}.{}", encode(signature)), "signature_invalid")));
    stage.expect([(token.clone(), "allowed")]);
}

/// A part whose last letter has its unused bits set: it decodes to the same octets where nobody looks closely.
fn with_trailing_bits(part: &str) -> Option<String> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    if part.len().is_multiple_of(4) {
        return None;
    }
    let last = LETTERS.iter().position(|letter| *letter == *part.as_bytes().last().unwrap()).unwrap();
    Some(format!("{}{}", &part[..part.len() - 1], char::from(LETTERS[last + 1])))
}

#[test]
fn j21_a_token_has_one_spelling() {
    let stage = Stage::new();
    // Long enough for every letter, and of a length that leaves bits over in header and payload.
    let header =
        |pad: usize| json!({"alg": "ES256", "typ": "at+jwt", "kid": "mint", "x": format!("{}?>~ÿ", "?".repeat(pad))}).to_string();
    let payload = |pad: usize| {
        json!({"y": format!("{}?>~ÿ", ">".repeat(pad))})
            .as_object()
            .map(|more| {
                let mut all = claims(ISSUER);
                all.as_object_mut().unwrap().extend(more.clone());
                all.to_string()
            })
            .unwrap()
    };
    let mut rows = Vec::new();
    for pad in 0..3 {
        let token = stage.mint.token_of(header(pad), payload(pad));
        rows.push((token.clone(), "allowed"));
        for (at, outcome) in [(0, "credential_malformed"), (1, "credential_malformed"), (2, "signature_invalid")] {
            let replaced = |part: &str| {
                let mut all = parts(&token).map(str::to_owned);
                all[at] = part.to_owned();
                all.join(".")
            };
            let part = parts(&token)[at];
            let octets = URL_SAFE_NO_PAD.decode(part).unwrap();
            let mut spellings = vec![
                format!("{part}="),
                format!("{part}=="),
                format!("{part}==="),
                format!("={part}"),
                format!("{part}~"),
                format!("{part}/"),
                format!("+{part}"),
                STANDARD.encode(&octets),
                STANDARD_NO_PAD.encode(&octets),
                URL_SAFE.encode(&octets),
            ];
            spellings.extend(with_trailing_bits(part));
            spellings.retain(|other| other != part);
            rows.extend(spellings.iter().map(|other| (replaced(other), outcome)));
            for inside in [" ", "\t", ",", ":", "%", "\"", "{", "\u{e9}"] {
                rows.push((replaced(&format!("{}{inside}{}", &part[..8], &part[8..])), "credential_malformed"));
            }
        }
    }
    stage.expect(rows);
}

#[test]
fn j21_a_token_has_three_parts() {
    let stage = Stage::new();
    let token = stage.mint.token(&claims(ISSUER));
    let [header, payload, signature] = parts(&token);
    let signed = [header, payload, signature];
    let wrong = [
        header.to_owned(),
        format!("{header}.{payload}"),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{signature}"),
        format!("{token}.AA.AA"),
        format!("{header}..{payload}.{signature}"),
        format!("{header}.{payload}..{signature}"),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("..{signature}"),
        "..".to_owned(),
        ".".to_owned(),
        "....".to_owned(),
        signed.join("%2E"),
        signed.join("~"),
        format!("{token},{token}"),
        // RFC 7515 §7.2: the JSON serialization is another thing, in both forms.
        json!({"protected": header, "payload": payload, "signature": signature}).to_string(),
        json!({"payload": payload, "signatures": [{"protected": header, "signature": signature}]}).to_string(),
        format!("\"{token}\""),
    ];
    stage.expect(wrong.map(|token| (token, "credential_malformed")));
    stage.expect([(format!("{payload}.{header}.{signature}"), "credential_malformed"), (token.clone(), "allowed")]);
}
