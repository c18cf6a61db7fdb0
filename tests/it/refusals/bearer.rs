//! Tokens that are refused (RFC 6750 §3.1), with the challenge that says why.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{PATH, get};
use crate::lab::{Lab, Server, text};

fn granted(lab: &Lab, server: &Server) -> String {
    let client = lab.effective(&["client", "add", "partner"]);
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        text(&client, "client_id"),
        text(&client, "client_secret")
    );
    let answer = server.line(None).post("/oauth2/token", &[], &form).unwrap();
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    text(&body, "access_token").to_owned()
}

#[test]
fn a_challenge_is_bare_when_nothing_was_presented_and_says_why_otherwise() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    insta::assert_snapshot!(get(&server, &[]), @r#"
    401
    cache-control: no-store
    content-type: application/problem+json
    www-authenticate: Bearer realm="authbench"
    x-request-id: ID

    {"type":"about:blank","title":"Unauthorized","status":401,"detail":"No credential was presented.","reason":"credential_missing","request_id":"ID"}
    "#);
    insta::assert_snapshot!(get(&server, &[("authorization", "Bearer a.b.c")]), @r#"
    401
    cache-control: no-store
    content-type: application/problem+json
    www-authenticate: Bearer realm="authbench", error="invalid_token", error_description="The credential cannot be read."
    x-request-id: ID

    {"type":"about:blank","title":"Unauthorized","status":401,"detail":"The credential cannot be read.","reason":"credential_malformed","request_id":"ID"}
    "#);
    insta::assert_snapshot!(get(&server, &[("authorization", "Bearer a"), ("authorization", "Bearer a")]), @r#"
    400
    cache-control: no-store
    content-type: application/problem+json
    www-authenticate: Bearer realm="authbench", error="invalid_request", error_description="More than one credential was presented."
    x-request-id: ID

    {"type":"about:blank","title":"Bad Request","status":400,"detail":"More than one credential was presented.","reason":"credential_ambiguous","request_id":"ID"}
    "#);
}

#[test]
fn no_change_of_a_token_is_accepted() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let token = granted(&lab, &server);
    let mut line = server.line(None);
    let mut outcome = |token: &str| line.get(PATH, &[("authorization", &format!("Bearer {token}"))]).unwrap().outcome();
    assert_eq!(outcome(&token), "allowed");
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("{token}") };
    let with_header = |text: &str| format!("{}.{payload}.{signature}", URL_SAFE_NO_PAD.encode(text));
    let kid = text(&serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap(), "kid").to_owned();
    let rows = [
        (format!("{header}.{payload}."), "signature_invalid"),
        (format!("{header}.{payload}"), "credential_malformed"),
        (format!("{token}.x"), "credential_malformed"),
        (format!("{token}="), "signature_invalid"),
        (format!("{header}..{signature}"), "credential_malformed"),
        (with_header(&format!(r#"{{"alg":"none","typ":"at+jwt","kid":"{kid}"}}"#)), "algorithm_refused"),
        (with_header(&format!(r#"{{"alg":"None","typ":"at+jwt","kid":"{kid}"}}"#)), "algorithm_refused"),
        (with_header(&format!(r#"{{"alg":"HS256","typ":"at+jwt","kid":"{kid}"}}"#)), "algorithm_refused"),
        (with_header(&format!(r#"{{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}}"#)), "algorithm_refused"),
        (with_header(r#"{"alg":"ES256","typ":"at+jwt"}"#), "credential_unknown"),
        (with_header(r#"{"alg":"ES256","typ":"at+jwt","kid":"../../etc/passwd"}"#), "credential_unknown"),
        (with_header(r#"{"alg":"ES256","typ":"at+jwt","kid":["x"]}"#), "credential_malformed"),
        (with_header(&format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"{kid}","crit":["exp"]}}"#)), "credential_malformed"),
        (with_header(&format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"{kid}","crit":null}}"#)), "credential_malformed"),
        (with_header(&format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"{kid}","b64":false}}"#)), "credential_malformed"),
        (with_header(&format!(r#"{{"alg":"ES256","alg":"none","typ":"at+jwt","kid":"{kid}"}}"#)), "credential_malformed"),
        (
            with_header(&format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"{kid}","jku":"https://127.0.0.1:1/x"}}"#)),
            "signature_invalid",
        ),
    ];
    for (changed, reason) in rows {
        assert_eq!(outcome(&changed), reason, "{changed}");
    }
}
