//! How a request to the token service is read (RFC 6749 §3.2).

use super::{ENDPOINTS, error, refused, shown};
use crate::lab::{Client, GRANT, Lab, TOKEN};

#[test]
fn o1_only_post_is_answered() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let mut line = server.line(None);
    insta::assert_snapshot!(shown(&line.get(TOKEN, &[]).unwrap(), &server), @r#"
    405
    allow: POST
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    x-request-id: ID

    {"error":"invalid_request","error_description":"only POST is answered here"}
    "#);
    for path in ENDPOINTS {
        for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let answer = line.send(method, path, &[("content-length", "0")], b"").unwrap();
            refused(&answer, 405, "invalid_request", &format!("{method} {path}"));
            assert_eq!(answer.header("allow"), Some("POST"), "{method} {path}");
        }
    }
    let answer = line.post("/oauth2/authorize", &[], GRANT).unwrap();
    refused(&answer, 404, "invalid_request", "there is no such endpoint");
    let long = "x".repeat(17 * 1024);
    refused(&line.post(TOKEN, &[("x-long", &long)], GRANT).unwrap(), 431, "invalid_request", "too large a head");
}

#[test]
fn o2_a_repeated_parameter_is_refused_whatever_it_is() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    insta::assert_snapshot!(shown(&client.post(&mut line, TOKEN, &format!("{GRANT}&{GRANT}")), &server), @r#"
    400
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    x-request-id: ID

    {"error":"invalid_request","error_description":"a parameter is there twice"}
    "#);
    for path in ENDPOINTS {
        for twice in ["scope=a&scope=a", "scope=&scope=", "x=1&x=2", "token=a&token=a", "grant%5Ftype=a&grant_type=a", "&=&="] {
            let form = if path == TOKEN { format!("{twice}&{GRANT}") } else { format!("{twice}&y=1") };
            refused(&client.post(&mut line, path, &form), 400, "invalid_request", &format!("{path} {twice}"));
        }
    }
}

#[test]
fn o3_unknown_parameters_are_ignored_and_empty_ones_absent() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    for more in
        ["x=1", "scope=", "client_id=", "client_secret=", "client_assertion=", "resource=https%3A%2F%2Fa", "token=x", "&&", "="]
    {
        assert_eq!(client.post(&mut line, TOKEN, &format!("{GRANT}&{more}")).status, 200, "{more}");
    }
    refused(&client.post(&mut line, TOKEN, "grant_type="), 400, "invalid_request", "an empty grant_type is none");
}

#[test]
fn o4_another_grant_type_and_none_are_told_apart_and_a_disabled_client_gets_nothing() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    insta::assert_snapshot!(shown(&client.post(&mut line, TOKEN, "grant_type=password&username=u&password=p"), &server), @r#"
    400
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    x-request-id: ID

    {"error":"unsupported_grant_type","error_description":"only client_credentials is granted here"}
    "#);
    insta::assert_snapshot!(shown(&client.post(&mut line, TOKEN, ""), &server), @r#"
    400
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    x-request-id: ID

    {"error":"invalid_request","error_description":"grant_type is missing"}
    "#);
    for other in [
        "authorization_code",
        "refresh_token",
        "Client_Credentials",
        "client_credentials%20",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ] {
        let answer = client.post(&mut line, TOKEN, &format!("grant_type={other}"));
        refused(&answer, 400, "unsupported_grant_type", other);
    }
    lab.effective(&["client", "disable", "partner"]);
    for path in ENDPOINTS {
        refused(&client.post(&mut line, path, GRANT), 401, "invalid_client", path);
    }
}

#[test]
fn o13_another_content_type_is_400() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    let basic = client.basic();
    let length = GRANT.len().to_string();
    for path in ENDPOINTS {
        for kind in
            ["application/json", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded2", "", "*/*"]
        {
            let headers = [("authorization", &*basic), ("content-type", kind), ("content-length", &length)];
            let answer = line.send("POST", path, &headers, GRANT.as_bytes()).unwrap();
            refused(&answer, 400, "invalid_request", &format!("{path} {kind}"));
        }
        let answer =
            line.send("POST", path, &[("authorization", &basic), ("content-length", &length)], GRANT.as_bytes()).unwrap();
        refused(&answer, 400, "invalid_request", &format!("{path} without"));
    }
    let headers = [
        ("authorization", &*basic),
        ("content-type", "Application/X-WWW-Form-URLencoded ; charset=utf-8"),
        ("content-length", &length),
    ];
    assert_eq!(line.send("POST", TOKEN, &headers, GRANT.as_bytes()).unwrap().status, 200);
    let large = format!("{GRANT}&x={}", "x".repeat(70_000));
    insta::assert_snapshot!(shown(&line.post(TOKEN, &[], &large).unwrap(), &server), @r#"
    413
    cache-control: no-store
    connection: close
    content-type: application/json
    pragma: no-cache
    x-request-id: ID

    {"error":"invalid_request","error_description":"the request is too large"}
    "#);
}

#[test]
fn a_record_keeps_no_more_of_a_claimed_client_than_an_id_is_long() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let long = "x".repeat(60_000);
    let form = format!("{GRANT}&client_id={long}&client_secret=s");
    assert_eq!(server.line(None).post(TOKEN, &[], &form).unwrap().status, 401);
    let records = server.all_records();
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
    for path in ENDPOINTS {
        assert_eq!(error(&server.line(None).post(path, &[], GRANT).unwrap()), (403, "invalid_request".into()), "{path}");
    }
}
