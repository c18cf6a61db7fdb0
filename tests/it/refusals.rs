//! Every refusal that a caller of today can meet, to the octet: status, headers, body.

mod bearer;

use serde_json::json;

use crate::lab::{Answer, Lab, PATH, Server, text};

/// An answer as text; what differs from run to run is replaced.
pub(crate) fn shown(answer: &Answer, server: &Server) -> String {
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "content-length"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    headers.sort();
    let id = answer.header("x-request-id").unwrap_or("no id");
    let all = format!("{}\n{}\n\n{}", answer.status, headers.join("\n"), answer.body);
    all.replace(id, "ID").replace(&server.port.to_string(), "PORT")
}

fn get(server: &Server, headers: &[(&str, &str)]) -> String {
    shown(&server.line(None).get(PATH, headers).unwrap(), server)
}

#[test]
fn the_resource_is_the_same_in_every_mode() {
    let lab = Lab::new();
    let server = lab.serve("open");
    for path in ["/hello-world", PATH] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(shown(&server.line(None).get(path, &[]).unwrap(), &server), @r#"
            200
            cache-control: no-store
            content-type: application/json
            x-request-id: ID

            {"message": "hello world!"}
            "#);
        }
    }
}

#[test]
fn no_spelling_of_the_path_opens_another_door() {
    let lab = Lab::new();
    let server = lab.serve("apikey");
    for odd in [
        "//hello-world",
        "/hello-world/",
        "/%68ello-world",
        "/./hello-world",
        "/test//hello-world",
        "/HELLO-WORLD",
        "/other/hello-world",
    ] {
        let answer = server.line(None).get(odd, &[]).unwrap();
        assert_eq!((answer.status, answer.outcome().as_str()), (404, "not_found"), "{odd}");
    }
    assert_eq!(server.line(None).get("/hello-world?x=1", &[]).unwrap().outcome(), "credential_missing");
}

