//! How a client says that it is itself (RFC 6749 §2.3), at each endpoint alike.

use super::{ENDPOINTS, refused, shown};
use crate::lab::{Client, GRANT, Lab, TOKEN, WITHIN, basic};

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
    std::thread::sleep(WITHIN);
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
    assert!(!server.all_records().contains(secret), "the record has the path alone");
    let answer = client.post(&mut line, &format!("{TOKEN}?{GRANT}"), "");
    refused(&answer, 400, "invalid_request", "parameters in the URI are not looked at");
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
