//! The audit log: what commands and servers leave in it, and that nobody changes it unseen.

mod changed;
mod killed;
mod rotated;
mod secrets;
mod served;
mod unwritable;
mod verbs;

use std::{fs, path::PathBuf};

use serde_json::Value;

use crate::lab::{Lab, text};

/// The files of the log, in the order of their names.
fn files(lab: &Lab) -> Vec<PathBuf> {
    let entries = lab.path("state/audit").read_dir().into_iter().flatten().flatten();
    let mut found: Vec<_> = entries.map(|entry| entry.path()).filter(|path| !path.ends_with(".lock")).collect();
    found.sort();
    found
}

/// What commands and servers changed.
fn changes(lab: &Lab) -> Vec<Value> {
    lines(&lab.path("state/audit/changes.jsonl"))
}

fn lines(path: &PathBuf) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// What servers wrote, all files together.
fn of_servers(lab: &Lab) -> Vec<Value> {
    files(lab).iter().filter(|path| !path.ends_with("changes.jsonl")).flat_map(lines).collect()
}

fn events(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| text(line, "event")).collect()
}

/// The log is whole, and nothing is to be told of it.
fn assert_whole(lab: &Lab) {
    let told = lab.json(&["audit", "verify"]);
    assert_eq!((&told["whole"], &told["found"]), (&true.into(), &Value::Array(Vec::new())), "{told}");
}