#[test]
fn an_api_key_is_presented_once_and_whole() {
    let lab = Lab::new();
    let server = lab.serve("apikey");
    let issued = lab.effective(&["key", "add", "partner"]);
    let key = text(&issued, "key");
    insta::assert_snapshot!(get(&server, &[]), @r#"
    401
    cache-control: no-store
    content-type: application/problem+json
    www-authenticate: ApiKey realm="authbench", header="x-api-key"
    x-request-id: ID

    {"type":"about:blank","title":"Unauthorized","status":401,"detail":"No credential was presented.","reason":"credential_missing","request_id":"ID"}
    "#);
    insta::assert_snapshot!(get(&server, &[("x-api-key", key), ("x-api-key", key)]), @r#"
    400
    cache-control: no-store
    content-type: application/problem+json
    x-request-id: ID

    {"type":"about:blank","title":"Bad Request","status":400,"detail":"More than one credential was presented.","reason":"credential_ambiguous","request_id":"ID"}
    "#);
    let outcome = |value: &str| server.line(None).get(PATH, &[("x-api-key", value)]).unwrap().outcome();
    assert_eq!(outcome(key), "allowed");
    for wrong in [&format!("{key},{key}"), &key[..50], "", "ab_", "é", &format!("Bearer {key}")] {
        assert_eq!(outcome(wrong), "credential_malformed", "{wrong:?}");
    }
    let answer = server.line(None).get(&format!("{PATH}?x-api-key={key}"), &[]).unwrap();
    assert_eq!(answer.outcome(), "credential_missing", "a key in the query is not looked at");
}

#[test]
fn an_unknown_id_and_a_wrong_secret_are_one_answer() {
    let lab = Lab::new();
    let server = lab.serve("apikey");
    let removed = lab.effective(&["key", "add", "partner"]);
    lab.effective(&["key", "rotate", "partner"]);
    let other = Lab::new();
    let stranger = other.effective(&["key", "add", "partner"]);
    let wrong_secret = get(&server, &[("x-api-key", text(&removed, "key"))]);
    let unknown_id = get(&server, &[("x-api-key", text(&stranger, "key"))]);
    assert_eq!(wrong_secret, unknown_id);
    insta::assert_snapshot!(wrong_secret, @r#"
    401
    cache-control: no-store
    content-type: application/problem+json
    www-authenticate: ApiKey realm="authbench", header="x-api-key"
    x-request-id: ID

    {"type":"about:blank","title":"Unauthorized","status":401,"detail":"The credential is not known here.","reason":"credential_unknown","request_id":"ID"}
    "#);
}

#[test]
fn a_spent_plan_says_when_to_come_back() {
    let lab = Lab::new();
    lab.configure("[plans.small]\nrate = 1\nburst = 2\n");
    let server = lab.serve("apikey");
    let issued = lab.effective(&["key", "add", "partner", "--plan", "small"]);
    let header = [("x-api-key", text(&issued, "key"))];
    let mut line = server.line(None);
    insta::assert_snapshot!(shown(&line.get(PATH, &header).unwrap(), &server), @r#"
    200
    cache-control: no-store
    content-type: application/json
    ratelimit-policy: "small";q=2;w=2
    ratelimit: "small";r=1;t=1
    x-request-id: ID

    {"message": "hello world!"}
    "#);
    line.get(PATH, &header).unwrap();
    insta::assert_snapshot!(shown(&line.get(PATH, &header).unwrap(), &server), @r#"
    429
    cache-control: no-store
    content-type: application/problem+json
    ratelimit-policy: "small";q=2;w=2
    ratelimit: "small";r=0;t=1
    retry-after: 1
    x-request-id: ID

    {"type":"about:blank","title":"Too Many Requests","status":429,"detail":"Too many requests; wait before the next one.","reason":"rate_limited","request_id":"ID"}
    "#);
}

#[test]
fn an_address_outside_the_list_is_refused_before_anything_is_read() {
    let lab = Lab::new();
    lab.configure("[network]\nallow = [\"192.0.2.0/24\"]\n");
    let server = lab.serve("apikey");
    insta::assert_snapshot!(get(&server, &[("x-api-key", "nonsense"), ("x-forwarded-for", "192.0.2.1")]), @r#"
    403
    cache-control: no-store
    content-type: application/problem+json
    x-request-id: ID

    {"type":"about:blank","title":"Forbidden","status":403,"detail":"Calls from this address are not accepted.","reason":"address_denied","request_id":"ID"}
    "#);
}

#[test]
fn a_header_section_beyond_the_limit_is_refused_in_words() {
    let lab = Lab::new();
    let server = lab.serve("open");
    let long = "x".repeat(17 * 1024);
    insta::assert_snapshot!(get(&server, &[("x-long", &long)]), @r#"
    431
    cache-control: no-store
    connection: close
    content-type: application/problem+json
    x-request-id: ID

    {"type":"about:blank","title":"Request Header Fields Too Large","status":431,"detail":"The request is too large.","reason":"too_large","request_id":"ID"}
    "#);
}

#[test]
fn guessing_is_bounded_and_the_right_key_still_passes() {
    let lab = Lab::new();
    lab.configure("[guessing]\nfailures = 3\nrefill_per_second = 1\n");
    let server = lab.serve("apikey");
    let issued = lab.effective(&["key", "add", "partner"]);
    let stale = text(&issued, "key").to_owned();
    let fresh = lab.effective(&["key", "rotate", "partner"]);
    let mut line = server.line(None);
    let mut outcome = |key: &str| line.get(PATH, &[("x-api-key", key)]).unwrap();
    let seen: Vec<_> = (0..8).map(|_| outcome(&stale).outcome()).collect();
    assert_eq!(seen[..3], ["credential_unknown"; 3]);
    assert!(seen.contains(&"guessing".to_owned()), "{seen:?}");
    let refused = outcome(&stale);
    if refused.outcome() == "guessing" {
        assert_eq!((refused.status, refused.header("retry-after")), (429, Some("1")));
    }
    assert_eq!(outcome(text(&fresh, "key")).outcome(), "allowed");
}

#[test]
fn a_refusal_says_nothing_of_its_private_cause() {
    let lab = Lab::new();
    let server = lab.serve("apikey");
    let answer = server.line(None).get(PATH, &[]).unwrap();
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let members: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
    assert_eq!(json!(members), json!(["detail", "reason", "request_id", "status", "title", "type"]));
}
