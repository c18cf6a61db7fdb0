//! `private_key_jwt` (RFC 7523 §2.2, §3): what proves a client, and that nothing else does.

use serde_json::{Value, json};

use super::{
    ENDPOINTS, INTROSPECT, REVOKE, call, error, refused, shown,
    signs::{self, TYPE, claims, form, present},
};
use crate::lab::{self, Client, GRANT, Lab, Signer, TOKEN, WITHIN};

/// Failures are many here: the budget must not be what refuses.
const PATIENT: &str = "[guessing]\nfailures = 100000\nrefill_per_second = 1000\n";

#[test]
fn a_signature_of_each_algorithm_gets_a_token_that_works() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let mut line = server.line(None);
    for signer in [Signer::es256("ec"), Signer::rs256("rsa"), Signer::ed25519("ed")] {
        let id = signs::client(&lab, &signer.kid, &signer);
        for audience in [json!(server.url), json!(format!("{}{TOKEN}", server.url)), json!([server.url])] {
            let mut claims = claims(&id, "");
            claims["aud"] = audience.clone();
            let token = present(&mut line, TOKEN, &signer.assertion(&claims), "").access_token();
            assert_eq!(call(&mut line, &token), "allowed", "{} {audience}", signer.algorithm());
            assert_eq!(lab::claims(&token)["sub"], id.as_str());
        }
        let with_id = present(&mut line, TOKEN, &signer.assertion(&claims(&id, &server.url)), &format!("&client_id={id}"));
        assert_eq!(with_id.status, 200, "{with_id:?}");
    }
}

#[test]
fn it_proves_a_client_at_every_endpoint() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (signer, mut line) = (Signer::es256("k"), server.line(None));
    let id = signs::client(&lab, "partner", &signer);
    let assertion = || signer.assertion(&claims(&id, &server.url));
    let token = present(&mut line, TOKEN, &assertion(), "").access_token();
    let told = present(&mut line, INTROSPECT, &assertion(), &format!("&token={token}"));
    assert_eq!(told.json()["active"], true, "{told:?}");
    assert_eq!(present(&mut line, REVOKE, &assertion(), &format!("&token={token}")).status, 200);
    assert_eq!(call(&mut line, &token), "revoked");
}

#[test]
fn a_wrong_assertion_is_the_answer_of_an_unknown_client() {
    let lab = Lab::new();
    lab.configure(PATIENT);
    let server = lab.serve("jwt");
    let (signer, mut line) = (Signer::es256("k"), server.line(None));
    let id = signs::client(&lab, "partner", &signer);
    let nobody = shown(&present(&mut line, TOKEN, &signer.assertion(&claims("nobody", &server.url)), ""), &server);
    insta::assert_snapshot!(nobody, @r#"
    401
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    www-authenticate: Basic realm="authbench", charset="UTF-8"
    x-request-id: ID

    {"error":"invalid_client","error_description":"client authentication failed"}
    "#);
    let now = authbench::clock::seconds(authbench::clock::now());
    let absent = json!("(absent)");
    let rows: Vec<(&str, Value)> = [
        ("iss", vec![absent.clone(), json!("other"), json!([id]), json!(server.url)]),
        ("sub", vec![absent.clone(), json!("other"), json!([id]), Value::Null]),
        (
            "aud",
            vec![
                absent.clone(),
                json!("https://elsewhere.example"),
                json!(format!("{}/", server.url)),
                json!(format!("{}{REVOKE}", server.url)),
                json!(format!("{}/test", server.url)),
                json!([]),
                json!([server.url, "https://elsewhere.example"]),
                json!({"a": server.url}),
                Value::Null,
            ],
        ),
        (
            "exp",
            vec![
                absent.clone(),
                json!(now),
                json!(now - 60),
                json!(now + 660),
                json!(-1),
                json!(1e308),
                json!((now + 60).to_string()),
                serde_json::from_str(&format!("{}.5", now + 60)).unwrap(),
                Value::Null,
            ],
        ),
        ("nbf", vec![json!(now + 120), json!("0"), Value::Null]),
        ("iat", vec![json!(now + 120), json!("0"), json!(true)]),
        ("jti", vec![absent.clone(), json!(""), json!(7), json!("j".repeat(257))]),
    ]
    .into_iter()
    .flat_map(|(claim, values)| values.into_iter().map(move |value| (claim, value)))
    .collect();
    for (claim, value) in rows {
        let mut claims = claims(&id, &server.url);
        if value == absent {
            claims.as_object_mut().unwrap().remove(claim);
        } else {
            claims[claim] = value.clone();
        }
        let answer = shown(&present(&mut line, TOKEN, &signer.assertion(&claims), ""), &server);
        assert_eq!(answer, nobody, "{claim} = {value}");
    }
}

#[test]
fn the_header_of_an_assertion_opens_no_other_door() {
    let lab = Lab::new();
    lab.configure(PATIENT);
    let server = lab.serve("jwt");
    let (signer, stranger, mut line) = (Signer::es256("k"), Signer::es256("k"), server.line(None));
    let id = signs::client(&lab, "partner", &signer);
    let mut outcome = |signer: &Signer, member: &str, value: Value| {
        let mut header = signer.assertion_header();
        header[member] = value;
        let payload = claims(&id, &server.url).to_string();
        error(&present(&mut line, TOKEN, &signer.token_of(header.to_string(), payload), ""))
    };
    for typ in [json!("JWT"), json!("jwt"), json!("client-authentication+jwt"), json!("application/JWT")] {
        assert_eq!(outcome(&signer, "typ", typ.clone()).0, 200, "{typ}");
    }
    let no = (401, "invalid_client".to_owned());
    for (member, value) in [
        ("typ", Value::Null),
        ("typ", json!("at+jwt")),
        ("typ", json!("application/at+jwt")),
        ("typ", json!("")),
        ("typ", json!(7)),
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("RS256")),
        ("alg", json!("ES384")),
        ("kid", json!("other")),
        ("kid", json!("")),
        ("kid", json!("../k")),
        ("kid", json!(["k"])),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("crit", Value::Null),
        ("b64", json!(true)),
        ("b64", json!(false)),
    ] {
        assert_eq!(outcome(&signer, member, value.clone()), no, "{member} = {value}");
    }
    for (member, value) in [("jwk", stranger.jwk()), ("jku", json!("https://127.0.0.1:1/")), ("x5c", json!(["MA=="]))] {
        assert_eq!(outcome(&stranger, member, value), no, "{member} names a key of its own");
    }
    let mut header = signer.assertion_header();
    header.as_object_mut().unwrap().remove("kid");
    let payload = claims(&id, &server.url).to_string();
    let answer = present(&mut line, TOKEN, &signer.token_of(header.to_string(), payload), "");
    refused(&answer, 401, "invalid_client", "without kid");
}

