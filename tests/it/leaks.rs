//! `key scan`: keys in files and logs, which of them are live, and how it ends.

use std::{fs, os::unix::fs::symlink, thread, time::Duration};

use serde_json::{Value, json};

use crate::lab::{Lab, text};

fn key(lab: &Lab, arguments: &[&str]) -> (String, String) {
    let made = lab.json(&[&["key"], arguments].concat());
    (text(&made, "id").to_owned(), text(&made, "key").to_owned())
}

/// A log in which one key of each state stands; gives it and the ids in its order.
fn log(lab: &Lab) -> (String, Vec<String>) {
    let (live, disabled, revoked) = (key(lab, &["add", "live"]), key(lab, &["add", "off"]), key(lab, &["add", "gone"]));
    let (old, ended) = (key(lab, &["add", "turned"]), key(lab, &["add", "short", "--expires", "1s"]));
    let overlapping = key(lab, &["add", "both"]);
    lab.json(&["key", "disable", "off"]);
    lab.json(&["key", "revoke", "gone"]);
    key(lab, &["rotate", "turned"]);
    key(lab, &["rotate", "both", "--overlap", "1h"]);
    thread::sleep(Duration::from_millis(1100));
    let all = [live, disabled, revoked, old, ended, overlapping];
    let request = |(id, key): &(String, String)| format!("GET /hello-world x-api-key={key}&of={id}\n");
    (all.iter().map(request).collect(), all.into_iter().map(|(id, _)| id).collect())
}

#[test]
fn every_key_in_a_log_is_found_with_what_it_is_worth() {
    let lab = Lab::new();
    let (log, ids) = log(&lab);
    let path = lab.file("logs/access.log", &log);
    let ended = lab.run(&["key", "scan", "logs", "--json"]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let told: Value = serde_json::from_str(&ended.stdout).unwrap();
    let states: Vec<_> = told["found"].as_array().unwrap().iter().map(|found| text(found, "state")).collect();
    assert_eq!(states, ["live", "disabled", "revoked", "replaced", "expired", "live"]);
    let first =
        json!({"file": "logs/access.log", "line": 1, "column": 28, "id": ids[0], "name": "live", "state": "live", "live": true});
    assert_eq!(told["found"][0], first);
    let size = fs::metadata(path).unwrap().len();
    assert_eq!(
        (&told["files"], &told["octets"], &told["live"], &told["unread"]),
        (&json!(1), &json!(size), &json!(2), &json!([]))
    );
}

#[test]
fn a_person_reads_places_and_ids_and_never_a_key() {
    let lab = Lab::new();
    let (id, key) = key(&lab, &["add", "partner"]);
    lab.file("src/config.py", &format!("# ours\nKEY = \"{key}\"\n"));
    let ended = lab.run(&["key", "scan", "src"]);
    assert_eq!(ended.code, 1);
    insta::assert_snapshot!(ended.stdout.replace(&id, "IDIDIDIDIDID"), @"
    PLACE              ID            NAME     STATE
    src/config.py:2:8  IDIDIDIDIDID  partner  live
    ");
    insta::assert_snapshot!(ended.stderr.replace(&id, "ID"), @"
    keys: 1, live: 1; looked through: 1 (octets: 70)
    authbench: live keys were found: 1
      mend: `authbench key revoke ID` ends one; `authbench key rotate ID --overlap 1h` gives its caller time
    ");
    assert!(!format!("{}{}", ended.stdout, ended.stderr).contains(&key[15..]));
}

#[test]
fn keys_that_open_nothing_are_told_and_do_no_harm() {
    let (lab, other) = (Lab::new(), Lab::new());
    let (_, foreign) = key(&other, &["add", "theirs"]);
    let (_, revoked) = key(&lab, &["add", "ours"]);
    lab.json(&["key", "revoke", "ours"]);
    let told = lab.json_with_input(&["key", "scan", "-"], &format!("{foreign} {revoked}\n"));
    let states: Vec<_> = told["found"].as_array().unwrap().iter().map(|found| (&found["name"], text(found, "state"))).collect();
    assert_eq!(states, [(&Value::Null, "unknown"), (&json!("ours"), "revoked")]);
}

#[test]
fn a_key_without_its_checksum_is_no_key() {
    let lab = Lab::new();
    let (_, key) = key(&lab, &["add", "partner"]);
    let (body, last) = key.split_at(53);
    let wrong = if last == "0" { "1" } else { "0" };
    let told = lab.json_with_input(&["key", "scan", "-"], &format!("{body} {body}{wrong} {}", key.to_uppercase()));
    assert_eq!(told["found"], json!([]));
}

#[test]
fn links_and_what_is_no_file_are_passed_by() {
    let lab = Lab::new();
    let (_, key) = key(&lab, &["add", "partner"]);
    let elsewhere = lab.file("elsewhere/leak", &key);
    fs::create_dir(lab.path("tree")).unwrap();
    symlink(&elsewhere, lab.path("tree/link")).unwrap();
    symlink(lab.path("tree"), lab.path("tree/again")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(lab.path("tree/socket")).unwrap();
    assert_eq!(lab.json(&["key", "scan", "tree"])["files"], 0);
    assert_eq!(lab.run(&["key", "scan", "tree/link"]).code, 1, "a link that was named is followed");
}

#[test]
fn what_cannot_be_read_is_an_error_and_the_rest_is_read() {
    let lab = Lab::new();
    let (_, key) = key(&lab, &["add", "partner"]);
    lab.file("there", "nothing");
    let ended = lab.run(&["key", "scan", "missing", "there"]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    insta::assert_snapshot!(ended.stderr, @"
    not read: missing: No such file or directory (os error 2)
    keys: 0, live: 0; looked through: 1 (octets: 7)
    authbench: not everything could be read (1)
      mend: let this user read what is named above, or leave it away
    ");
    lab.file("there", &key);
    assert_eq!(lab.run(&["key", "scan", "missing", "there"]).code, 1, "a live key is worse");
    assert_eq!(lab.run(&["key", "scan"]).code, 2, "nothing to look through");
}
