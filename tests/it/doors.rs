//! Names and ways in: a host that is not the TLS name, the door beside the lock, and what is told in HTTP instead of by an alert.

use crate::{
    lab::{Identity, Lab, Line, PATH, Server},
    refusals::shown,
};

/// What the development certificates are made by.
const PROFILE: &str = include_str!("../../certs/profile.toml");

fn asked(server: &Server, host: &str) -> String {
    shown(&server.line(None).send("GET", PATH, &[("host", host)], b"").unwrap(), server)
}

#[test]
fn a_host_that_is_not_the_tls_name_is_the_wrong_door() {
    let lab = Lab::new();
    for mode in ["open", "jwt", "apikey"] {
        let server = lab.serve(mode);
        insta::allow_duplicates! {
            insta::assert_snapshot!(asked(&server, "127.0.0.1"), @r#"
            421
            cache-control: no-store
            content-type: application/problem+json
            x-request-id: ID

            {"type":"about:blank","title":"Misdirected Request","status":421,"detail":"This host is not served on this connection.","reason":"wrong_door","request_id":"ID"}
            "#);
        }
        assert!(
            server.metric(&format!("authbench_decisions_total{{mode=\"{mode}\",outcome=\"refused\",reason=\"wrong_door\"}}"))
                == 1
        );
    }
}

#[test]
fn a_host_that_cannot_be_read_is_refused_before_anything_else() {
    let lab = Lab::new();
    let server = lab.serve("open");
    for host in ["", "localhost:x", "a@localhost", "localhost, localhost"] {
        let answer = server.line(None).send("GET", "/nowhere", &[("host", host)], b"").unwrap();
        assert_eq!((answer.status, answer.outcome().as_str()), (400, "protocol_error"), "{host:?}");
    }
    let mut line = server.line(None);
    let twice = line.send("GET", PATH, &[("host", "localhost"), ("host", "localhost")], b"").unwrap();
    assert_eq!((twice.status, twice.outcome().as_str()), (400, "protocol_error"));
}

/// The status of a page on the admin listener, asked for as a browser on this machine would that believes it to be at `host`.
fn operators(server: &Server, path: &str, hosts: &[&str]) -> String {
    let answer = String::from_utf8(server.ask_admin(path, hosts)).unwrap();
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[test]
fn the_admin_listener_answers_to_no_name_that_somebody_pointed_at_it() {
    let lab = Lab::new();
    lab.configure("[listen]\ndomains = [\"api.example\"]\n");
    let server = lab.serve("apikey");
    for path in ["/", "/metrics", "/healthz", "/docs/", "/openapi.json", "/crl.der", "/nowhere"] {
        assert_eq!(operators(&server, path, &["rebound.evil.example:9464"]), "421", "{path}");
    }
    for host in ["localhost.evil.example", "127.0.0.1.evil.example", "evil.example.", "api.example.evil.example", "localhostevil"]
    {
        assert_eq!(operators(&server, "/metrics", &[host]), "421", "{host}");
    }
    for host in ["", "a b", "localhost:x", "user@localhost"] {
        assert_eq!(operators(&server, "/metrics", &[host]), "400", "{host:?}");
    }
    assert_eq!(operators(&server, "/metrics", &["localhost", "evil.example"]), "400");
    assert_eq!(operators(&server, "http://evil.example/metrics", &["localhost"]), "421");
    assert_eq!(operators(&server, "http://localhost/metrics", &["evil.example"]), "421");
    for host in ["localhost", "LOCALHOST:9464", "127.0.0.1:1", "[::1]:9464", "10.0.0.1", "api.example"] {
        assert_eq!(operators(&server, "/metrics", &[host]), "200", "{host}");
    }
    assert_eq!(operators(&server, "/healthz", &[]), "200", "a simple probe names no host");
}

#[test]
fn the_default_endpoint_has_no_lock_and_leads_nowhere_else() {
    let lab = Lab::new();
    lab.configure("[listen]\ndefault_endpoint = \"open.localhost\"\n");
    lab.file("certs/profile.toml", &PROFILE.replace("\"DNS:localhost\"", "\"DNS:localhost\", \"DNS:open.localhost\""));
    let server = lab.serve("mtls");
    let mut open = Line::open_as(&server, None, "open.localhost").unwrap();
    let mut ask = |host: &str| open.send("GET", PATH, &[("host", host)], b"").unwrap().outcome();
    assert_eq!(ask("open.localhost"), "allowed");
    assert_eq!(ask("localhost"), "wrong_door", "the bypass");
    assert!(Line::open(&server, None).and_then(|mut line| line.get(PATH, &[])).is_err(), "the lock is where it was");
    let identity = Identity::issued(&lab.effective(&["cert", "issue", "partner"]));
    let mut locked = server.line(Some(&identity));
    assert_eq!(locked.send("GET", PATH, &[("host", "open.localhost")], b"").unwrap().outcome(), "wrong_door");
    assert_eq!(locked.get(PATH, &[]).unwrap().outcome(), "allowed");
}

#[test]
fn without_the_setting_there_is_no_other_door() {
    let lab = Lab::new();
    lab.file("certs/profile.toml", &PROFILE.replace("\"DNS:localhost\"", "\"DNS:localhost\", \"DNS:open.localhost\""));
    let server = lab.serve("mtls");
    assert!(Line::open_as(&server, None, "open.localhost").and_then(|mut line| line.get(PATH, &[])).is_err());
    assert_eq!(server.metric("authbench_handshakes_refused_total{reason=\"credential_missing\"}"), 1);
}

#[test]
fn a_lock_that_stands_in_http_is_there_under_every_name() {
    let lab = Lab::new();
    lab.configure("[listen]\ndefault_endpoint = \"open.localhost\"\n");
    lab.file("certs/profile.toml", &PROFILE.replace("\"DNS:localhost\"", "\"DNS:localhost\", \"DNS:open.localhost\""));
    let server = lab.serve("apikey");
    let mut line = Line::open_as(&server, None, "open.localhost").unwrap();
    assert_eq!(line.send("GET", PATH, &[("host", "open.localhost")], b"").unwrap().outcome(), "credential_missing");
}

#[test]
fn a_default_endpoint_that_would_unlock_the_api_is_refused() {
    let lab = Lab::new();
    for name in ["localhost", "LOCALHOST", "api.example", "127.0.0.1", "", "a b"] {
        lab.configure(&format!("[listen]\ndomains = [\"api.example\"]\ndefault_endpoint = \"{name}\"\n"));
        let ended = lab.run(&["config", "check"]);
        assert_eq!(ended.code, 2, "{name:?}");
        assert!(ended.stderr.contains("authbench.toml:3: `listen.default_endpoint`"), "{name:?}: {}", ended.stderr);
    }
}

fn told(lab: &Lab, server: &Server, name: &str, options: &[&str]) -> String {
    let issued = lab.effective(&[&["cert", "issue", name], options].concat());
    shown(&server.line(Some(&Identity::issued(&issued))).get(PATH, &[]).unwrap(), server)
}

#[test]
fn where_certificates_are_optional_a_403_says_what_is_wrong() {
    let lab = Lab::new();
    lab.configure("[mtls]\nclient_auth = \"optional\"\n");
    let server = lab.serve("mtls");
    insta::assert_snapshot!(shown(&server.line(None).get(PATH, &[]).unwrap(), &server), @r#"
    403
    cache-control: no-store
    content-type: application/problem+json
    x-request-id: ID

    {"type":"about:blank","title":"Forbidden","status":403,"detail":"No credential was presented.","reason":"credential_missing","request_id":"ID"}
    "#);
    insta::assert_snapshot!(told(&lab, &server, "late", &["--flaw", "expired"]), @r#"
    403
    cache-control: no-store
    content-type: application/problem+json
    x-request-id: ID

    {"type":"about:blank","title":"Forbidden","status":403,"detail":"The credential has expired.","reason":"expired","request_id":"ID"}
    "#);
    assert!(told(&lab, &server, "partner", &[]).starts_with("200\n"));
}

#[test]
fn api_gateway_says_forbidden_and_asks_nobody_who_is_revoked() {
    let lab = Lab::new();
    let server = Server::start(&lab, &["--mode", "mtls", "--profile", "aws"]);
    assert!(Line::open(&server, None).and_then(|mut line| line.get(PATH, &[])).is_err(), "without a certificate it closes");
    let text = told(&lab, &server, "late", &["--flaw", "expired"]);
    let without_ids: Vec<_> = text.lines().filter(|line| !line.starts_with("x-amz")).collect();
    insta::assert_snapshot!(without_ids.join("\n"), @r#"
    403
    content-type: application/json

    {"message":"Forbidden"}
    "#);
    assert!(text.contains("x-amzn-errortype: ForbiddenException"), "{text}");
    let identity = Identity::issued(&lab.effective(&["cert", "issue", "partner"]));
    let mut open = server.line(Some(&identity));
    assert_eq!(open.get(PATH, &[]).unwrap().outcome(), "allowed");
    lab.effective(&["cert", "revoke", "partner"]);
    assert_eq!(open.get(PATH, &[]).unwrap().outcome(), "allowed", "on the open connection");
    assert_eq!(server.line(Some(&identity)).get(PATH, &[]).unwrap().outcome(), "allowed", "and on a new one");
}
