//! The log cannot be written: what is revoked is revoked all the same, and nothing is forgotten.

use std::fs;

use super::{assert_whole, changes, events};
use crate::lab::{Lab, eventually, text};

#[test]
fn a_revocation_does_not_wait_for_the_log_and_the_log_has_it_later() {
    let lab = Lab::new();
    let key = text(&lab.json(&["key", "add", "partner"]), "key").to_owned();
    let (log, away) = (lab.path("state/audit/changes.jsonl"), lab.path("away"));
    fs::rename(&log, &away).unwrap();
    fs::create_dir(&log).unwrap();
    let ended = lab.run(&["key", "revoke", "partner"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let told = "it is done, but the audit log";
    assert!(ended.stderr.contains(told) && ended.stderr.contains("the lines wait in the database"), "{}", ended.stderr);
    let verified = lab.run(&["audit", "verify", "away"]);
    assert_eq!(verified.code, 0, "what waits belongs to it: {}", verified.stdout);
    assert!(verified.stdout.contains("(waiting in the database): seq 2 to 2"), "{}", verified.stdout);
    fs::remove_dir(&log).unwrap();
    fs::rename(&away, &log).unwrap();
    lab.json(&["key", "add", "another"]);
    assert_eq!(events(&changes(&lab)), ["key_added", "key_revoked", "key_added"]);
    assert_whole(&lab);
    let server = lab.serve("apikey");
    assert_eq!(server.call(&[("x-api-key", &key)]).status, 401);
}

#[test]
fn a_server_writes_what_a_command_could_not() {
    let lab = Lab::new();
    lab.json(&["key", "add", "partner"]);
    let server = lab.serve("apikey");
    let (log, away) = (lab.path("state/audit/changes.jsonl"), lab.path("away"));
    fs::rename(&log, &away).unwrap();
    fs::create_dir(&log).unwrap();
    assert_eq!(lab.run(&["key", "revoke", "partner"]).code, 0);
    fs::remove_dir(&log).unwrap();
    fs::rename(&away, &log).unwrap();
    eventually("the server writes it", || events(&changes(&lab)).contains(&"key_revoked"));
    assert!(server.terminate().success());
    assert_whole(&lab);
}
