//! What `POST /oauth2/token` answers (RFC 6749 §5, RFC 9068).

use super::{ENDPOINTS, refused, shown};
use crate::lab::{self, Client, GRANT, Lab, TOKEN, text};

#[test]
fn o9_a_scope_that_may_not_be_is_invalid_and_what_was_granted_is_told_when_it_differs() {
    let lab = Lab::new();
    lab.configure("[scopes]\nreports = \"Reports\"\n");
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &["--scope", "hello-world"]), server.line(None));
    let scope = |short: &str| format!("https://localhost:{}/test/{short}", server.port);
    insta::assert_snapshot!(shown(&client.post(&mut line, TOKEN, &format!("{GRANT}&scope=hello-world")), &server), @r#"
    400
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    x-request-id: ID

    {"error":"invalid_scope","error_description":"this client may not have that scope, or not these together"}
    "#);
    let hello = scope("hello-world");
    for wrong in [
        scope("reports"),
        format!("{hello} {}", scope("reports")),
        format!("{hello}  {hello}"),
        format!("{hello}\t"),
        "é".into(),
        "\"".into(),
        "+".into(),
    ] {
        refused(&client.post(&mut line, TOKEN, &format!("{GRANT}&scope={wrong}")), 400, "invalid_scope", &wrong);
    }
    let granted = client.post(&mut line, TOKEN, GRANT).json();
    assert_eq!(granted["scope"], hello.as_str(), "nothing was asked for: {granted}");
    let same = client.post(&mut line, TOKEN, &format!("{GRANT}&scope={hello}")).json();
    assert_eq!(same.get("scope"), None, "what was granted as asked is not repeated: {same}");
    let twice = client.post(&mut line, TOKEN, &format!("{GRANT}&scope={hello}%20{hello}")).json();
    assert_eq!(twice["scope"], hello.as_str(), "{twice}");
}

#[test]
fn o10_o11_a_token_is_uncached_json_without_a_refresh_token() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &["--ttl", "5m"]), server.line(None));
    let answer = client.post(&mut line, TOKEN, GRANT);
    let token = answer.access_token();
    insta::assert_snapshot!(shown(&answer, &server).replace(&token, "TOKEN"), @r#"
    200
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    x-request-id: ID

    {"access_token":"TOKEN","expires_in":300,"token_type":"Bearer","scope":"https://localhost:PORT/test/hello-world"}
    "#);
}

#[test]
fn o12_an_error_echoes_nothing_and_has_the_allowed_characters() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    let basic = client.basic();
    let marker = "Zx9%22%5C%0A%C3%A9";
    for path in ENDPOINTS {
        for form in [
            format!("grant_type={marker}&token={marker}&scope={marker}"),
            format!("{GRANT}&scope={marker}"),
            format!("{marker}={marker}&{marker}={marker}"),
            format!("{GRANT}&client_id={marker}"),
        ] {
            for headers in [&[("authorization", &*basic)] as &[_], &[]] {
                let answer = line.post(path, headers, &form).unwrap();
                assert!(!answer.body.contains("Zx9"), "{path} {form}: {answer:?}");
                let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
                let description = body["error_description"].as_str().unwrap_or_default();
                let allowed = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
                assert!(description.bytes().all(allowed), "{description}");
            }
        }
    }
}

#[test]
fn o30_a_token_has_the_claims_of_rfc_9068_and_says_that_it_is_one() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &["--ttl", "90s"]), server.line(None));
    let (one, two) = (client.token(&mut line), client.token(&mut line));
    let (header, claims) = (lab::header(&one), lab::claims(&one));
    assert_eq!((&header["typ"], header["kid"].is_string()), (&"at+jwt".into(), true), "{header}");
    assert_eq!((&claims["sub"], &claims["client_id"]), (&client.id.as_str().into(), &client.id.as_str().into()), "{claims}");
    assert_eq!((text(&claims, "iss"), text(&claims, "aud")), (&*server.url, &*format!("{}/test", server.url)), "{claims}");
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 90, "{claims}");
    assert_eq!(claims["scope"], format!("{}/test/hello-world", server.url));
    assert_ne!(claims["jti"], lab::claims(&two)["jti"], "each has a name of its own");
}
