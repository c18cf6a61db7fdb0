//! J31: where a bearer token stands (RFC 6750 §2), and what the challenge then says (§3).

use super::stage::{ISSUER, Stage, check, claims};
use crate::lab::{PATH, parts};

#[test]
fn j31_the_scheme_in_any_case_and_then_a_space() {
    let stage = Stage::new();
    let token = stage.mint.token(&claims(ISSUER));
    let mut line = stage.server.line(None);
    for scheme in ["Bearer ", "bearer ", "BEARER ", "bEaReR ", "Bearer   "] {
        let answer = line.get(PATH, &[("authorization", &format!("{scheme}{token}"))]).unwrap();
        check(&answer, "allowed", scheme);
    }
    let malformed = [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer\t".to_owned(),
        format!("Bearer\t{token}"),
        format!("Bearer:{token}"),
        format!("Bearer={token}"),
        format!("Bearer,{token}"),
        format!("Bearer \t{token}"),
        format!("Bearer Bearer {token}"),
        format!("Bearer {token} {token}"),
        format!("Bearer {token},"),
        format!("Bearer {token}, Bearer {token}"),
        format!("Bearer {token},Basic YTpi"),
        format!("Bearer \"{token}\""),
        format!("Bearer token={token}"),
        format!("Bearer <{token}>"),
        format!("Bearer {token}\u{e9}"),
        format!("Bearer {token};q=1"),
    ];
    for value in malformed {
        let answer = line.get(PATH, &[("authorization", &value)]).unwrap();
        check(&answer, "credential_malformed", &value);
    }
    for value in [
        format!("Bearer{token}"),
        format!("Bearers {token}"),
        format!("BearerX{token}"),
        token.clone(),
        format!("Token {token}"),
        format!("JWT {token}"),
        format!("Basic {token}"),
        format!("DPoP {token}"),
        "Basic YTpi".to_owned(),
        format!("Basic YTpi, Bearer {token}"),
        String::new(),
        "Béarer x".to_owned(),
    ] {
        let answer = line.get(PATH, &[("authorization", &value)]).unwrap();
        check(&answer, "credential_missing", &value);
    }
}

#[test]
fn j31_one_header_holds_one_token() {
    let stage = Stage::new();
    let token = format!("Bearer {}", stage.mint.token(&claims(ISSUER)));
    let mut line = stage.server.line(None);
    for pair in [
        [token.as_str(), &token],
        [&token, "Bearer x"],
        ["Bearer x", &token],
        [&token, "Basic YTpi"],
        ["Basic YTpi", &token],
        [&token, ""],
    ] {
        let answer = line.get(PATH, &pair.map(|value| ("authorization", value))).unwrap();
        check(&answer, "credential_ambiguous", &pair.join(" | "));
    }
    let answer = line.get(PATH, &[("authorization", "Basic YTpi"), ("authorization", "Digest x")]).unwrap();
    check(&answer, "credential_missing", "no bearer token at all");
}

#[test]
fn j31_a_token_elsewhere_is_not_looked_at() {
    let stage = Stage::new();
    let token = stage.mint.token(&claims(ISSUER));
    let bearer = format!("Bearer {token}");
    let mut line = stage.server.line(None);
    for query in ["access_token", "access%5Ftoken", "token", "authorization", "bearer", "jwt"] {
        let path = format!("{PATH}?{query}={token}");
        check(&line.get(&path, &[]).unwrap(), "credential_missing", &path);
    }
    for query in [format!("access_token={token}"), "access_token=".into(), "a=b&access_token=x".into(), "access%5Ftoken=x".into()]
    {
        let answer = line.get(&format!("{PATH}?{query}"), &[("authorization", &bearer)]).unwrap();
        check(&answer, "credential_ambiguous", &query);
    }
    for (name, value) in [
        ("x-access-token", token.as_str()),
        ("x-authorization", &bearer),
        ("proxy-authorization", &bearer),
        ("x-forwarded-authorization", &bearer),
        ("cookie", &format!("access_token={token}")),
        ("authentication", &bearer),
        ("x-original-authorization", &bearer),
    ] {
        check(&line.get(PATH, &[(name, value)]).unwrap(), "credential_missing", name);
    }
    // A GET has no body that means anything (RFC 6750 §2.2): one is neither read nor a second place.
    let body = format!("access_token={token}");
    check(&line.get_with_body(PATH, &[], &body).unwrap(), "credential_missing", "in a body");
    let mut line = stage.server.line(None);
    check(&line.get_with_body(PATH, &[("authorization", &bearer)], &body).unwrap(), "allowed", "in a header, whatever the body");
}

#[test]
fn no_change_of_a_rightful_token_is_accepted() {
    let stage = Stage::new();
    let (token, _) = stage.granted("partner", &[]);
    stage.expect([(token.clone(), "allowed")]);
    // One letter at a time, in each part: what is read then is another text, never this token.
    let mut line = stage.server.line(None);
    for at in (0..token.len()).filter(|at| token.as_bytes()[*at] != b'.') {
        let other = if token.as_bytes()[at] == b'A' { 'B' } else { 'A' };
        let changed = format!("{}{other}{}", &token[..at], &token[at + 1..]);
        let answer = line.get(PATH, &[("authorization", &format!("Bearer {changed}"))]).unwrap();
        assert_eq!(answer.status, 401, "{at}: {changed}");
    }
    let [header, payload, signature] = parts(&token);
    stage.expect([
        (format!("{header}.{payload}.{}", &signature[..signature.len() - 1]), "signature_invalid"),
        (token.to_uppercase(), "credential_malformed"),
        (token.clone(), "allowed"),
    ]);
}
