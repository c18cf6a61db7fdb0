//! `POST /oauth2/introspect` (RFC 7662).

use super::{INTROSPECT, REVOKE, call, refused, shown};
use crate::lab::{self, Client, Lab};

#[test]
fn o24_who_asks_is_authenticated() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    let token = client.token(&mut line);
    let form = format!("token={token}");
    insta::assert_snapshot!(shown(&line.post(INTROSPECT, &[], &form).unwrap(), &server), @r#"
    401
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    www-authenticate: Basic realm="authbench", charset="UTF-8"
    x-request-id: ID

    {"error":"invalid_client","error_description":"client authentication failed"}
    "#);
    let bearer = line.post(INTROSPECT, &[("authorization", &format!("Bearer {token}"))], &form).unwrap();
    refused(&bearer, 401, "invalid_client", "the token itself is no client");
    let wrong = Client { id: client.id.clone(), secret: "wrong".into() };
    refused(&wrong.post(&mut line, INTROSPECT, &form), 401, "invalid_client", "a wrong secret");
    refused(&client.post(&mut line, INTROSPECT, "token_type_hint=access_token"), 400, "invalid_request", "no token");
    let other = Client::new(&lab, "bystander", &[]);
    assert_eq!(other.post(&mut line, INTROSPECT, &form).json()["active"], true, "any client that holds the token may ask");
}

#[test]
fn o25_o27_an_inactive_token_is_false_and_nothing_else_uncached() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    insta::assert_snapshot!(shown(&client.post(&mut line, INTROSPECT, "token=x&token_type_hint=nonsense"), &server), @r#"
    200
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    x-request-id: ID

    {"active":false}
    "#);
    let (revoked, of_disabled, of_removed) = (
        client.token(&mut line),
        Client::new(&lab, "disabled", &[]).token(&mut line),
        Client::new(&lab, "removed", &[]).token(&mut line),
    );
    let expired = Client::new(&lab, "short", &["--ttl", "1s"]).token(&mut line);
    let other = Lab::new();
    let foreign = {
        let server = other.serve("jwt");
        Client::new(&other, "partner", &[]).token(&mut server.line(None))
    };
    client.post(&mut line, REVOKE, &format!("token={revoked}"));
    lab.json(&["client", "disable", "disabled"]);
    lab.effective(&["client", "remove", "removed"]);
    while call(&mut line, &expired) == "allowed" {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let (head, _) = revoked.rsplit_once('.').unwrap();
    for (what, token) in [
        ("revoked", &*revoked),
        ("disabled", &of_disabled),
        ("removed", &of_removed),
        ("expired", &expired),
        ("foreign", &foreign),
        ("unsigned", &format!("{head}.")),
        ("garbage", "a.b.c"),
        ("octets", "%FF%00"),
        ("long", &"x".repeat(60_000)),
    ] {
        let answer = client.post(&mut line, INTROSPECT, &format!("token={token}"));
        assert_eq!((answer.status, &*answer.body), (200, "{\"active\":false}"), "{what}");
    }
}

#[test]
fn o26_an_active_token_is_told_as_it_is() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    let token = client.token(&mut line);
    let claims = lab::claims(&token);
    let answer = client.post(&mut line, INTROSPECT, &format!("token={token}"));
    let told = answer.json();
    let members: Vec<_> = told.as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["active", "aud", "client_id", "exp", "iat", "iss", "jti", "scope", "sub", "token_type"]);
    assert_eq!((&told["active"], &told["token_type"]), (&true.into(), &"Bearer".into()));
    for member in ["aud", "client_id", "exp", "iat", "iss", "jti", "scope", "sub"] {
        assert_eq!(told[member], claims[member], "{member}");
    }
    assert_eq!((answer.header("cache-control"), answer.header("content-type")), (Some("no-store"), Some("application/json")));
    assert!(answer.body.starts_with("{\"active\":true,"), "{}", answer.body);
}
