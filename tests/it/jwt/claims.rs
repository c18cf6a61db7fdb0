//! J13–J16, J18: what a payload says, rightly signed by an issuer that is trusted.

use serde_json::{Value, json};

use super::stage::{AUDIENCE, ISSUER, LENIENT, OWN, Stage, claims, now, with, without};
use crate::lab::{self, Signer, decoded, encode, parts};

/// A token with one claim exactly as written, which need not be what a JSON library can hold.
fn raw(mint: &Signer, claim: &str, text: &str) -> String {
    let others = without_if_there(claim);
    let payload = others.to_string().replacen('{', &format!("{{\"{claim}\":{text},"), 1);
    mint.token_of(mint.header().to_string(), &payload)
}

fn without_if_there(claim: &str) -> Value {
    let mut claims = claims(ISSUER);
    claims.as_object_mut().unwrap().remove(claim);
    claims
}

#[test]
fn j13_iss_is_an_issuer_that_is_trusted_exactly() {
    let stage = Stage::new();
    let mut rows = vec![(stage.mint.token(&claims(ISSUER)), "allowed")];
    for other in [
        "https://issuer.test/",
        "https://issuer.test//",
        "https://ISSUER.test",
        "HTTPS://issuer.test",
        "https://issuer.test.",
        "http://issuer.test",
        "https://issuer.test:443",
        "https://issuer.test#",
        "https://issuer.test?",
        " https://issuer.test",
        "https://issuer.test ",
        "issuer.test",
        "https://issuer.test.evil.example",
        "https://evil.example/https://issuer.test",
        "https://issuer.test@evil.example",
        "https://іssuer.test",
        "https://issuer.test\u{0}",
        "https://issuer.tes",
        "https://issuer.test\u{200b}",
        "https://%69ssuer.test",
        "",
        "null",
        "*",
    ] {
        rows.push((stage.mint.token(&with(ISSUER, "iss", other)), "issuer_mismatch"));
    }
    for wrong in
        [json!([ISSUER]), json!([ISSUER, "x"]), json!([]), json!(7), json!(null), json!(true), json!({"iss": ISSUER}), json!({})]
    {
        rows.push((stage.mint.token(&with(ISSUER, "iss", wrong)), "issuer_mismatch"));
    }
    rows.push((stage.mint.token(&without(ISSUER, "iss")), "issuer_mismatch"));
    stage.expect(rows);
}

#[test]
fn j13_the_keys_of_one_issuer_do_not_sign_for_another() {
    let stage = Stage::new();
    let own = stage.own_mint();
    let as_own = Signer::es256(&own.kid);
    stage.expect([
        (stage.mint.token(&claims(OWN)), "credential_unknown"),
        (as_own.token(&claims(OWN)), "signature_invalid"),
        (own.token(&claims(ISSUER)), "credential_unknown"),
        (stage.mint.token(&claims(LENIENT)), "algorithm_refused"),
    ]);
}

#[test]
fn j14_aud_names_this_resource_server() {
    let stage = Stage::new();
    let mut rows = Vec::new();
    for right in
        [json!(AUDIENCE), json!([AUDIENCE]), json!([AUDIENCE, "https://other.test"]), json!(["https://other.test", AUDIENCE])]
    {
        rows.push((stage.mint.token(&with(ISSUER, "aud", right)), "allowed"));
    }
    for wrong in [
        json!(""),
        json!(7),
        json!(null),
        json!(true),
        json!({}),
        json!({"aud": AUDIENCE}),
        json!([]),
        json!([[AUDIENCE]]),
        json!([AUDIENCE, 7]),
        json!([null, AUDIENCE]),
        json!("https://other.test"),
        json!(["https://other.test"]),
        json!("https://api.test"),
        json!("https://api.test/"),
        json!("https://api.test/test/"),
        json!("https://api.test/tes"),
        json!("https://api.test/test/hello-world"),
        json!("https://API.test/test"),
        json!("HTTPS://api.test/test"),
        json!(" https://api.test/test"),
        json!("https://api.test/test https://other.test"),
        json!("https://other.test,https://api.test/test"),
        json!("*"),
        json!("api.test/test"),
    ] {
        rows.push((stage.mint.token(&with(ISSUER, "aud", wrong)), "audience_mismatch"));
    }
    rows.push((stage.mint.token(&without(ISSUER, "aud")), "audience_mismatch"));
    stage.expect(rows);
}

