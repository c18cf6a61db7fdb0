//! Verifying a token: with the memory of earlier ones, without it, and what the signature alone costs.

use std::{hint::black_box, sync::Arc, time::Duration};

use authbench::{
    authn::jwt::{KeySet, LiveKeys, Tokens, TrustedIssuer},
    clock,
    mode::Profile,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

use crate::{
    locks::Lab,
    measure::{Case, Round},
    mint::Mint,
};

pub(crate) const ISSUER: &str = "https://localhost:8443";
pub(crate) const IDENTIFIER: &str = "https://localhost:8443/test";
/// So many different tokens take turns: what a processor remembers of one is not measured.
const TOKENS: usize = 64;

/// Tokens as the server's own token service makes them, each with a `jti` of its own.
pub(crate) fn some(lab: &Lab, mint: &Mint) -> Vec<String> {
    let now = clock::seconds(clock::now());
    let token = |number: usize| {
        mint.token(&json!({
            "iss": ISSUER, "sub": lab.client, "client_id": lab.client, "aud": IDENTIFIER, "exp": now + 3600, "iat": now,
            "jti": format!("{number:022}"), "scope": format!("{IDENTIFIER}/hello-world"),
        }))
    };
    (0..TOKENS).map(token).collect()
}

/// What judges them.
pub(crate) fn verifier(lab: &Lab, mint: &Mint) -> Tokens {
    let own = TrustedIssuer {
        issuer: ISSUER.into(),
        audience: IDENTIFIER.into(),
        algorithms: vec![mint.algorithm().parse().expect("an algorithm of ours")],
        keys: LiveKeys::new(KeySet::from_jwks(&mint.jwks().to_string()).expect("a good key")),
        refetch: None,
        own: true,
        profile: Profile::Standard,
        clients: None,
        leeway: Duration::ZERO,
    };
    Tokens::new(Arc::clone(&lab.memory), vec![own], IDENTIFIER.into())
}

/// Three cases for every kind of key.
pub(crate) fn cases(lab: &Lab) -> Vec<Case> {
    Mint::all().iter().flat_map(|mint| of(lab, mint)).collect()
}

fn of(lab: &Lab, mint: &Mint) -> [Case; 3] {
    let tokens = some(lab, mint);
    let (bare, verifying, remembering) = (mint.bare(), verifier(lab, mint), verifier(lab, mint).remembering(10_000));
    let taken_apart = |token: &String| {
        let (signed, signature) = token.rsplit_once('.').expect("a token");
        (signed.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(signature).expect("base64url"))
    };
    let mut signatures = Round::new(tokens.iter().map(taken_apart).collect());
    let mut first = Round::new(tokens.clone());
    let mut second = Round::new(tokens);
    [
        Case::new(mint.name(), "signature alone", move || {
            let (signed, signature) = signatures.next();
            black_box(bare.verify_sig(black_box(signed), signature)).expect("it verifies");
        }),
        Case::new(mint.name(), "token, verified", move || {
            black_box(verifying.verify(first.next(), clock::now())).expect("it is good");
        }),
        Case::new(mint.name(), "token, remembered", move || {
            black_box(remembering.verify(second.next(), clock::now())).expect("it is good");
        }),
    ]
}
