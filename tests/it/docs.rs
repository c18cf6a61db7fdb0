//! What the server says of itself: its `OpenAPI` document, Swagger UI, the front page, and who may read them.

mod front;
mod tools;
mod truth;

use serde_json::Value;

use crate::{
    lab::{Answer, Lab, Server},
    refusals::shown,
};

/// Every path of them.
const PATHS: [&str; 9] = [
    "/",
    "/openapi.json",
    "/docs",
    "/docs/",
    "/docs/initializer.js",
    "/docs/page.css",
    "/docs/swagger-ui.css",
    "/docs/swagger-ui-bundle.js",
    "/docs/favicon.png",
];

fn get(server: &Server, path: &str) -> Answer {
    server.line(None).get(path, &[]).unwrap()
}

/// Status and headers, without the body and what follows from it.
fn head(server: &Server, path: &str) -> String {
    let mut answer = server.line(None).send("HEAD", path, &[], b"").unwrap();
    answer.headers.retain(|(name, _)| name != "etag");
    shown(&answer, server)
}

fn document(server: &Server) -> Value {
    serde_json::from_str(&server.admin("/openapi.json")).unwrap()
}

#[test]
fn pages_are_sent_with_a_policy_that_lets_nothing_in_or_out() {
    let lab = Lab::new();
    let server = lab.serve("open");
    insta::assert_snapshot!(head(&server, "/"), @r"
    200
    cache-control: no-cache
    content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
    content-type: text/html; charset=utf-8
    referrer-policy: no-referrer
    x-content-type-options: nosniff
    x-request-id: ID
    ");
    insta::assert_snapshot!(head(&server, "/openapi.json"), @r"
    200
    cache-control: no-cache
    content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
    content-type: application/json
    referrer-policy: no-referrer
    x-content-type-options: nosniff
    x-request-id: ID
    ");
    insta::assert_snapshot!(head(&server, "/docs"), @r"
    308
    location: /docs/
    x-request-id: ID
    ");
    for path in PATHS.into_iter().filter(|path| *path != "/docs") {
        let answer = server.line(None).send("HEAD", path, &[], b"").unwrap();
        assert_eq!((answer.status, answer.header("x-content-type-options")), (200, Some("nosniff")), "{path}");
        assert!(answer.header("content-length").is_some_and(|length| length != "0"), "{path}");
    }
}

#[test]
fn a_reader_who_has_a_page_is_not_sent_it_again() {
    let lab = Lab::new();
    let server = lab.serve("apikey");
    let tag = get(&server, "/openapi.json").header("etag").unwrap().to_owned();
    let again = server.line(None).get("/openapi.json", &[("if-none-match", &tag)]).unwrap();
    assert_eq!((again.status, &*again.body, again.header("etag")), (304, "", Some(&*tag)));
    let other = server.line(None).get("/docs/", &[("if-none-match", &tag)]).unwrap();
    assert_eq!(other.status, 200, "another page");
}

#[test]
fn beside_the_pages_there_is_nothing() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    for odd in
        ["/docs/index.html", "/docs/../docs/", "/docs/%2e%2e/openapi.json", "/docs/LICENSE", "/openapi.yaml", "/docs//", "//"]
    {
        assert_eq!(get(&server, odd).outcome(), "not_found", "{odd}");
    }
    for path in PATHS {
        let answer = server.line(None).send("POST", path, &[("content-length", "0")], b"").unwrap();
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET,HEAD")), "{path}");
    }
}

#[test]
fn whoever_may_not_ask_reads_none_of_them() {
    let lab = Lab::new();
    lab.configure("[network]\nallow = [\"192.0.2.0/24\"]\n");
    let server = lab.serve("apikey");
    for path in PATHS {
        assert_eq!(get(&server, path).outcome(), "address_denied", "{path}");
    }
}

#[test]
fn the_admin_listener_has_them_always_and_api_gateway_never() {
    let lab = Lab::new();
    for arguments in [["--mode", "apikey", "--profile", "aws"], ["--mode", "mtls", "--profile", "standard"]] {
        let server = Server::start(&lab, &arguments);
        assert!(document(&server)["openapi"] == "3.1.0" && server.admin("/docs/").contains("initializer.js"), "{arguments:?}");
        assert!(server.admin("/").contains("admin listener"), "{arguments:?}");
    }
    let server = Server::start(&lab, &["--mode", "apikey", "--profile", "aws"]);
    for path in PATHS {
        let answer = get(&server, path);
        assert_eq!((answer.status, &*answer.body), (403, r#"{"message":"Missing Authentication Token"}"#), "{path}");
    }
}

#[test]
fn the_command_prints_what_the_server_sends() {
    let lab = Lab::new();
    lab.configure("[scopes]\nmore = \"More of it\"\n[plans.default]\nrate = 7\nburst = 9\n");
    for mode in ["open", "jwt", "mtls", "apikey"] {
        for profile in ["standard", "aws"] {
            let server = Server::start(&lab, &["--mode", mode, "--profile", profile]);
            let listen = format!("127.0.0.1:{}", server.port);
            let printed = |more: &[&str]| {
                lab.run(&[&["openapi", "--mode", mode, "--profile", profile, "--listen", &listen], more].concat()).stdout
            };
            let sent = server.admin("/openapi.json");
            assert!(printed(&[]) == sent.clone() + "\n" && printed(&["--json"]) == sent.clone() + "\n", "{mode} {profile}");
            if profile == "standard" && mode != "mtls" {
                assert!(get(&server, "/openapi.json").body == sent, "{mode}");
            }
        }
    }
}

#[test]
fn the_command_says_what_it_cannot_know() {
    let lab = Lab::new();
    let usual = lab.json(&["openapi"]);
    assert_eq!(usual["servers"][0]["url"], "https://localhost:8443");
    assert!(usual["components"]["securitySchemes"]["oauth2"].is_object(), "the article's lock, unless another is named");
    let free = lab.run(&["openapi", "--listen", "127.0.0.1:0"]);
    assert_eq!((free.code, &*free.stdout), (2, ""));
    assert!(free.stderr.contains("mend: write the server's: `authbench openapi --listen "), "{}", free.stderr);
    assert_eq!(lab.run(&["openapi", "--mode", "basic"]).code, 2);
    lab.configure("[listen]\napi = \"127.0.0.1:0\"\npublic_url = \"https://api.example\"\n");
    assert_eq!(lab.json(&["openapi"])["servers"][0]["url"], "https://api.example");
}