#[test]
fn no_change_of_an_assertion_is_accepted() {
    let lab = Lab::new();
    lab.configure(PATIENT);
    let server = lab.serve("jwt");
    let (signer, mut line) = (Signer::es256("k"), server.line(None));
    let id = signs::client(&lab, "partner", &signer);
    let right = signer.assertion(&claims(&id, &server.url));
    let [header, payload, signature] = right.split('.').collect::<Vec<_>>()[..] else { panic!("{right}") };
    let long = signer.assertion(&{
        let mut claims = claims(&id, &server.url);
        claims["x"] = json!("x".repeat(8 * 1024));
        claims
    });
    for wrong in [
        format!("{header}.{payload}."),
        format!("{header}.{payload}"),
        format!("{right}."),
        format!("{right}.x"),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        right.replace('.', "%0A."),
        format!("%20{right}"),
        long,
        "a.b.c".into(),
        "...".into(),
        "%00".into(),
    ] {
        refused(&present(&mut line, TOKEN, &wrong, ""), 401, "invalid_client", &wrong);
    }
    assert_eq!(present(&mut line, TOKEN, &right, "").status, 200, "none of them has used it up");
}

#[test]
fn an_assertion_is_used_once_and_only_a_right_one_is_used_up() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (signer, mut line) = (Signer::es256("k"), server.line(None));
    let id = signs::client(&lab, "partner", &signer);
    let right = claims(&id, &server.url);
    // The same `jti` in assertions that are wrong in something else leaves no trace.
    for (claim, value) in [("aud", json!("https://elsewhere.example")), ("exp", json!(1)), ("iss", json!("other"))] {
        let mut wrong = right.clone();
        wrong[claim] = value;
        refused(&present(&mut line, TOKEN, &signer.assertion(&wrong), ""), 401, "invalid_client", claim);
    }
    let assertion = signer.assertion(&right);
    assert_eq!(present(&mut line, TOKEN, &assertion, "").status, 200);
    let again = shown(&present(&mut line, TOKEN, &assertion, ""), &server);
    let nobody = shown(&present(&mut line, TOKEN, &signer.assertion(&claims("nobody", &server.url)), ""), &server);
    assert_eq!(again, nobody, "a copy is worth nothing, and its answer tells nothing");
    for path in ENDPOINTS {
        let resigned = signer.assertion(&right);
        refused(&present(&mut line, path, &resigned, "&token=x"), 401, "invalid_client", "the same name under another signature");
    }
    let of_another = signs::client(&lab, "other", &Signer::es256("k2"));
    assert_ne!(of_another, id);
}

