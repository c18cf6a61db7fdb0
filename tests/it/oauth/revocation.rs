//! `POST /oauth2/revoke` (RFC 7009).

use super::{INTROSPECT, REVOKE, call, error, refused, shown, signs};
use crate::{
    jwt::own_mint,
    lab::{self, Client, FIXED, GRANT, Lab, Line, Signer, TOKEN, WITHIN},
};

#[test]
fn o18_an_unknown_token_is_as_good_as_revoked() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &["--ttl", "1s"]), server.line(None));
    insta::assert_snapshot!(shown(&client.post(&mut line, REVOKE, "token=x"), &server), @r#"
    200
    cache-control: no-store
    pragma: no-cache
    x-request-id: ID
    "#);
    let expired = client.token(&mut line);
    let other = Lab::new();
    let foreign = {
        let server = other.serve("jwt");
        Client::new(&other, "partner", &[]).token(&mut server.line(None))
    };
    while call(&mut line, &expired) == "allowed" {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    for token in ["a.b.c", "%00", "%FF", ".", "..", &expired, &foreign, &"x".repeat(60_000)] {
        let answer = client.post(&mut line, REVOKE, &format!("token={token}"));
        assert_eq!((answer.status, &*answer.body), (200, ""), "{token:.40}");
    }
}

#[test]
fn o19_a_hint_that_is_wrong_or_unknown_changes_nothing() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    for hint in ["access_token", "refresh_token", "nonsense", "", "%00"] {
        let token = client.token(&mut line);
        assert_eq!(call(&mut line, &token), "allowed");
        assert_eq!(client.post(&mut line, REVOKE, &format!("token={token}&token_type_hint={hint}")).status, 200, "{hint}");
        assert_eq!(call(&mut line, &token), "revoked", "{hint}");
        assert_eq!(client.post(&mut line, REVOKE, &format!("token={token}")).status, 200, "once more");
    }
}

#[test]
fn o20_another_clients_token_stays() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    let token = client.token(&mut line);
    let other = Client::new(&lab, "bystander", &[]);
    insta::assert_snapshot!(shown(&other.post(&mut line, REVOKE, &format!("token={token}")), &server), @r#"
    400
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    x-request-id: ID

    {"error":"invalid_grant","error_description":"the token was issued to another client"}
    "#);
    assert_eq!(call(&mut line, &token), "allowed");
}

#[test]
fn o21_without_a_token_it_is_invalid_and_without_a_client_401() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    let token = client.token(&mut line);
    insta::assert_snapshot!(shown(&client.post(&mut line, REVOKE, "token_type_hint=access_token"), &server), @r#"
    400
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    x-request-id: ID

    {"error":"invalid_request","error_description":"token is missing"}
    "#);
    refused(&client.post(&mut line, REVOKE, "token="), 400, "invalid_request", "an empty one is none");
    insta::assert_snapshot!(shown(&line.post(REVOKE, &[], &format!("token={token}")).unwrap(), &server), @r#"
    401
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    www-authenticate: Basic realm="authbench", charset="UTF-8"
    x-request-id: ID

    {"error":"invalid_client","error_description":"client authentication failed"}
    "#);
    let bearer = line.post(REVOKE, &[("authorization", &format!("Bearer {token}"))], &format!("token={token}")).unwrap();
    refused(&bearer, 401, "invalid_client", "the token itself is no client");
    let wrong = Client { secret: "wrong".into(), ..client };
    refused(&wrong.post(&mut line, REVOKE, &format!("token={token}")), 401, "invalid_client", "a wrong secret");
    assert_eq!(call(&mut line, &token), "allowed");
}

#[test]
fn o22_a_token_that_does_not_count_yet_is_revoked_before_it_does() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    // As another server on this state makes it, whose clock is ahead by two seconds.
    let mut claims = lab::claims(&client.token(&mut line));
    (claims["iat"], claims["jti"]) = ((claims["iat"].as_u64().unwrap() + 2).into(), "ahead".into());
    let ahead = own_mint(&lab).token(&claims);
    claims["jti"] = "kept".into();
    let kept = own_mint(&lab).token(&claims);
    assert_eq!(call(&mut line, &ahead), "not_yet_valid");
    let other = Client::new(&lab, "other", &[]);
    refused(&other.post(&mut line, REVOKE, &format!("token={ahead}")), 400, "invalid_grant", "another client's");
    assert_eq!(client.post(&mut line, REVOKE, &format!("token={ahead}")).status, 200);
    while call(&mut line, &kept) != "allowed" {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(call(&mut line, &ahead), "revoked");
}

#[test]
fn o22_a_revocation_is_in_force_when_it_is_answered_and_after_a_kill() {
    let lab = Lab::new();
    lab.configure(FIXED);
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    let kept = client.token(&mut line);
    let mut gone = Vec::new();
    for _ in 0..50 {
        let token = client.token(&mut line);
        assert_eq!(client.post(&mut line, REVOKE, &format!("token={token}")).status, 200);
        assert_eq!(call(&mut line, &token), "revoked", "at once, without any wait");
        gone.push(token);
    }
    server.kill();
    let again = lab.serve("jwt");
    let mut line = again.line(None);
    assert!(gone.iter().all(|token| call(&mut line, token) == "revoked"));
    assert_eq!(call(&mut line, &kept), "allowed", "another token is not touched");
}

#[test]
fn a_token_of_another_resource_server_is_revoked_too() {
    let lab = Lab::new();
    lab.configure("[[resource_servers]]\nidentifier = \"https://api.example/orders\"\nscopes = { read = \"Read\" }\n");
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &["--scope", "https://api.example/orders/read"]), server.line(None));
    let token = client.token(&mut line);
    let active = |line: &mut Line| client.post(line, INTROSPECT, &format!("token={token}")).json()["active"].clone();
    assert_eq!(active(&mut line), true);
    assert_eq!(client.post(&mut line, REVOKE, &format!("token={token}")).status, 200);
    assert_eq!(active(&mut line), false);
}

#[test]
fn nothing_is_acknowledged_while_the_database_is_gone() {
    let lab = Lab::new();
    lab.configure("[deadlines]\nstore = \"1h\"\n");
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    let token = client.token(&mut line);
    let signer = Signer::es256("k");
    let id = signs::client(&lab, "signs", &signer);
    let (there, moved) = (lab.path("state/authbench.db"), lab.path("moved.db"));
    std::fs::rename(&there, &moved).unwrap();
    insta::assert_snapshot!(shown(&client.post(&mut line, REVOKE, &format!("token={token}")), &server), @r#"
    503
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    retry-after: 1
    x-request-id: ID

    {"error":"server_error","error_description":"the service cannot decide at the moment"}
    "#);
    let assertion = signer.assertion(&signs::claims(&id, &server.url));
    assert_eq!(
        error(&signs::present(&mut line, TOKEN, &assertion, "")),
        (503, "server_error".into()),
        "nobody can say whether it is the first"
    );
    assert_eq!(client.post(&mut line, TOKEN, GRANT).status, 200, "a secret leaves nothing behind that must be kept");
    std::fs::rename(&moved, &there).unwrap();
    std::thread::sleep(WITHIN);
    assert_eq!(client.post(&mut line, REVOKE, &format!("token={token}")).status, 200);
    assert_eq!(call(&mut line, &token), "revoked");
    assert_eq!(signs::present(&mut line, TOKEN, &assertion, "").status, 200);
}
