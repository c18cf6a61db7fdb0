//! What a payload must say, issuer by issuer, claim by claim; and what a remembered token may not outlive. Forged signatures
//! are the integration tests' business.

use std::time::Duration;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::store::{Store, feed};

const NOW: u64 = 1_800_000_000;
const ABSENT: &str = "(absent)";

fn issuer(profile: Profile, own: bool) -> TrustedIssuer {
    TrustedIssuer {
        issuer: "https://i".into(),
        audience: "a".into(),
        algorithms: vec![Algorithm::Es256],
        keys: LiveKeys::new(KeySet::default()),
        refetch: None,
        own,
        profile,
        clients: None,
        leeway: Duration::ZERO,
    }
}

/// A key of no meaning: what is judged here was verified elsewhere.
fn key() -> Key {
    let (x, y) = ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
    let set = json!({"keys": [{"kid": "k", "kty": "EC", "crv": "P-256", "x": x, "y": y}]});
    KeySet::from_jwks(&set.to_string()).unwrap().find("k").unwrap().clone()
}

/// What becomes of good claims after one of them was changed.
fn outcome(issuer: &TrustedIssuer, claim: &str, value: &Value) -> Result<(), Reason> {
    let mut claims = json!({"iss": "https://i", "sub": "s", "client_id": "s", "exp": NOW + 1, "iat": NOW, "jti": "j"});
    match issuer.profile {
        Profile::Standard => claims["aud"] = json!("a"),
        Profile::Aws => claims["token_use"] = json!("access"),
    }
    claims[claim] = value.clone();
    if *value == json!(ABSENT) {
        claims.as_object_mut().unwrap().remove(claim);
    }
    let text = claims.to_string();
    let judge = || {
        let payload = Payload::read(text.as_bytes())?;
        let claims = issuer.believe(&payload, &mut Unwatched)?;
        let verified = Verified::new(0, issuer.own, &key(), &claims, "a");
        verified.is_timely(clock::from_seconds(NOW), issuer.leeway, &mut Unwatched)
    };
    judge().map_err(|denial: Denial| denial.reason)
}

fn check(issuer: &TrustedIssuer, rows: &[(&str, Value, Result<(), Reason>)]) {
    for (claim, value, expected) in rows {
        assert_eq!(outcome(issuer, claim, value), *expected, "{claim} = {value}");
    }
}

#[test]
fn every_type_value_and_absence_has_its_answer() {
    use Reason::{AudienceMismatch, CredentialMalformed, Expired, NotYetValid};
    let malformed = || Err(CredentialMalformed);
    let mut rows = vec![
        ("exp", json!(NOW + 1), Ok(())),
        ("exp", json!(253_402_300_799_u64), Ok(())),
        ("exp", json!(253_402_300_800_u64), malformed()),
        ("exp", json!(0), Err(Expired)),
        ("exp", json!(NOW), Err(Expired)),
        ("nbf", json!(NOW), Ok(())),
        ("nbf", json!(NOW + 1), Err(NotYetValid)),
        ("nbf", json!(u64::MAX), Err(NotYetValid)),
        ("iat", json!(NOW + 1), Err(NotYetValid)),
        ("iat", json!(0), Ok(())),
        ("aud", json!(["x", "a"]), Ok(())),
        ("extra", json!({"deep": [null]}), Ok(())),
        ("nbf", json!(ABSENT), Ok(())),
        ("scope", json!(ABSENT), Ok(())),
        ("auth_time", json!("of no interest here"), Ok(())),
    ];
    for wrong in [json!(ABSENT), json!(null), json!(""), json!(1), json!({}), json!([]), json!("a/"), json!("A"), json!("aa")] {
        rows.push(("aud", wrong, Err(AudienceMismatch)));
    }
    for wrong in [json!(["x"]), json!([["a"]]), json!(["a", 1]), json!([null, "a"]), json!({"a": "a"}), json!(true)] {
        rows.push(("aud", wrong, Err(AudienceMismatch)));
    }
    for number in ["exp", "iat", "nbf"] {
        for wrong in [json!(null), json!("1"), json!(1.5), json!(1e308), json!(-1), json!(true), json!([NOW]), json!({})] {
            rows.push((number, wrong, malformed()));
        }
    }
    for text in ["iss", "sub", "jti", "client_id", "scope"] {
        for wrong in [json!(null), json!(7), json!(true), json!(["s"]), json!({"s": "s"})] {
            rows.push((text, wrong, malformed()));
        }
    }
    for needed in ["exp", "iat", "iss", "sub", "jti"] {
        rows.push((needed, json!(ABSENT), malformed()));
    }
    rows.extend([("sub", json!(""), malformed()), ("jti", json!(""), malformed())]);
    check(&issuer(Profile::Standard, false), &rows);
}

