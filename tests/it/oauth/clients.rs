//! Clients that come from elsewhere, and secrets with their last use.

use std::{thread, time::Duration};

use serde_json::{Value, json};

use super::{INTROSPECT, call};
use crate::lab::{Client, Ended, GRANT, Lab, TOKEN, WITHIN, text};

const SECRET: &str = "1example23456789secretfromelsewhere0987654321abcdef";

#[test]
fn a_client_is_taken_over_with_its_id_and_secret() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let id = "1example23456789client_ID-";
    for (name, id, input) in
        [("partner", id, format!("{SECRET}\n")), ("windows", "w", format!("{SECRET}\r\n")), ("bare", "b", SECRET.into())]
    {
        let made = lab.json_with_input(&["client", "import", name, "--client-id", id, "--scope", "hello-world"], &input);
        assert_eq!((text(&made, "name"), text(&made, "client_id")), (name, id));
        assert!(!made.to_string().contains(SECRET), "what is known is not shown");
        thread::sleep(WITHIN);
        let (client, mut line) = (Client { id: id.into(), secret: SECRET.into() }, server.line(None));
        let token = client.token(&mut line);
        assert_eq!(call(&mut line, &token), "allowed", "{name}");
    }
    let kept = std::fs::read(lab.path("state/authbench.db")).unwrap();
    assert!(!kept.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()), "only its hash is kept");
}

#[test]
fn the_tokens_of_a_client_that_was_removed_do_not_come_back_with_its_id() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    let stolen = client.token(&mut line);
    lab.effective(&["client", "remove", "partner"]);
    assert_eq!(call(&mut line, &stolen), "revoked");
    // A token counts whole seconds: what was made within the same one cannot be told apart.
    thread::sleep(Duration::from_secs(1));
    lab.json_with_input(&["client", "import", "partner", "--client-id", &client.id], SECRET);
    thread::sleep(WITHIN);
    let anew = Client { secret: SECRET.into(), ..client };
    assert_eq!(call(&mut line, &stolen), "revoked");
    assert_eq!(anew.post(&mut line, INTROSPECT, &format!("token={stolen}")).json(), json!({"active": false}));
    let token = anew.token(&mut line);
    assert_eq!(call(&mut line, &token), "allowed");
}

#[test]
fn a_weak_secret_an_odd_id_and_a_taken_name_are_refused() {
    let lab = Lab::new();
    lab.json_with_input(&["client", "import", "partner", "--client-id", "taken"], SECRET);
    let long = "x".repeat(129);
    let much = "0123456789abcdef".repeat(65);
    let rows = [
        ("other", "id", "", "too short"),
        ("other", "id", "\n", "too short"),
        ("other", "id", "0123456789abcde", "too short"),
        ("other", "id", "ééééééééééééééé", "too short"),
        ("other", "id", "aaaaaaaaaaaaaaaaaaaaaaaa", "too few"),
        ("other", "id", "abcdeabcdeabcdeabcde", "too few"),
        ("other", "id", "0123456789abcdef\n0123456789abcdef\n", "control"),
        ("other", "id", "0123456789abcdef\t", "control"),
        ("other", "id", "0123456789abcdef\0", "control"),
        ("other", "id", &much, "too long"),
        ("other", "", SECRET, "client id"),
        ("other", &long, SECRET, "client id"),
        ("other", "a b", SECRET, "client id"),
        ("other", "a:b", SECRET, "client id"),
        ("other", "é", SECRET, "client id"),
        ("other", "../x", SECRET, "client id"),
        ("other", "taken", SECRET, "taken"),
        ("partner", "id", SECRET, "partner"),
        ("taken", "id", SECRET, "taken"),
        ("other", "partner", SECRET, "partner"),
        (".x", "id", SECRET, ".x"),
    ];
    for (name, id, input, names) in rows {
        let Ended { code, stdout, stderr } = lab.run_with_input(&["client", "import", name, "--client-id", id], input);
        assert_eq!((code, &*stdout), (2, ""), "{name} {id} {input:.40}: {stderr}");
        assert!(stderr.contains(names) && stderr.contains("mend:"), "{name} {id} {input:.40}: {stderr}");
        assert!(input.trim().is_empty() || !stderr.contains(input.trim()), "a secret is not shown: {stderr}");
    }
    assert_eq!(lab.json(&["client", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn each_of_two_secrets_tells_when_it_was_last_used() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let (old, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    let new = Client::of(&lab.effective(&["client", "rotate", "partner", "--overlap", "1h"]));
    let secrets = || lab.json(&["client", "show", "partner"])["secrets"].as_array().unwrap().clone();
    let shown = secrets();
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert_eq!((&shown[0]["ends"], shown[1]["ends"].is_string()), (&Value::Null, true), "{shown:?}");
    assert!(shown.iter().all(|secret| secret["created"].is_string() && secret["last_used"].is_null()), "{shown:?}");
    let before = authbench::clock::rfc3339(authbench::clock::now());
    assert_eq!(new.post(&mut line, TOKEN, GRANT).status, 200);
    let wrong = Client { id: old.id.clone(), secret: "wrong".into() };
    assert_eq!(wrong.post(&mut line, TOKEN, GRANT).status, 401);
    assert_eq!(server.terminate().code(), Some(0), "what was gathered is written at the end");
    let shown = secrets();
    assert!(text(&shown[0], "last_used")[..19] >= before[..19], "{shown:?}");
    assert_eq!(shown[1]["last_used"], Value::Null, "the old one was not used: it can go");

    let server = lab.serve("jwt");
    assert_eq!(old.post(&mut server.line(None), TOKEN, GRANT).status, 200, "both work");
    server.terminate();
    assert!(secrets().iter().all(|secret| secret["last_used"].is_string()));
    let listed = lab.json(&["client", "list"]);
    assert!(listed[0]["secrets"][0]["last_used"].is_string(), "{listed}");
    lab.json(&["client", "rotate", "partner"]);
    assert_eq!(secrets()[0]["last_used"], Value::Null, "a new one");
}