#[test]
fn j15_exp_is_a_whole_number_of_seconds_to_come() {
    let stage = Stage::new();
    let soon = now() + 600;
    let mut rows = vec![(raw(&stage.mint, "exp", &soon.to_string()), "allowed")];
    for text in [
        &format!("\"{soon}\""),
        &format!("{soon}.0"),
        &format!("{soon}.5"),
        "1e308",
        "1e10",
        "1E10",
        "-1",
        "-1e3",
        "-0",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "253402300800",
        "null",
        "true",
        "false",
        "[]",
        "{}",
        "\"\"",
        &format!("[{soon}]"),
        &format!("{{\"exp\":{soon}}}"),
        // No JSON at all.
        "1e400",
        "-1e400",
        &format!("0{soon}"),
        &format!("+{soon}"),
        "0x7fffffff",
        "NaN",
        "Infinity",
        ".5",
        "5.",
        "1e",
        "1_000",
        "",
    ] {
        rows.push((raw(&stage.mint, "exp", text), "credential_malformed"));
    }
    rows.push((raw(&stage.mint, "exp", "0"), "expired"));
    rows.push((raw(&stage.mint, "exp", "1"), "expired"));
    rows.push((raw(&stage.mint, "exp", "253402300799"), "allowed"));
    rows.push((stage.mint.token(&without(ISSUER, "exp")), "credential_malformed"));
    rows.push((stage.mint.token(&json!({"EXP": soon, "Exp": soon, "iss": ISSUER})), "credential_malformed"));
    stage.expect(rows);
}

#[test]
fn j16_nbf_and_iat_do_not_lie_ahead() {
    let stage = Stage::new();
    let ahead = now() + 3600;
    let mut rows = Vec::new();
    for claim in ["nbf", "iat"] {
        for text in [&ahead.to_string(), "253402300800", "9223372036854775808", "18446744073709551615"] {
            rows.push((raw(&stage.mint, claim, text), "not_yet_valid"));
        }
        for text in [
            "\"0\"",
            &format!("\"{ahead}\""),
            "1.5",
            "1e3",
            "1e400",
            "-1",
            "-0",
            "18446744073709551616",
            "null",
            "true",
            "[]",
            "{}",
            "[0]",
        ] {
            rows.push((raw(&stage.mint, claim, text), "credential_malformed"));
        }
        rows.push((raw(&stage.mint, claim, "0"), "allowed"));
        rows.push((raw(&stage.mint, claim, &(now() - 60).to_string()), "allowed"));
    }
    rows.push((stage.mint.token(&without(ISSUER, "iat")), "credential_malformed"));
    stage.expect(rows);
}

#[test]
fn other_claims_are_of_their_types_too() {
    let stage = Stage::new();
    let mut rows = Vec::new();
    for claim in ["sub", "jti", "client_id", "scope"] {
        for wrong in [json!(7), json!(null), json!(true), json!(["app"]), json!({"a": "b"})] {
            rows.push((stage.mint.token(&with(ISSUER, claim, wrong)), "credential_malformed"));
        }
    }
    for claim in ["sub", "jti"] {
        rows.push((stage.mint.token(&with(ISSUER, claim, "")), "credential_malformed"));
        rows.push((stage.mint.token(&without(ISSUER, claim)), "credential_malformed"));
    }
    let own = stage.own_mint();
    rows.push((own.token(&claims(OWN)), "credential_malformed")); // `client_id` is not `sub`
    rows.push((own.token(&with(OWN, "sub", "app")), "revoked")); // no such client
    stage.expect(rows);
    let payloads =
        ["null", "[]", "7", "\"x\"", "", "{", "{}}", "{\"iss\":\"x\"} ", "\u{feff}{}", "{'iss':'x'}", "{\"iss\":\"\u{0}\"}"];
    let of = |payload: &str| stage.mint.token_of(stage.mint.header().to_string(), payload);
    stage.expect(payloads.map(|payload| {
        let json: Option<Value> = serde_json::from_str(payload).ok();
        (of(payload), if json.is_some_and(|json| json.is_object()) { "issuer_mismatch" } else { "credential_malformed" })
    }));
    // Not UTF-8 (RFC 7519 §7.2).
    let header = encode(stage.mint.header().to_string());
    stage.expect([(format!("{header}.{}.AAAA", encode(b"{\"iss\":\"\xff\"}")), "credential_malformed")]);
}