#[test]
fn our_own_tokens_are_about_the_client_that_asked() {
    use Reason::CredentialMalformed;
    for profile in [Profile::Standard, Profile::Aws] {
        let rows = [
            ("client_id", json!("s"), Ok(())),
            ("client_id", json!("other"), Err(CredentialMalformed)),
            ("client_id", json!(ABSENT), Err(CredentialMalformed)),
            ("sub", json!("other"), Err(CredentialMalformed)),
        ];
        check(&issuer(profile, true), &rows);
        let foreign = TrustedIssuer { clients: Some(vec!["s".into()]), ..issuer(profile, false) };
        assert_eq!(outcome(&foreign, "sub", &json!("somebody")), Ok(()), "a foreign token may be about somebody else");
    }
}

#[test]
fn a_token_of_cognito_is_for_access_and_has_no_audience() {
    use Reason::{AudienceMismatch, CredentialMalformed, TypeMismatch};
    let mut rows = vec![
        ("aud", json!("a"), Ok(())),
        ("aud", json!(["a", "x"]), Ok(())),
        ("version", json!(2), Ok(())),
        ("auth_time", json!(NOW), Ok(())),
        ("username", json!(7), Ok(())),
    ];
    for wrong in [json!(null), json!("x"), json!(""), json!([]), json!(1), json!(["a", 1])] {
        rows.push(("aud", wrong, Err(AudienceMismatch)));
    }
    for wrong in
        [json!(ABSENT), json!("id"), json!("Access"), json!("access "), json!(""), json!(["access"]), json!(1), json!(null)]
    {
        rows.push(("token_use", wrong, Err(TypeMismatch)));
    }
    for number in ["version", "auth_time"] {
        for wrong in [json!("2"), json!(2.5), json!(-2), json!(null), json!([2])] {
            rows.push((number, wrong, Err(CredentialMalformed)));
        }
    }
    check(&issuer(Profile::Aws, true), &rows);
    let foreign = TrustedIssuer { clients: Some(vec!["s".into()]), ..issuer(Profile::Aws, false) };
    check(&foreign, &rows);
}

#[test]
fn without_an_audience_the_client_must_be_named() {
    use Reason::AudienceMismatch;
    let of = |clients: Option<&[&str]>| TrustedIssuer {
        clients: clients.map(|clients| clients.iter().map(|client| (*client).into()).collect()),
        ..issuer(Profile::Aws, false)
    };
    assert_eq!(outcome(&of(Some(&["x", "s"])), "client_id", &json!("s")), Ok(()));
    for nobody in [None, Some(&[][..]), Some(&["x"]), Some(&["S"]), Some(&["s "]), Some(&[""])] {
        assert_eq!(outcome(&of(nobody), "client_id", &json!("s")), Err(AudienceMismatch), "{nobody:?}");
        assert_eq!(outcome(&of(nobody), "aud", &json!("a")), Ok(()), "looked at only when there is no `aud`");
    }
    for wrong in [json!(ABSENT), json!(""), json!("ss")] {
        assert_eq!(outcome(&of(Some(&["s"])), "client_id", &wrong), Err(AudienceMismatch), "{wrong}");
    }
    let standard = TrustedIssuer { clients: Some(vec!["s".into()]), ..issuer(Profile::Standard, false) };
    assert_eq!(outcome(&standard, "aud", &json!(ABSENT)), Err(AudienceMismatch), "RFC 9068 §2.2: `aud` is required");
}

#[test]
fn leeway_moves_each_boundary_by_itself_and_no_further() {
    use Reason::{Expired, NotYetValid};
    for leeway in [0, 1, 60] {
        let issuer = TrustedIssuer { leeway: Duration::from_secs(leeway), ..issuer(Profile::Standard, false) };
        let rows = [
            ("exp", json!(NOW - leeway + 1), Ok(())),
            ("exp", json!(NOW - leeway), Err(Expired)),
            ("nbf", json!(NOW + leeway), Ok(())),
            ("nbf", json!(NOW + leeway + 1), Err(NotYetValid)),
            ("iat", json!(NOW + leeway), Ok(())),
            ("iat", json!(NOW + leeway + 1), Err(NotYetValid)),
        ];
        check(&issuer, &rows);
    }
}

#[test]
fn a_type_is_read_in_any_case_and_judged_by_its_issuer() {
    let typ = |text: &str| {
        let header = json!({"alg": "ES256", "kid": "k", "typ": text}).to_string();
        jws::Compact::parse(&format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode("{}"))).unwrap().typ()
    };
    let judged = |typ| [Profile::Standard, Profile::Aws].map(|profile| issuer(profile, true).expects(typ).is_ok());
    for right in ["at+jwt", "AT+JWT", "At+Jwt", "application/at+jwt", "APPLICATION/AT+JWT"] {
        assert_eq!(judged(typ(right)), [true, true], "{right}");
    }
    for plain in ["JWT", "jwt", "application/jwt"] {
        assert_eq!(judged(typ(plain)), [false, true], "{plain}");
    }
    for wrong in ["", "id+jwt", "at+jwt ", "application/application/at+jwt", "text/at+jwt", "at", "logout+jwt", "at+jwt;v=1", "é"]
    {
        assert_eq!(judged(typ(wrong)), [false, false], "{wrong}");
    }
    assert_eq!(judged(jws::Typ::Absent), [false, true]);
}

