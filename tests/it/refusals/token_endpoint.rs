//! The token endpoint says no as RFC 6749 §5.2 wants it.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::shown;
use crate::lab::{Lab, text};

const GRANT: &str = "grant_type=client_credentials";

#[test]
fn errors_are_json_uncached_and_name_the_scheme() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let post =
        |headers: &[(&str, &str)], form: &str| shown(&server.line(None).post("/oauth2/token", headers, form).unwrap(), &server);
    let basic = format!("Basic {}", STANDARD.encode("nobody:nothing"));
    insta::assert_snapshot!(post(&[("authorization", &basic)], GRANT), @r#"
    401
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    www-authenticate: Basic realm="authbench", charset="UTF-8"
    x-request-id: ID

    {"error":"invalid_client","error_description":"client authentication failed"}
    "#);
    insta::assert_snapshot!(post(&[], GRANT), @r#"
    401
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    www-authenticate: Basic realm="authbench", charset="UTF-8"
    x-request-id: ID

    {"error":"invalid_client","error_description":"client authentication failed"}
    "#);
    insta::assert_snapshot!(post(&[("authorization", &basic)], "grant_type=a&grant_type=b"), @r#"
    400
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    x-request-id: ID

    {"error":"invalid_request","error_description":"a parameter is there twice"}
    "#);
    let large = format!("{GRANT}&x={}", "x".repeat(70_000));
    insta::assert_snapshot!(post(&[], &large), @r#"
    413
    cache-control: no-store
    connection: close
    content-type: application/json
    pragma: no-cache
    x-request-id: ID

    {"error":"invalid_request","error_description":"the body is too large"}
    "#);
    let get = server.line(None).get("/oauth2/token", &[]).unwrap();
    assert_eq!((get.status, get.header("allow")), (405, Some("POST")));
}

#[test]
fn a_known_client_is_told_what_is_wrong_with_its_request() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let client = lab.effective(&["client", "add", "partner"]);
    let basic =
        format!("Basic {}", STANDARD.encode(format!("{}:{}", text(&client, "client_id"), text(&client, "client_secret"))));
    let post = |form: &str| {
        let answer = server.line(None).post("/oauth2/token", &[("authorization", &basic)], form).unwrap();
        (answer.status, serde_json::from_str::<serde_json::Value>(&answer.body).unwrap())
    };
    for (form, status, error) in [
        ("", 400, "invalid_request"),
        ("grant_type=password", 400, "unsupported_grant_type"),
        (&*format!("{GRANT}&scope=hello-world"), 400, "invalid_scope"),
        (&*format!("{GRANT}&scope=https%3A%2F%2Felsewhere%2Fhello-world"), 400, "invalid_scope"),
    ] {
        let (seen, body) = post(form);
        assert_eq!((seen, &body["error"]), (status, &serde_json::json!(error)), "{form}");
    }
    let scope = format!("https://localhost:{}/test/hello-world", server.port);
    let (status, all) = post(GRANT);
    assert_eq!(
        (status, &all["scope"], &all["token_type"], &all["expires_in"]),
        (200, &scope.clone().into(), &"Bearer".into(), &86_400.into())
    );
    let (_, exact) = post(&format!("{GRANT}&scope={scope}"));
    let members: Vec<_> = exact.as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["access_token", "expires_in", "token_type"], "what was granted as asked is not repeated");
}

#[test]
fn metadata_and_keys_say_what_works() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let get = |path: &str| shown(&server.line(None).get(path, &[]).unwrap(), &server);
    let document = get("/.well-known/oauth-authorization-server");
    assert_eq!(document, get("/.well-known/openid-configuration"));
    insta::assert_snapshot!(document, @r#"
    200
    cache-control: public, max-age=300
    content-type: application/json
    x-request-id: ID

    {"issuer":"https://localhost:PORT","token_endpoint":"https://localhost:PORT/oauth2/token","jwks_uri":"https://localhost:PORT/.well-known/jwks.json","scopes_supported":["https://localhost:PORT/test/hello-world"],"grant_types_supported":["client_credentials"],"token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"]}
    "#);
    let keys = server.line(None).get("/.well-known/jwks.json", &[]).unwrap();
    let keys: serde_json::Value = serde_json::from_str(&keys.body).unwrap();
    let key = keys["keys"][0].as_object().unwrap();
    assert_eq!(
        (&key["kty"], &key["crv"], &key["alg"], &key["use"]),
        (&"EC".into(), &"P-256".into(), &"ES256".into(), &"sig".into())
    );
    assert!(!key.contains_key("d"), "the private part stays here");
}

#[test]
fn nothing_but_the_secret_is_the_secret() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let client = lab.effective(&["client", "add", "partner"]);
    let (id, secret) = (text(&client, "client_id"), text(&client, "client_secret"));
    let status = |secret: &str| {
        let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        let by_basic = server.line(None).post("/oauth2/token", &[("authorization", &basic)], GRANT).unwrap().status;
        let form = format!("{GRANT}&client_id={id}&client_secret={secret}");
        (by_basic, server.line(None).post("/oauth2/token", &[], &form).unwrap().status)
    };
    assert_eq!(status(secret), (200, 200));
    for wrong in ["", "%00", " ", "null", id, &secret[1..], &format!("{secret}x"), &secret.to_ascii_lowercase()] {
        assert_eq!(status(wrong), (401, 401), "{wrong:?} opened the door");
    }
}

#[test]
fn the_clients_own_networks_and_plan_hold_here_too() {
    let lab = Lab::new();
    lab.configure("[plans.small]\nrate = 1\nburst = 2\n");
    let server = lab.serve("jwt");
    let post = |name: &str, option: &[&str]| {
        let client = lab.effective(&[&["client", "add", name], option].concat());
        let basic =
            format!("Basic {}", STANDARD.encode(format!("{}:{}", text(&client, "client_id"), text(&client, "client_secret"))));
        let mut line = server.line(None);
        let mut last = || line.post("/oauth2/token", &[("authorization", &basic)], GRANT).unwrap();
        [last().status, last().status, last().status]
    };
    assert_eq!(post("elsewhere", &["--allow", "192.0.2.0/24"]), [403; 3]);
    assert_eq!(post("small", &["--plan", "small"]), [200, 200, 429]);
    assert_eq!(post("free", &[]), [200; 3]);
}

#[test]
fn a_record_keeps_no_more_of_a_claimed_client_than_an_id_is_long() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let long = "x".repeat(60_000);
    let form = format!("{GRANT}&client_id={long}&client_secret=s");
    assert_eq!(server.line(None).post("/oauth2/token", &[], &form).unwrap().status, 401);
    server.line(None).get("/hello-world", &[]).unwrap();
    let records = server.records();
    assert!(records.lines().all(|line| line.len() < 1000), "{records}");
}

#[test]
fn from_outside_the_servers_networks_not_even_the_keys_are_shown() {
    let lab = Lab::new();
    lab.configure("[network]\nallow = [\"192.0.2.0/24\"]\n");
    let server = lab.serve("jwt");
    for path in ["/.well-known/jwks.json", "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"] {
        let answer = server.line(None).get(path, &[]).unwrap();
        assert_eq!((answer.status, answer.outcome().as_str()), (403, "address_denied"), "{path}");
    }
    assert_eq!(server.line(None).post("/oauth2/token", &[], GRANT).unwrap().status, 403);
}
