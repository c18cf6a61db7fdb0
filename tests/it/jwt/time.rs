//! J17: the boundary of expiry. Every row lies far enough from it that a slow machine does not move it across; the boundary
//! itself, to the second, is a unit test's.

use serde_json::{Value, json};

use super::stage::{ISSUER, LENIENT, OWN, Stage, claims, now, with};

/// What no test waits for.
const MARGIN: u64 = 30;

#[test]
fn j17_our_own_tokens_end_at_exp_without_leeway() {
    let stage = Stage::new();
    let (_, client) = stage.granted("partner", &[]);
    let own = stage.own_mint();
    let of = |exp: u64| {
        let mut claims = with(OWN, "exp", exp);
        (claims["sub"], claims["client_id"], claims["iat"]) = (client.id.clone().into(), client.id.clone().into(), json!(now()));
        own.token(&claims)
    };
    stage.expect([
        (of(now() + MARGIN), "allowed"),
        (of(now()), "expired"),
        (of(now() - 1), "expired"),
        (of(now() - 59), "expired"),
    ]);
}

#[test]
fn j17_another_issuer_has_the_leeway_that_was_set_and_no_more() {
    let stage = Stage::new();
    let rsa = |claim: &str, value: u64| stage.rsa.token(&with(LENIENT, claim, value));
    stage.expect([
        (rsa("exp", now() + MARGIN), "allowed"),
        (rsa("exp", now() - (60 - MARGIN)), "allowed"),
        (rsa("exp", now() - 60), "expired"),
        (rsa("exp", now() - 3600), "expired"),
        (rsa("nbf", now() + 60), "allowed"),
        (rsa("nbf", now() + 61 + MARGIN), "not_yet_valid"),
        (rsa("iat", now() + 60), "allowed"),
        (rsa("iat", now() + 61 + MARGIN), "not_yet_valid"),
    ]);
    let mint = |claim: &str, value: Value| stage.mint.token(&with(ISSUER, claim, value));
    stage.expect([
        (mint("exp", json!(now())), "expired"),
        (mint("exp", json!(now() - 30)), "expired"),
        (mint("nbf", json!(now() + MARGIN)), "not_yet_valid"),
        (mint("iat", json!(now() + MARGIN)), "not_yet_valid"),
        (stage.mint.token(&claims(ISSUER)), "allowed"),
    ]);
}

#[test]
fn leeway_is_at_most_a_minute() {
    let lab = crate::lab::Lab::new();
    let fault = |line: &str| {
        lab.configure(&format!("[[issuers]]\nissuer = \"https://i\"\njwks_file = \"k\"\n{line}\n"));
        lab.run(&["config", "check"]).stderr
    };
    insta::assert_snapshot!(fault("leeway = \"61s\""), @r#"
    authbench: authbench.toml:4: `issuers.leeway`: `61s` is too long; write at most "60s"
      mend: see docs/configuration.md
    "#);
    insta::assert_snapshot!(fault("leeway = \"500ms\""), @"
    authbench: authbench.toml:4: `issuers.leeway`: `500ms` is no number of whole seconds
      mend: see docs/configuration.md
    ");
    insta::assert_snapshot!(fault("leeway = 60"), @"
    authbench: authbench.toml:4: `issuers.leeway`: invalid type: integer `60`, expected a string
      mend: see docs/configuration.md
    ");
    insta::assert_snapshot!(fault("client_ids = [\"app\"]"), @r#"
    authbench: authbench.toml:4: `issuers.client_ids`: is for tokens without `aud`, which `standard` refuses
      mend: remove it, or write profile = "aws" when this issuer is a Cognito user pool
    "#);
    insta::assert_snapshot!(fault("profile = \"aws\"\nclient_ids = []"), @"
    authbench: authbench.toml:5: `issuers.client_ids`: names nobody
      mend: write the ids of the app clients that may call
    ");
    assert_eq!(fault("leeway = \"60s\"\nprofile = \"aws\"\nclient_ids = [\"app\"]"), "");
    lab.configure("[jwt]\ntoken_cache = 1000001\n");
    insta::assert_snapshot!(lab.run(&["config", "check"]).stderr, @"
    authbench: authbench.toml:2: `jwt.token_cache`: is more than fits into memory
      mend: write a number up to 1000000, or 0 to verify every token anew
    ");
}
