use std::fs;

use serde_json::{Value, json};

use super::*;
use crate::{
    algorithm::KeyKind,
    authn::jwt::{
        KeySet,
        jws::{Compact, Typ},
    },
    issuer::signing::RULES,
    store::Store,
};

fn header(token: &str) -> String {
    String::from_utf8(URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap()
}

fn kid(token: &str) -> String {
    serde_json::from_str::<Value>(&header(token)).unwrap()["kid"].as_str().unwrap().to_owned()
}

fn now_stored(state: &Path) -> Arc<Vec<SigningKey>> {
    Arc::new(Store::open(state).unwrap().signing_keys().unwrap())
}

#[test]
fn the_key_is_made_once_and_signs_what_its_jwk_verifies() {
    for kind in [RULES.kind, KeyKind::strong(Algorithm::EdDsa), KeyKind::COGNITO] {
        let state = tempfile::tempdir().unwrap();
        let rules = Rotation { kind, ..RULES };
        let first = Signer::open(state.path(), rules).unwrap();
        let token = first.sign(Header::AccessToken, &json!({"a": 1})).unwrap();
        let again = Signer::open(state.path(), rules).unwrap();
        assert_eq!(first.jwks(), again.jwks());
        let keys = KeySet::from_jwks(&again.jwks()).unwrap();
        let jws = Compact::parse(&token).unwrap();
        assert_eq!(jws.typ(), Typ::AccessToken);
        assert_eq!(jws.verify(&keys, &[kind.algorithm]).unwrap(), br#"{"a":1}"#);
        let others: Vec<_> = Algorithm::ALL.iter().copied().filter(|other| *other != kind.algorithm).collect();
        assert!(jws.verify(&keys, &others).is_err());
    }
}

#[test]
fn o30_the_header_is_that_of_the_profile() {
    let state = tempfile::tempdir().unwrap();
    let signer = Signer::open(state.path(), Rotation { kind: KeyKind::COGNITO, ..RULES }).unwrap();
    let token = signer.sign(Header::Bare, &json!({})).unwrap();
    assert_eq!(header(&token), format!(r#"{{"kid":"{}","alg":"RS256"}}"#, kid(&token)));
    let token = signer.sign(Header::AccessToken, &json!({})).unwrap();
    assert_eq!(header(&token), format!(r#"{{"typ":"at+jwt","alg":"RS256","kid":"{}"}}"#, kid(&token)));
}

#[test]
fn a_running_signer_follows_and_fails_closed() {
    let state = tempfile::tempdir().unwrap();
    let signer = Signer::open(state.path(), RULES).unwrap();
    let first = kid(&signer.sign(Header::Bare, &json!({})).unwrap());
    let mut kept = SigningKeys::open(state.path(), RULES).unwrap();
    let next = kept.rotate(RULES.wait, clock::now()).unwrap().kid;
    signer.follow(&now_stored(state.path()));
    assert_eq!(kid(&signer.sign(Header::Bare, &json!({})).unwrap()), first, "published, but not yet its turn");
    let jwks: Value = serde_json::from_str(&signer.jwks()).unwrap();
    assert_eq!((&jwks["keys"][0]["kid"], &jwks["keys"][1]["kid"]), (&json!(first), &json!(*next)));

    let signs = kept.rotate(Duration::ZERO, clock::now()).unwrap().signs.unwrap();
    signer.follow(&now_stored(state.path()));
    // A tick after the first one began, at most.
    while clock::now() < signs {}
    assert_eq!(kid(&signer.sign(Header::Bare, &json!({})).unwrap()), *next);
    kept.retire(&first, clock::now()).unwrap();
    signer.follow(&now_stored(state.path()));
    assert!(!signer.jwks().contains(&first));

    signer.follow(&Arc::default());
    assert_eq!(signer.jwks(), r#"{"keys":[]}"#);
    assert_eq!(signer.sign(Header::Bare, &json!({})).unwrap_err(), "no signing key that is here has begun to sign");
}

#[test]
fn a_server_without_the_file_of_the_newest_key_signs_with_the_second() {
    let state = tempfile::tempdir().unwrap();
    let signer = Signer::open(state.path(), RULES).unwrap();
    let first = kid(&signer.sign(Header::Bare, &json!({})).unwrap());
    let next = SigningKeys::open(state.path(), RULES).unwrap().rotate(Duration::ZERO, clock::now()).unwrap().kid;
    let path = state.path().join("signing-keys").join(format!("{next}.pem"));
    for content in
        [None, Some("nonsense"), Some(&*fs::read_to_string(state.path().join(format!("signing-keys/{first}.pem"))).unwrap())]
    {
        fs::remove_file(&path).unwrap();
        if let Some(content) = content {
            fs::write(&path, content).unwrap();
        }
        signer.follow(&now_stored(state.path()));
        assert_eq!(kid(&signer.sign(Header::Bare, &json!({})).unwrap()), first, "{content:?}");
        fs::write(&path, "there again").unwrap();
    }
    let said = Signer::open(state.path(), RULES).unwrap_err().to_string();
    assert!(said.contains(".pem cannot be used") && said.contains("mend: put the right file back"), "a start says so: {said}");
}
