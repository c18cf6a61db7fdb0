//! Resource servers beside the default one: one of them a token (RFC 9068 §3), served elsewhere.

use serde_json::json;

use super::{call, refused};
use crate::lab::{self, Client, GRANT, Lab, TOKEN, text};

const TWO: &str = "
[[resource_servers]]
identifier = \"https://api.example/orders\"
scopes = { read = \"Read orders\", write = \"Write orders\" }
[[resource_servers]]
identifier = \"https://api.example/stock\"
scopes = { read = \"Read the stock\" }
";
const READ: &str = "https://api.example/orders/read";
const STOCK: &str = "https://api.example/stock/read";

#[test]
fn o31_a_token_for_another_resource_server_does_not_count_here() {
    let lab = Lab::new();
    lab.configure(TWO);
    let server = lab.serve("jwt");
    let mut line = server.line(None);
    let client = Client::new(&lab, "partner", &["--scope", "hello-world", "--scope", READ]);
    let token = client.post(&mut line, TOKEN, &format!("{GRANT}&scope={READ}")).access_token();
    let claims = lab::claims(&token);
    assert_eq!((text(&claims, "aud"), text(&claims, "scope")), ("https://api.example/orders", READ), "{claims}");
    assert_eq!(call(&mut line, &token), "audience_mismatch");
    let token = client.token(&mut line);
    assert_eq!(lab::claims(&token)["aud"], format!("{}/test", server.url), "nothing asked for: this resource server");
    assert_eq!(call(&mut line, &token), "allowed");
}

#[test]
fn o9_scopes_of_two_resource_servers_do_not_go_together() {
    let lab = Lab::new();
    lab.configure(TWO);
    let server = lab.serve("jwt");
    let mut line = server.line(None);
    let hello = format!("{}/test/hello-world", server.url);
    let client = Client::new(&lab, "partner", &["--scope", READ, "--scope", STOCK, "--scope", "hello-world"]);
    for both in [format!("{READ} {STOCK}"), format!("{hello} {READ}"), format!("{READ} https://api.example/orders/write")] {
        refused(&client.post(&mut line, TOKEN, &format!("{GRANT}&scope={both}")), 400, "invalid_scope", &both);
    }
    for one in [READ, STOCK, &hello] {
        assert_eq!(client.post(&mut line, TOKEN, &format!("{GRANT}&scope={one}")).status, 200, "{one}");
    }
    let either = Client::new(&lab, "either", &["--scope", READ, "--scope", STOCK]);
    refused(&either.post(&mut line, TOKEN, GRANT), 400, "invalid_scope", "it must say which");
    let only = Client::new(&lab, "only", &["--scope", STOCK]);
    assert_eq!(only.post(&mut line, TOKEN, GRANT).json()["scope"], STOCK);
    let all = Client::new(&lab, "all", &[]);
    refused(&all.post(&mut line, TOKEN, &format!("{GRANT}&scope={READ}")), 400, "invalid_scope", "all of the default one alone");
}

#[test]
fn scopes_are_given_and_shown_with_what_they_are() {
    let lab = Lab::new();
    lab.configure(TWO);
    let made = lab.json(&["client", "add", "partner", "--scope", READ, "--scope", "https://localhost:8443/test/hello-world"]);
    assert_eq!(made["scopes"], json!([READ, "hello-world"]), "what is here is kept by its short name");
    let shown = lab.json(&["client", "show", "partner"]);
    let described = json!([
        {"scope": READ, "description": "Read orders"},
        {"scope": "hello-world", "description": "Hello world endpoints"},
    ]);
    assert_eq!(shown["scopes"], described);
    for unknown in
        ["read", "https://api.example/orders/delete", "https://api.example/orders", "https://elsewhere.example/read", ""]
    {
        let ended = lab.run(&["client", "add", "other", "--scope", unknown]);
        assert_eq!(ended.code, 2, "{unknown}: {}", ended.stdout);
        assert!(ended.stderr.contains(READ) && ended.stderr.contains("mend:"), "{}", ended.stderr);
    }
}

#[test]
fn the_metadata_names_every_scope() {
    let lab = Lab::new();
    lab.configure(TWO);
    let server = lab.serve("jwt");
    let document = server.line(None).get("/.well-known/oauth-authorization-server", &[]).unwrap().json();
    let hello = format!("{}/test/hello-world", server.url);
    assert_eq!(document["scopes_supported"], json!([hello, READ, "https://api.example/orders/write", STOCK]));
}