/// A key pair, its public half as a set, and tokens of its making.
struct Signer(EcdsaKeyPair);

impl Signer {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn keys(&self, kid: &str) -> KeySet {
        let [x, y] = [1..33, 33..65].map(|range| URL_SAFE_NO_PAD.encode(&self.0.public_key().as_ref()[range]));
        let set = json!({"keys": [{"kid": kid, "kty": "EC", "crv": "P-256", "x": x, "y": y}]});
        KeySet::from_jwks(&set.to_string()).unwrap()
    }

    fn token(&self, claims: &Value) -> String {
        let header = json!({"alg": "ES256", "typ": "at+jwt", "kid": "k"});
        let [header, claims] = [&header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = format!("{header}.{claims}");
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// A verifier of one issuer over an empty store, and the store.
fn verifier(issuer: TrustedIssuer) -> (Tokens, TempDir, feed::Feed) {
    let state = tempfile::tempdir().unwrap();
    let (memory, feed) = feed::follow(state.path(), |_| ()).unwrap();
    (Tokens::new(memory, vec![issuer], "a".into()).remembering(100), state, feed)
}

#[test]
fn a_remembered_token_does_not_outlive_its_key() {
    let signer = Signer::new();
    let foreign = issuer(Profile::Standard, false);
    let live = foreign.keys.clone();
    live.replace(signer.keys("k"));
    let (tokens, _state, _feed) = verifier(foreign);
    let claims = json!({"iss": "https://i", "sub": "s", "client_id": "s", "aud": "a", "exp": NOW + 9, "iat": NOW, "jti": "j"});
    let token = signer.token(&claims);
    let outcome = || tokens.verify(&token, clock::from_seconds(NOW)).map(|_| ()).map_err(|denial| denial.reason);
    assert_eq!((outcome(), outcome()), (Ok(()), Ok(())));
    assert_eq!(tokens.cache_counts(), CacheCounts { hits: 1, misses: 1, entries: 1 });
    live.replace(KeySet::default());
    assert_eq!(outcome(), Err(Reason::CredentialUnknown), "its key is gone");
    live.replace(signer.keys("other"));
    assert_eq!(outcome(), Err(Reason::CredentialUnknown), "its key has another name");
    live.replace(Signer::new().keys("k"));
    assert_eq!(outcome(), Err(Reason::SignatureInvalid), "another key has its name");
    assert_eq!(tokens.cache_counts(), CacheCounts { hits: 1, misses: 4, entries: 1 });
    live.replace(signer.keys("k"));
    assert_eq!(outcome(), Ok(()), "the same octets read anew are the same key");
    assert_eq!(tokens.cache_counts().hits, 2);
}

#[test]
fn a_token_of_cognito_is_judged_offline() {
    let signer = Signer::new();
    let of = |profile| {
        let own = issuer(profile, true);
        own.keys.replace(signer.keys("k"));
        let (tokens, state, feed) = verifier(own);
        Store::open(state.path()).unwrap().revoke_token("", "j", clock::from_seconds(NOW + 9)).unwrap();
        while !tokens.memory.is_token_revoked("", "j") {
            std::thread::yield_now();
        }
        (tokens, state, feed)
    };
    let mut claims = json!({"iss": "https://i", "sub": "s", "client_id": "s", "exp": NOW + 9, "iat": NOW, "jti": "j"});
    (claims["aud"], claims["token_use"], claims["scope"]) = (json!("a"), json!("access"), json!("a/hello x/y a/z"));
    let outcome = |profile, at| {
        let (tokens, ..) = of(profile);
        tokens.verify(&signer.token(&claims), clock::from_seconds(at)).map_err(|denial| denial.reason)
    };
    assert_eq!(outcome(Profile::Standard, NOW).unwrap_err(), Reason::Revoked);
    let principal = outcome(Profile::Aws, NOW).unwrap();
    assert_eq!((&*principal.id, &*principal.name, principal.kind), ("s", "s", Kind::Client));
    let scopes = Some(vec!["hello".to_owned(), "z".to_owned()].into());
    assert_eq!(principal.grant, Grant { scopes, ..Grant::default() });
    assert_eq!(outcome(Profile::Aws, NOW + 9).unwrap_err(), Reason::Expired, "its end is all that stops it");
}