#[test]
fn j18_nothing_is_there_twice_in_either_order() {
    let stage = Stage::new();
    let mut rows = Vec::new();
    let good = claims(ISSUER).to_string();
    let (open, close) = (good.trim_start_matches('{'), good.trim_end_matches('}'));
    let header = stage.mint.header().to_string();
    for (name, value) in [
        ("iss", json!("https://nobody.test")),
        ("sub", json!("admin")),
        ("aud", json!("https://other.test")),
        ("exp", json!(now() + 9999)),
        ("exp", json!("x")),
        ("iat", json!(0)),
        ("jti", json!("x")),
        ("client_id", json!("admin")),
        ("scope", json!("everything")),
    ] {
        for value in [value, decoded(parts(&stage.mint.token(&claims(ISSUER)))[1])[name].clone()] {
            rows.push((stage.mint.token_of(&header, format!("{{\"{name}\":{value},{open}")), "credential_malformed"));
            rows.push((stage.mint.token_of(&header, format!("{close},\"{name}\":{value}}}")), "credential_malformed"));
        }
    }
    // By another spelling, where nobody looks, and deep inside.
    for more in [r#""\u0069ss":"x""#, r#""x":1,"x":1"#, r#""x":{"y":1,"y":2}"#, r#""x":[{"y":{"z":null,"z":null}}]"#] {
        rows.push((stage.mint.token_of(&header, format!("{close},{more}}}")), "credential_malformed"));
    }
    let (open, close) = (header.trim_start_matches('{'), header.trim_end_matches('}'));
    for (name, value) in
        [("alg", "\"none\""), ("alg", "\"ES256\""), ("kid", "\"x\""), ("kid", "\"mint\""), ("typ", "\"JWT\""), ("typ", "null")]
    {
        rows.push((stage.mint.token_of(format!("{{\"{name}\":{value},{open}"), &good), "credential_malformed"));
        rows.push((stage.mint.token_of(format!("{close},\"{name}\":{value}}}"), &good), "credential_malformed"));
    }
    for more in [r#""\u0061lg":"none""#, r#""x":1,"x":2"#, r#""jwk":{"kty":"EC","kty":"RSA"}"#] {
        rows.push((stage.mint.token_of(format!("{close},{more}}}"), &good), "credential_malformed"));
    }
    // The same name in two places is not twice in one.
    rows.push((stage.mint.token_of(format!("{close},\"iss\":\"x\"}}"), &good), "allowed"));
    stage.expect(rows);
}

#[test]
fn what_is_wrong_with_the_claims_is_told_only_to_who_can_sign() {
    let stage = Stage::new();
    let (own, client) = stage.granted("partner", &[]);
    stage.lab.effective(&["client", "disable", "partner"]);
    stage.lab.effective(&["token", "revoke", lab::claims(&own)["jti"].as_str().unwrap()]);
    let stranger = Signer::es256(&stage.mint.kid);
    let wrong = [
        with(ISSUER, "exp", 1),
        with(ISSUER, "nbf", now() + 3600),
        with(ISSUER, "aud", "x"),
        with(ISSUER, "sub", 7),
        with(ISSUER, "scope", ""),
    ];
    stage.expect(wrong.map(|claims| (stranger.token(&claims), "signature_invalid")));
    let mut as_client = with(OWN, "sub", &*client.id);
    as_client["client_id"] = client.id.clone().into();
    let forger = Signer::es256(&stage.own_mint().kid);
    let [header, payload, signature] = parts(&own);
    let changed = format!("{header}.{payload}.{}", signature.chars().rev().collect::<String>());
    stage.expect([(forger.token(&as_client), "signature_invalid"), (changed, "signature_invalid"), (own.clone(), "revoked")]);
}
