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
