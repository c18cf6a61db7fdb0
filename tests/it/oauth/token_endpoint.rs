//! `POST /oauth2/token` (RFC 6749 §3.2, §4.4, §5).

use super::{Client, ENDPOINTS, GRANT, TOKEN, basic, error, json, refused, shown};
use crate::lab::{Lab, text};

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
fn o5_a_bad_client_is_401_with_the_challenge_of_its_scheme() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    let wrong = Client { id: client.id.clone(), secret: "x".repeat(32) };
    let nobody = Client { id: "nobody".into(), secret: client.secret.clone() };
    let seen = shown(&wrong.post(&mut line, TOKEN, GRANT), &server);
    insta::assert_snapshot!(seen, @r#"
    401
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    www-authenticate: Basic realm="authbench", charset="UTF-8"
    x-request-id: ID

    {"error":"invalid_client","error_description":"client authentication failed"}
    "#);
    assert_eq!(seen, shown(&nobody.post(&mut line, TOKEN, GRANT), &server), "unknown and wrong are one answer");
    assert_eq!(seen, shown(&line.post(TOKEN, &[], GRANT).unwrap(), &server), "nothing presented");
    let form = format!("{GRANT}&client_id={}&client_secret=wrong", client.id);
    assert_eq!(seen, shown(&line.post(TOKEN, &[], &form).unwrap(), &server), "in the body");
    for path in ENDPOINTS {
        for header in ["Bearer abc", "Basic", "Basic =", "Basic !!!", "Digest x", "Basic bm8tY29sb24="] {
            refused(&line.post(path, &[("authorization", header)], GRANT).unwrap(), 401, "invalid_client", header);
        }
    }
}

#[test]
fn o6_basic_is_form_urlencoded_first() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let secret = "a:b%c+d é/&=\"\\ ü€~";
    lab.json_with_input(&["client", "import", "partner", "--client-id", "their-id"], secret);
    std::thread::sleep(crate::lab::WITHIN);
    let mut line = server.line(None);
    let mut status = |header: &str| line.post(TOKEN, &[("authorization", header)], GRANT).unwrap().status;
    assert_eq!(status(&basic("their-id", secret)), 200);
    // Percent-encoded to the last octet, as some clients do.
    let all: String = secret.bytes().fold(String::new(), |text, octet| text + &format!("%{octet:02x}"));
    let encode = |pair: &str| format!("Basic {}", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pair));
    assert_eq!(status(&encode(&format!("their%2Did:{all}"))), 200);
    assert_eq!(status(&encode(&format!("their-id:{secret}"))), 401, "as it is, it is another secret");
    let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let answer = line.post(TOKEN, &[], &format!("{GRANT}&client_id=their-id&client_secret={form}")).unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[test]
fn o7_two_methods_at_once_are_refused_and_an_equal_client_id_is_none() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    let Client { id, secret } = &client;
    insta::assert_snapshot!(shown(&client.post(&mut line, TOKEN, &format!("{GRANT}&client_id={id}&client_secret={secret}")), &server), @r#"
    400
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    x-request-id: ID

    {"error":"invalid_request","error_description":"two methods of client authentication at once"}
    "#);
    assert_eq!(client.post(&mut line, TOKEN, &format!("{GRANT}&client_id={id}")).status, 200);
    let jwt_bearer = "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=a.b.c";
    for path in ENDPOINTS {
        refused(&client.post(&mut line, path, &format!("{GRANT}&client_id=other")), 400, "invalid_request", path);
        refused(&client.post(&mut line, path, &format!("{GRANT}&{jwt_bearer}")), 400, "invalid_request", path);
        let twice = [("authorization", &*client.basic()), ("authorization", &client.basic())];
        refused(&line.post(path, &twice, GRANT).unwrap(), 400, "invalid_request", path);
        let form = format!("{GRANT}&client_id={id}&client_secret={secret}&{jwt_bearer}");
        refused(&line.post(path, &[], &form).unwrap(), 400, "invalid_request", path);
    }
}

