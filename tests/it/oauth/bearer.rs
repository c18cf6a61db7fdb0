//! How the resource server answers bearer tokens (RFC 6750).

use crate::lab::{Client, Lab, PATH, Server};

fn challenge(server: &Server, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let answer = server.line(None).get(path, headers).unwrap();
    (answer.status, answer.header("www-authenticate").unwrap_or_default().to_owned())
}

#[test]
fn o14_nothing_presented_is_a_bare_challenge() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let bare = (401, "Bearer realm=\"authbench\"".to_owned());
    assert_eq!(challenge(&server, PATH, &[]), bare);
    assert_eq!(challenge(&server, PATH, &[("authorization", "Basic YTpi")]), bare, "another scheme presents nothing");
}

#[test]
fn o15_each_error_has_its_status_and_insufficient_scope_names_the_scope() {
    let lab = Lab::new();
    lab.configure("[scopes]\nreports = \"Reports\"\n");
    let server = lab.serve("jwt");
    let token = Client::new(&lab, "partner", &["--scope", "reports"]).token(&mut server.line(None));
    let bearer = format!("Bearer {token}");
    let (status, text) = challenge(&server, PATH, &[("authorization", "Bearer a.b.c")]);
    assert_eq!((status, text.contains("error=\"invalid_token\"")), (401, true), "{text}");
    let (status, text) = challenge(&server, PATH, &[("authorization", &bearer), ("authorization", &bearer)]);
    assert_eq!((status, text.contains("error=\"invalid_request\"")), (400, true), "{text}");
    let (status, text) = challenge(&server, PATH, &[("authorization", &bearer)]);
    assert_eq!((status, text.contains("error=\"insufficient_scope\"")), (403, true), "{text}");
    assert!(text.contains(&format!("scope=\"{}/test/hello-world\"", server.url)), "{text}");
}

#[test]
fn o16_a_token_in_the_query_is_not_looked_at() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let token = Client::new(&lab, "partner", &[]).token(&mut server.line(None));
    let path = format!("{PATH}?access_token={token}");
    assert_eq!(challenge(&server, &path, &[]), (401, "Bearer realm=\"authbench\"".to_owned()));
    let (status, _) = challenge(&server, &path, &[("authorization", &format!("Bearer {token}"))]);
    assert_eq!(status, 400, "in two places at once");
    assert!(!server.all_records().contains(&token), "the record has the path alone");
}

#[test]
fn o17_a_challenge_quotes_nothing_of_the_request() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    for odd in ["Bearer a\"b", "Bearer a\\b", "Bearer \"", "Bearer a, error=\"x\"", "Bearer Zx9.Zx9.Zx9"] {
        let (status, text) = challenge(&server, PATH, &[("authorization", odd)]);
        assert_eq!(status, 401, "{odd}");
        assert!(!text.contains("Zx9") && !text.contains('\\'), "{text}");
        assert_eq!(text.matches('"').count() % 2, 0, "{text}");
    }
}
