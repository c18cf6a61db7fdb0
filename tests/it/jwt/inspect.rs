//! `token inspect`: the server's own checks, one by one, and never what could be used as a token.

use std::process::Stdio;

use serde_json::{Value, json};

use super::stage::{AUDIENCE, ISSUER, LENIENT, POOL, Stage, claims, now, with, without};
use crate::lab::{self, Signer, encode, parts, text};

impl Stage {
    fn inspect(&self, token: &str) -> Value {
        let report = self.lab.json_with_input(&["token", "inspect", "-"], token);
        let signature = token.rsplit('.').next().unwrap();
        assert!(signature.len() < 20 || !report.to_string().contains(signature), "the signature is shown: {report}");
        report
    }

    /// Sees that the command and the server say the same, and that the checks end where they must.
    fn agree(&self, token: &str, check: &str) {
        let report = self.inspect(token);
        let outcome = self.answer(token).outcome();
        let said = if report["accepted"] == true { "allowed" } else { text(&report, "reason") };
        assert_eq!(said, outcome, "{report}");
        let checks = report["checks"].as_array().unwrap();
        let refused: Vec<_> = checks.iter().filter(|line| line["outcome"] == "refused").map(|line| text(line, "name")).collect();
        let expected = if check.is_empty() { vec![] } else { vec![check] };
        assert_eq!(refused, expected, "{report}");
        let at = checks.iter().position(|line| line["outcome"] == "refused").unwrap_or(checks.len());
        assert!(checks[..at].iter().all(|line| line["outcome"] == "ok" || line["outcome"] == "not_asked"), "{report}");
        assert!(checks[at..].iter().skip(1).all(|line| line["outcome"] == "not_reached"), "{report}");
        assert_eq!(report["mend"].is_null(), check.is_empty(), "{report}");
    }
}

#[test]
fn it_says_what_the_server_says_and_which_check_it_was() {
    let stage = Stage::new();
    let (own, _) = stage.granted("partner", &[]);
    let (narrow, _) = stage.granted("narrow", &["--ttl", "1h"]);
    let (disabled, _) = stage.granted("disabled", &[]);
    stage.lab.effective(&["client", "disable", "disabled"]);
    stage.lab.effective(&["token", "revoke", text(&lab::claims(&narrow), "jti")]);
    let [header, payload, _] = parts(&own);
    let mint = |claims: &Value| stage.mint.token(claims);
    let typed = json!({"alg": "ES256", "typ": "JWT", "kid": "mint"}).to_string();
    let mut pool = without(POOL, "aud");
    pool["token_use"] = json!("access");
    let rows = [
        (own.clone(), ""),
        (mint(&claims(ISSUER)), ""),
        (stage.rsa.token(&with(LENIENT, "exp", now() - 20)), ""),
        (mint(&pool), ""),
        ("garbage".to_owned(), "form"),
        (format!("{header}.{payload}"), "form"),
        (format!("{header}.{}.AAAA", encode("[]")), "form"),
        (mint(&with(ISSUER, "x", "x".repeat(8000))), "form"),
        (mint(&claims("https://nobody.test")), "issuer"),
        (stage.mint.token_of(&typed, claims(ISSUER).to_string()), "typ"),
        (mint(&claims(LENIENT)), "algorithm"),
        (Signer::es256("other").token(&claims(ISSUER)), "key"),
        (Signer::es256("mint").token(&claims(ISSUER)), "signature"),
        (format!("{header}.{payload}."), "signature"),
        (mint(&without(ISSUER, "jti")), "claims"),
        (mint(&without(POOL, "aud")), "token_use"),
        (mint(&with(ISSUER, "aud", "x")), "audience"),
        (mint(&with(ISSUER, "exp", 1)), "expiry"),
        (mint(&with(ISSUER, "nbf", now() + 600)), "beginning"),
        (mint(&with(ISSUER, "iat", now() + 600)), "beginning"),
        (narrow, "revocation"),
        (disabled, "client"),
        (mint(&with(ISSUER, "scope", format!("{AUDIENCE}/other"))), "scope"),
    ];
    for (token, check) in rows {
        stage.agree(&token, check);
    }
}

#[test]
fn it_shows_whose_a_token_is_and_when_it_ends() {
    let stage = Stage::new();
    let report = stage.inspect(&stage.rsa.token(&with(LENIENT, "exp", 4_102_444_800_u64)));
    let expected = json!({
        "name": LENIENT, "whose": "a further issuer of the configuration", "profile": "standard", "leeway_seconds": 60, "kid": "rsa",
        "algorithm": "RS256",
    });
    assert_eq!(report["issuer"], expected);
    assert_eq!(report["times"]["exp"]["at"], "2100-01-01T00:00:00Z");
    assert!(text(&report["times"]["exp"], "relative").starts_with("in 7"), "{report}");
    let unknown = stage.inspect(&Signer::es256("other").token(&claims(ISSUER)));
    assert_eq!((&unknown["issuer"]["name"], &unknown["issuer"]["kid"]), (&json!(ISSUER), &json!(null)));
    assert_eq!(stage.inspect("garbage")["issuer"], json!(null));
}

#[test]
fn it_obeys_no_text_of_a_token_and_asks_no_server() {
    let stage = Stage::new();
    let token = stage.mint.token(&with(ISSUER, "sub", "\u{1b}[2J\u{9b}31m\u{7}owned"));
    assert!(stage.lab.path("state").is_dir());
    let Stage { lab, server, .. } = stage;
    server.kill();
    let input = lab.file("token", &token);
    let mut command = lab.command(&["token", "inspect", "-"]);
    let output = command.stdin(std::fs::File::open(input).unwrap()).stdout(Stdio::piped()).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && shown.contains("owned") && shown.contains("it accepts the token"), "{shown}");
    assert!(!shown.contains(|letter: char| letter.is_control() && letter != '\n'), "{shown:?}");
    assert!(!shown.contains(parts(&token)[2]), "{shown}");
}