#[test]
fn o8_a_secret_in_the_uri_is_refused() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    let Client { id, secret } = &client;
    let in_uri = format!("{TOKEN}?{GRANT}&client_id={id}&client_secret={secret}");
    insta::assert_snapshot!(shown(&line.post(&in_uri, &[], GRANT).unwrap(), &server), @r#"
    400
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    x-request-id: ID

    {"error":"invalid_request","error_description":"a secret does not belong in the URI"}
    "#);
    for path in ENDPOINTS {
        for name in ["client_secret", "client_assertion", "token", "client%5fsecret"] {
            let answer = client.post(&mut line, &format!("{path}?{name}=x"), GRANT);
            refused(&answer, 400, "invalid_request", &format!("{path} {name}"));
        }
    }
    assert!(!server.records().contains(secret), "the record has the path alone");
    let answer = client.post(&mut line, &format!("{TOKEN}?{GRANT}"), "");
    refused(&answer, 400, "invalid_request", "parameters in the URI are not looked at");
}

#[test]
fn o9_a_scope_that_may_not_be_is_invalid_and_what_was_granted_is_told_when_it_differs() {
    let lab = Lab::new();
    lab.configure("[scopes]\nreports = \"Reports\"\n");
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &["--scope", "hello-world"]), server.line(None));
    let scope = |short: &str| format!("https://localhost:{}/test/{short}", server.port);
    insta::assert_snapshot!(shown(&client.post(&mut line, TOKEN, &format!("{GRANT}&scope=hello-world")), &server), @r#"
    400
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    x-request-id: ID

    {"error":"invalid_scope","error_description":"this client may not have that scope, or not these together"}
    "#);
    let hello = scope("hello-world");
    for wrong in [
        scope("reports"),
        format!("{hello} {}", scope("reports")),
        format!("{hello}  {hello}"),
        format!("{hello}\t"),
        "é".into(),
        "\"".into(),
        "+".into(),
    ] {
        refused(&client.post(&mut line, TOKEN, &format!("{GRANT}&scope={wrong}")), 400, "invalid_scope", &wrong);
    }
    let granted = json(&client.post(&mut line, TOKEN, GRANT));
    assert_eq!(granted["scope"], hello.as_str(), "nothing was asked for: {granted}");
    let same = json(&client.post(&mut line, TOKEN, &format!("{GRANT}&scope={hello}")));
    assert_eq!(same.get("scope"), None, "what was granted as asked is not repeated: {same}");
    let twice = json(&client.post(&mut line, TOKEN, &format!("{GRANT}&scope={hello}%20{hello}")));
    assert_eq!(twice["scope"], hello.as_str(), "{twice}");
}

#[test]
fn o10_o11_a_token_is_uncached_json_without_a_refresh_token() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &["--ttl", "5m"]), server.line(None));
    let answer = client.post(&mut line, TOKEN, GRANT);
    let token = super::access_token(&answer);
    insta::assert_snapshot!(shown(&answer, &server).replace(&token, "TOKEN"), @r#"
    200
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    x-request-id: ID

    {"access_token":"TOKEN","expires_in":300,"token_type":"Bearer","scope":"https://localhost:PORT/test/hello-world"}
    "#);
}

