//! What the document tells of refusals is what callers get: status, headers, body.

use serde_json::Value;

use super::document;
use crate::lab::{Answer, Client, GRANT, Lab, PATH, Server, TOKEN, basic, text};

/// Fails unless the document has exactly this answer, but for its request's name, at this operation.
fn told(document: &Value, path: &str, method: &str, answer: &Answer) {
    let responses = &document["paths"][path][method]["responses"];
    let response = &responses[answer.status.to_string()];
    let response = response["$ref"].as_str().map_or(response, |place| document.pointer(&place[1..]).unwrap());
    let kind = answer.header("content-type").unwrap_or_default();
    let content = &response["content"][kind];
    let nameless = |mut body: Value| {
        body.as_object_mut().map(|members| members.remove("request_id"));
        body
    };
    let body = nameless(answer.json());
    let examples = content["examples"].as_object().unwrap_or_else(|| panic!("{method} {path}: nothing told of {answer:?}"));
    assert!(examples.values().any(|example| nameless(example["value"].clone()) == body), "{method} {path}: {body} is not told");
    for (name, _) in &answer.headers {
        let usual = ["content-type", "content-length", "date", "connection"].contains(&name.as_str());
        assert!(usual || response["headers"][name].is_object(), "{method} {path} {}: `{name}` is not told", answer.status);
    }
}

#[test]
fn of_the_resource() {
    let lab = Lab::new();
    lab.configure(
        "[scopes]\nother = \"Another\"\n[plans.small]\nrate = 1\nburst = 1\n[plans.spent]\nrate = 9\nburst = 9\nquota = { requests = 1, per = \"day\" }\n",
    );
    let server = lab.serve("apikey");
    let document = document(&server);
    let key = |arguments: &[&str]| text(&lab.effective(&[&["key", "add"], arguments].concat()), "key").to_owned();
    let call = |headers: &[(&str, &str)]| told(&document, PATH, "get", &server.call(headers));
    let partner = key(&["partner"]);
    call(&[]);
    call(&[("x-api-key", &partner)]);
    call(&[("x-api-key", "ab_")]);
    call(&[("x-api-key", &partner), ("x-api-key", &partner)]);
    call(&[("x-api-key", &key(&["homebound", "--allow", "192.0.2.1/32"]))]);
    call(&[("x-api-key", &key(&["other", "--scope", "other"]))]);
    call(&[("host", "elsewhere.example")]);
    call(&[("x-long", &"x".repeat(17 * 1024))]);
    lab.effective(&["key", "disable", "partner"]);
    call(&[("x-api-key", &partner)]);
    for plan in ["small", "spent"] {
        let key = key(&[plan, "--plan", plan]);
        let [_, spent] = [(); 2].map(|()| server.call(&[("x-api-key", &key)]));
        assert_eq!(spent.status, 429, "{plan}");
        let headers = &document.pointer("/components/responses/Resource429/headers").unwrap();
        assert!(["retry-after", "ratelimit", "ratelimit-policy"].iter().all(|name| headers[name].is_object()), "{headers}");
    }
}

fn service() -> (Lab, Server, Client) {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let client = Client::of(&lab.effective(&["client", "add", "partner"]));
    (lab, server, client)
}

#[test]
fn of_tokens() {
    let (lab, server, client) = service();
    let document = document(&server);
    let call = |headers: &[(&str, &str)]| {
        told(&document, "/hello-world", "get", &server.line(None).get("/hello-world", headers).unwrap());
    };
    let bearer = |token: &str| format!("Bearer {token}");
    let token = client.token(&mut server.line(None));
    call(&[]);
    call(&[("authorization", "Bearer x")]);
    call(&[("authorization", &bearer(&token))]);
    call(&[("authorization", &bearer(&format!("{}AAAA", &token[..token.len() - 4])))]);
    lab.effective(&["client", "disable", "partner"]);
    call(&[("authorization", &bearer(&token))]);
}

#[test]
fn of_the_token_service() {
    let (lab, server, client) = service();
    let document = document(&server);
    let right = basic(&client.id, &client.secret);
    let wrong = basic(&client.id, "wrong");
    let ask = |path: &str, authorization: &str, form: &str| {
        told(&document, path, "post", &server.line(None).post(path, &[("authorization", authorization)], form).unwrap());
    };
    for (authorization, form) in [
        (&wrong, GRANT),
        (&right, ""),
        (&right, "grant_type=password"),
        (&right, "grant_type=client_credentials&scope=other"),
        (&right, "grant_type=client_credentials&grant_type=client_credentials"),
        (&right, &*"x".repeat(65 * 1024)),
    ] {
        ask(TOKEN, authorization, form);
    }
    let other = Client::of(&lab.effective(&["client", "add", "other"]));
    let token = format!("token={}", other.token(&mut server.line(None)));
    ask("/oauth2/revoke", &right, &token);
    for path in ["/oauth2/revoke", "/oauth2/introspect"] {
        ask(path, &wrong, "token=x");
        ask(path, &right, "");
        ask(path, &right, "token=x&token=x");
    }
    ask("/oauth2/introspect", &right, "token=x");
}