#[test]
fn of_many_copies_at_once_one_gets_a_token() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let signer = Signer::es256("k");
    let id = signs::client(&lab, "partner", &signer);
    let assertion = signer.assertion(&claims(&id, &server.url));
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let calls: Vec<_> =
            (0..16).map(|_| scope.spawn(|| present(&mut server.line(None), TOKEN, &assertion, "").status)).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 401].contains(status)), "{statuses:?}");
}

#[test]
fn bad_assertions_spend_the_budget_of_wrong_secrets_and_a_right_one_passes() {
    let lab = Lab::new();
    lab.configure("[guessing]\nfailures = 3\nrefill_per_second = 1\n");
    let server = lab.serve("jwt");
    let (signer, stranger, mut line) = (Signer::es256("k"), Signer::es256("k"), server.line(None));
    let id = signs::client(&lab, "partner", &signer);
    let secret = Client { id: id.clone(), secret: "wrong".into() };
    refused(&secret.post(&mut line, TOKEN, GRANT), 401, "invalid_client", "a secret");
    refused(&present(&mut line, TOKEN, &stranger.assertion(&claims(&id, &server.url)), ""), 401, "invalid_client", "a signature");
    let mut late = claims(&id, &server.url);
    late["exp"] = json!(1);
    let seen: Vec<_> = (0..6).map(|_| present(&mut line, TOKEN, &signer.assertion(&late), "").status).collect();
    assert_eq!((seen[0], seen.contains(&429)), (401, true), "{seen:?}");
    assert_eq!(present(&mut line, TOKEN, &signer.assertion(&claims(&id, &server.url)), "").status, 200);
}

#[test]
fn no_client_is_moved_to_the_other_method() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (signer, mut line) = (Signer::es256("k"), server.line(None));
    let id = signs::client(&lab, "signs", &signer);
    let knows = Client::new(&lab, "knows", &[]);
    refused(&present(&mut line, TOKEN, &signer.assertion(&claims(&knows.id, &server.url)), ""), 401, "invalid_client", "no keys");
    for secret in ["", "x", &signer.jwk().to_string(), &knows.secret] {
        let as_secret = Client { id: id.clone(), secret: secret.to_owned() };
        refused(&as_secret.post(&mut line, TOKEN, GRANT), 401, "invalid_client", "a secret for a client with keys");
    }
    let assertion = signer.assertion(&claims(&id, &server.url));
    refused(&present(&mut line, TOKEN, &assertion, "&client_secret=x"), 400, "invalid_request", "both");
    refused(&present(&mut line, TOKEN, &assertion, &format!("&client_id={}", knows.id)), 401, "invalid_client", "another id");
    let alone = format!("{GRANT}&client_assertion={assertion}");
    refused(&line.post(TOKEN, &[], &alone).unwrap(), 400, "invalid_request", "without its type");
    refused(&line.post(TOKEN, &[], &format!("{GRANT}&{TYPE}")).unwrap(), 400, "invalid_request", "the type alone");
    let other_type = form(&assertion).replace("jwt-bearer", "saml2-bearer");
    refused(&line.post(TOKEN, &[], &other_type).unwrap(), 401, "invalid_client", "another type");
    assert_eq!(present(&mut line, TOKEN, &assertion, "").status, 200);
}

#[test]
fn new_keys_replace_the_old_ones_and_both_work_while_both_are_in_the_set() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (old, new, mut line) = (Signer::es256("old"), Signer::rs256("new"), server.line(None));
    let id = signs::client(&lab, "partner", &old);
    let mut works = |signer: &Signer| present(&mut line, TOKEN, &signer.assertion(&claims(&id, &server.url)), "").status == 200;
    assert!(works(&old) && !works(&new));
    let both = signs::publish(&lab, "both", &[&old, &new]);
    lab.effective(&["client", "rotate", "partner", "--jwks", &both]);
    assert!(works(&old) && works(&new), "the overlap");
    let only = signs::publish(&lab, "only", &[&new]);
    lab.effective(&["client", "rotate", "partner", "--jwks", &only]);
    assert!(!works(&old) && works(&new));
    lab.json(&["client", "disable", "partner"]);
    std::thread::sleep(WITHIN);
    assert!(!works(&new), "a disabled client");
}