#[test]
fn o12_an_error_echoes_nothing_and_has_the_allowed_characters() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    let basic = client.basic();
    let marker = "Zx9%22%5C%0A%C3%A9";
    for path in ENDPOINTS {
        for form in [
            format!("grant_type={marker}&token={marker}&scope={marker}"),
            format!("{GRANT}&scope={marker}"),
            format!("{marker}={marker}&{marker}={marker}"),
            format!("{GRANT}&client_id={marker}"),
        ] {
            for headers in [&[("authorization", &*basic)] as &[_], &[]] {
                let answer = line.post(path, headers, &form).unwrap();
                assert!(!answer.body.contains("Zx9"), "{path} {form}: {answer:?}");
                let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
                let description = body["error_description"].as_str().unwrap_or_default();
                let allowed = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
                assert!(description.bytes().all(allowed), "{description}");
            }
        }
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
fn o30_a_token_has_the_claims_of_rfc_9068_and_says_that_it_is_one() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &["--ttl", "90s"]), server.line(None));
    let (one, two) = (client.token(&mut line), client.token(&mut line));
    let (header, claims) = (super::part(&one, 0), super::part(&one, 1));
    assert_eq!((&header["typ"], header["kid"].is_string()), (&"at+jwt".into(), true), "{header}");
    assert_eq!((&claims["sub"], &claims["client_id"]), (&client.id.as_str().into(), &client.id.as_str().into()), "{claims}");
    assert_eq!((text(&claims, "iss"), text(&claims, "aud")), (&*server.url, &*format!("{}/test", server.url)), "{claims}");
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 90, "{claims}");
    assert_eq!(claims["scope"], format!("{}/test/hello-world", server.url));
    assert_ne!(claims["jti"], super::part(&two, 1)["jti"], "each has a name of its own");
}

#[test]
fn nothing_but_the_secret_is_the_secret() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    let Client { id, secret } = &client;
    let mut status = |secret: &str| {
        let by_basic = line.post(TOKEN, &[("authorization", &basic(id, secret))], GRANT).unwrap().status;
        let form = format!("{GRANT}&client_id={id}&client_secret={secret}");
        (by_basic, line.post(TOKEN, &[], &form).unwrap().status)
    };
    assert_eq!(status(secret), (200, 200));
    for wrong in ["", "\0", " ", "null", id, &secret[1..], &format!("{secret}x"), &secret.to_ascii_lowercase()] {
        assert_eq!(status(wrong), (401, 401), "{wrong:?} opened the door");
    }
}

#[test]
fn guessing_is_bounded_and_a_right_secret_passes() {
    let lab = Lab::new();
    lab.configure("[guessing]\nfailures = 3\nrefill_per_second = 1\n");
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    let wrong = Client { id: client.id.clone(), secret: "wrong".into() };
    let seen: Vec<_> = (0..8).map(|round| wrong.post(&mut line, ENDPOINTS[round % 3], GRANT)).collect();
    assert!(seen[..3].iter().all(|answer| answer.status == 401), "{seen:?}");
    let spent = seen.iter().find(|answer| answer.status == 429).unwrap_or_else(|| panic!("{seen:?}"));
    insta::assert_snapshot!(shown(spent, &server), @r#"
    429
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    retry-after: 1
    x-request-id: ID

    {"error":"invalid_client","error_description":"too many failures; wait before the next attempt"}
    "#);
    assert_eq!(client.post(&mut line, TOKEN, GRANT).status, 200);
}

#[test]
fn the_clients_own_networks_and_plan_hold_here_too() {
    let lab = Lab::new();
    lab.configure("[plans.small]\nrate = 1\nburst = 2\n");
    let server = lab.serve("jwt");
    let post = |name: &str, option: &[&str]| {
        let (client, mut line) = (Client::new(&lab, name, option), server.line(None));
        [(); 3].map(|()| client.post(&mut line, TOKEN, GRANT).status)
    };
    assert_eq!(post("elsewhere", &["--allow", "192.0.2.0/24"]), [403; 3]);
    assert_eq!(post("small", &["--plan", "small"]), [200, 200, 429]);
    assert_eq!(post("free", &[]), [200; 3]);
}

#[test]
fn a_record_keeps_no_more_of_a_claimed_client_than_an_id_is_long() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let long = "x".repeat(60_000);
    let form = format!("{GRANT}&client_id={long}&client_secret=s");
    assert_eq!(server.line(None).post(TOKEN, &[], &form).unwrap().status, 401);
    server.line(None).get("/hello-world", &[]).unwrap();
    let records = server.records();
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
