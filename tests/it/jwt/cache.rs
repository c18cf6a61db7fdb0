//! The memory of verified tokens: it saves arithmetic and changes no answer.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::stage::{ISSUER, Stage, claims, now, with};
use crate::lab::{self, PATH, Signer, decoded, parts};

impl Stage {
    /// How often a token was there, and was not.
    fn counts(&self) -> (u64, u64) {
        let of = |outcome: &str| self.server.metric(&format!("authbench_token_cache_total{{outcome=\"{outcome}\"}}"));
        (of("hit"), of("miss"))
    }

    /// Calls twice and sees that the second call found the token in memory.
    fn remember(&self, token: &str) {
        let (hits, _) = self.counts();
        self.expect([(token.to_owned(), "allowed"), (token.to_owned(), "allowed")]);
        assert_eq!(self.counts().0, hits + 1, "it is not remembered");
    }
}

#[test]
fn a_token_is_remembered_once_it_was_accepted() {
    let stage = Stage::new();
    let token = stage.mint.token(&claims(ISSUER));
    assert_eq!(stage.counts(), (0, 0));
    stage.expect([(token.clone(), "allowed")]);
    assert_eq!(stage.counts(), (0, 1));
    stage.expect([(token.clone(), "allowed"), (token.clone(), "allowed")]);
    assert_eq!(stage.counts(), (2, 1));
    let refused = stage.mint.token(&with(ISSUER, "aud", "elsewhere"));
    stage.expect([(refused.clone(), "audience_mismatch"), (refused, "audience_mismatch")]);
    assert_eq!(stage.counts(), (2, 3), "what was refused is not kept");
    let long = stage.mint.token(&with(ISSUER, "x", "x".repeat(4000)));
    stage.expect([(long.clone(), "allowed"), (long, "allowed")]);
    assert_eq!(stage.counts(), (2, 5), "what is longer than 4 KiB is not kept");
}

#[test]
fn switched_off_it_keeps_nothing_and_counts_nothing() {
    let stage = Stage::with("token_cache = 0");
    let token = stage.mint.token(&claims(ISSUER));
    stage.expect([(token.clone(), "allowed"), (token, "allowed")]);
    assert_eq!(stage.counts(), (0, 0));
}

#[test]
fn it_is_bounded() {
    let stage = Stage::with("token_cache = 2");
    let tokens: Vec<String> = (0..50).map(|_| stage.mint.token(&claims(ISSUER))).collect();
    for _ in 0..2 {
        stage.expect(tokens.iter().map(|token| (token.clone(), "allowed")));
    }
    let (hits, misses) = stage.counts();
    assert!(hits <= 4 && hits + misses == 100, "{hits} hits, {misses} misses");
}

#[test]
fn never_past_expiry() {
    let stage = Stage::new();
    let ends = now() + 3;
    let token = stage.mint.token(&with(ISSUER, "exp", ends));
    stage.remember(&token);
    let mut line = stage.server.line(None);
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let before = now();
        let outcome = line.get(PATH, &[("authorization", &format!("Bearer {token}"))]).unwrap().outcome();
        assert!(
            outcome == "allowed" && before < ends || outcome == "expired" && now() >= ends,
            "{outcome} at {before}, ends {ends}"
        );
        if outcome == "expired" {
            return;
        }
        assert!(Instant::now() < until, "still {outcome}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn never_past_a_revocation() {
    let stage = Stage::new();
    let (own, _) = stage.granted("partner", &[]);
    let foreign = stage.mint.token(&claims(ISSUER));
    for token in [own, foreign] {
        stage.remember(&token);
        let jti = lab::claims(&token)["jti"].as_str().unwrap().to_owned();
        stage.lab.effective(&["token", "revoke", &jti]);
        let (hits, _) = stage.counts();
        stage.expect([(token, "revoked")]);
        assert_eq!(stage.counts().0, hits + 1, "it was the memory that answered");
    }
}

#[test]
fn never_past_the_end_of_its_client() {
    let stage = Stage::new();
    let (token, _) = stage.granted("partner", &[]);
    stage.remember(&token);
    let one = |outcome| stage.expect([(token.clone(), outcome)]);
    stage.lab.effective(&["client", "disable", "partner"]);
    one("disabled");
    stage.lab.effective(&["client", "enable", "partner"]);
    one("allowed");
    stage.lab.effective(&["client", "remove", "partner"]);
    one("revoked");
}

#[test]
fn never_for_another_text() {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let stage = Stage::new();
    let (own, _) = stage.granted("partner", &[]);
    for token in [own, stage.mint.token(&claims(ISSUER))] {
        stage.remember(&token);
        let (hits, _) = stage.counts();
        let body = &token[..token.len() - 1];
        let last = LETTERS.iter().map(|letter| format!("{body}{}", char::from(*letter)));
        stage.expect(last.filter(|other| *other != token).map(|other| (other, "signature_invalid")));
        let [header, payload, signature] = parts(&token);
        stage.expect([
            (body.to_owned(), "signature_invalid"),
            (format!("{token}A"), "signature_invalid"),
            (format!("{token}="), "signature_invalid"),
            (format!("{header}.{payload}."), "signature_invalid"),
            (format!("{header}=.{payload}.{signature}"), "credential_malformed"),
            (token.to_lowercase(), "credential_malformed"),
        ]);
        let stranger = Signer::es256(decoded(header)["kid"].as_str().unwrap());
        stage.expect([(stranger.token(&decoded(payload)), "signature_invalid")]);
        assert_eq!(stage.counts().0, hits, "none of them was found in memory");
        stage.expect([(token.clone(), "allowed")]);
        assert_eq!(stage.counts().0, hits + 1);
    }
}

#[test]
fn it_does_not_outlive_the_key_that_signed_it() {
    let stage = Stage::new();
    let (token, client) = stage.granted("partner", &[]);
    stage.remember(&token);
    stage.lab.effective(&["signing-key", "rotate", "--wait", "0s"]);
    stage.expect([(token.clone(), "allowed")]);
    stage.lab.effective(&["signing-key", "retire", &lab::kid(&token)]);
    stage.expect([(token, "credential_unknown")]);
    stage.remember(&client.token(&mut stage.server.line(None)));
}
