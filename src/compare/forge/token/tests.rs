//! Each forged token is what its words say, read by means that have nothing to do with how it was made.

use base64::engine::general_purpose::{GeneralPurpose, STANDARD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use serde_json::Map;

use super::*;

fn token() -> Secret {
    let signer = Signer::new("true", "ES256").unwrap();
    let header = Members::of(br#"{"alg":"ES256","typ":"at+jwt","kid":"true"}"#).unwrap();
    let claims = Members::of(br#"{"aud":"https://api","exp":4000000000,"iss":"https://i","sub":"p"}"#).unwrap();
    let input = Parts { header, claims }.input(&URL_SAFE_NO_PAD);
    let signature = URL_SAFE_NO_PAD.encode(signer.sign(&input).unwrap());
    Secret::new(format!("{input}.{signature}"))
}

/// As a scenario would write it, without the names.
fn how(text: &str) -> Forge {
    let by = if text.contains("by =") { "" } else { "by = \"trusted\"\n" };
    toml::from_str(&format!("as = \"f\"\nlike = \"p\"\n{by}{text}")).unwrap()
}

fn forged(text: &str) -> (String, Signer) {
    let signer = Signer::new("own", "ES256").unwrap();
    let published = Signer::new("true", "ES256").unwrap().jwks().to_string();
    let world = World { published: published.as_bytes(), listener: Some("127.0.0.1:9") };
    (forge(&token(), &signer, &how(text), world).unwrap().expose().to_owned(), signer)
}

/// A part as text.
fn part(token: &str, at: usize) -> String {
    String::from_utf8(URL_SAFE_NO_PAD.decode(token.split('.').nth(at).unwrap()).unwrap()).unwrap()
}

fn claims(text: &str) -> String {
    part(&forged(text).0, 1)
}

fn header(text: &str) -> Map<String, Value> {
    serde_json::from_str(&part(&forged(text).0, 0)).unwrap()
}

fn verifies(token: &str, signer: &Signer) -> bool {
    let keys: JwkSet = serde_json::from_value(signer.jwks()).unwrap();
    let key = DecodingKey::from_jwk(&keys.keys[0]).unwrap();
    let (input, signature) = token.rsplit_once('.').unwrap();
    jsonwebtoken::crypto::verify(signature, input.as_bytes(), &key, Algorithm::ES256).unwrap_or(false)
}

#[test]
fn a_second_issuers_token_verifies_by_its_published_keys() {
    let (token, signer) = forged("");
    let keys: JwkSet = serde_json::from_value(signer.jwks()).unwrap();
    let key = DecodingKey::from_jwk(&keys.keys[0]).unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.validate_aud = false;
    let claims = jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap().claims;
    assert_eq!(claims["iss"], TRUSTED_ISSUER);
}

#[test]
fn each_flaw_is_where_it_should_be() {
    assert_eq!(header("by = \"stranger\"\nflaw = \"same_name\"")["kid"], "true");
    let claims = |flaw: &str| serde_json::from_str::<Value>(&claims(&format!("flaw = \"{flaw}\""))).unwrap();
    let now = clock::seconds(clock::now());
    assert!(claims("not_yet_valid")["nbf"].as_u64() > Some(now));
    assert!(claims("expired")["exp"].as_u64() < Some(now));
    assert_eq!(claims("not_for_this_server")["aud"], "https://another.example/test");
    assert_eq!(forged("flaw = \"garbage\"").0, "this.is.no-token");
}

#[test]
fn members_are_laid_over_left_away_and_doubled() {
    assert_eq!(
        claims("claims = { aud = \"{aud}/\" }"),
        r#"{"aud":"https://api/","exp":4000000000,"iss":"https://issuer.example","sub":"p"}"#
    );
    assert_eq!(
        claims("claims = { iss = [\"{iss}\", 1] }\nwithout = [\"aud\", \"sub\"]"),
        r#"{"exp":4000000000,"iss":["https://issuer.example",1]}"#
    );
    assert_eq!(claims("json = { exp = \"1e400\" }\nwithout = [\"aud\", \"iss\"]"), r#"{"exp":1e400,"sub":"p"}"#);
    assert_eq!(claims("before = { sub = '\"x\"' }\nwithout = [\"aud\", \"exp\", \"iss\"]"), r#"{"sub":"x","sub":"p"}"#);
    assert_eq!(claims("after = { sub = '\"x\"' }\nwithout = [\"aud\", \"exp\", \"iss\"]"), r#"{"sub":"p","sub":"x"}"#);
    assert_eq!(
        part(&forged("without = [\"header.typ\"]\nafter = { \"header.alg\" = '\"none\"' }").0, 0),
        r#"{"alg":"ES256","kid":"own","alg":"none"}"#
    );
    for text in ["", "claims = { exp = -1 }", "after = { sub = '\"x\"' }", "header = { crit = [\"x\"] }", "without = [\"exp\"]"] {
        let (token, signer) = forged(text);
        assert!(verifies(&token, &signer), "only the flaw is wrong: {text}");
    }
}

#[test]
fn j05_j06_j07_a_token_brings_its_own_key() {
    let (token, signer) = forged("json = { \"header.jwk\" = '{jwk}' }");
    let jwk: Value = serde_json::from_str::<Value>(&part(&token, 0)).unwrap()["jwk"].clone();
    assert_eq!(jwk, signer.jwk());
    assert_eq!(header("header = { jku = \"https://{listener}/k\" }")["jku"], "https://127.0.0.1:9/k");
    let x5c = header("header = { x5c = [\"{x5c}\"] }");
    assert!(STANDARD.decode(x5c["x5c"][0].as_str().unwrap()).unwrap().starts_with(&[0x30]));
    assert!(
        forge(&self::token(), &signer, &how("header = { jku = \"{listener}\" }"), World { published: b"", listener: None })
            .is_err()
    );
}

#[test]
fn j01_j02_j03_signatures_that_are_none() {
    assert!(forged("signature = \"none\"").0.ends_with('.'));
    let (like, signer) = (token(), Signer::new("own", "ES256").unwrap());
    let made = forge(&like, &signer, &how("signature = \"original\""), World { published: b"", listener: None }).unwrap();
    assert_eq!(made.expose().rsplit('.').next(), like.expose().rsplit('.').next());
    let (token, _) = forged("header = { alg = \"HS256\" }\nsignature = \"hmac_empty\"");
    let key = DecodingKey::from_secret(b"");
    let (input, signature) = token.rsplit_once('.').unwrap();
    assert!(jsonwebtoken::crypto::verify(signature, input.as_bytes(), &key, Algorithm::HS256).unwrap());
}

#[test]
fn j21_shapes_are_other_ways_to_write_the_same() {
    let decode = |engine: &GeneralPurpose, part: &str| engine.decode(part).is_ok();
    let (padded, _) = forged("shape = \"padded\"");
    assert!(padded.contains('=') && padded.split('.').all(|part| decode(&URL_SAFE, part)), "{padded}");
    let (standard, _) = forged("shape = \"standard_alphabet\"");
    assert!(standard.contains('/') && standard.split('.').all(|part| decode(&STANDARD_NO_PAD, part)), "{standard}");
    let (bits, signer) = forged("shape = \"trailing_bits\"");
    assert!(!decode(&URL_SAFE_NO_PAD, bits.split('.').nth(2).unwrap()), "{bits}");
    let canonical = ALPHABET[ALPHABET.iter().position(|letter| *letter == *bits.as_bytes().last().unwrap()).unwrap() & !1];
    assert!(verifies(&format!("{}{}", &bits[..bits.len() - 1], char::from(canonical)), &signer));
    for (shape, dots) in [("two_parts", 1), ("four_parts", 3), ("five_parts", 4), ("json", 0)] {
        assert_eq!(forged(&format!("shape = \"{shape}\"")).0.matches('.').count(), dots, "{shape}");
    }
    let (spaced, signer) = forged("shape = \"space\"");
    assert!(verifies(&spaced.replace(' ', ""), &signer));
    let json: Value = serde_json::from_str(&forged("shape = \"json\"").0).unwrap();
    assert!(["protected", "payload", "signature"].iter().all(|member| json[member].is_string()));
}

#[test]
fn a_stranger_signs_as_the_true_issuer_does() {
    let signer = Signer::new("own", "RS256").unwrap();
    let made = forge(&token(), &signer, &how("by = \"stranger\""), World { published: b"", listener: None }).unwrap();
    assert_eq!((algorithm(&made).unwrap(), algorithm(&token()).unwrap()), ("RS256".into(), "ES256".into()));
    assert!(part(made.expose(), 1).contains("\"iss\":\"https://i\""), "a stranger names the true issuer");
}

#[test]
fn a_made_token_can_be_read_by_people() {
    assert_eq!(shown(&token()).unwrap().split(' ').next(), Some(r#"{"alg":"ES256","kid":"true","typ":"at+jwt"}"#));
    assert_eq!((shown(&Secret::new("no token")), shown(&Secret::new("e30"))), (None, None));
}

#[test]
fn a_renamed_token_keeps_its_signature() {
    let before = token();
    let after = renamed(&before).unwrap();
    assert!(part(after.expose(), 1).contains("somebody-else"));
    assert_eq!(ends(&after), ends(&before));
    assert_eq!(after.expose().rsplit('.').next(), before.expose().rsplit('.').next());
    assert!(renamed(&Secret::new("nonsense")).is_err());
}
