//! Files are moved away to be kept.

use std::fs;

use serde_json::json;

use super::{assert_whole, changes, files, of_servers};
use crate::lab::{Lab, eventually, text};

#[test]
fn a_moved_file_and_the_one_after_it_are_one_log() {
    let lab = Lab::new();
    lab.json(&["key", "add", "one"]);
    let server = lab.serve("apikey");
    server.call(&[]);
    eventually("the refusal is written", || of_servers(&lab).len() == 2);
    for path in files(&lab) {
        fs::rename(&path, path.with_extension("jsonl.1")).unwrap();
    }
    server.hang_up();
    eventually("a new file is begun", || files(&lab).iter().any(|path| path.extension().is_some_and(|end| end == "jsonl")));
    server.call(&[]);
    lab.json(&["key", "revoke", "one"]);
    let revoked = changes(&lab);
    assert_eq!(revoked.len(), 1, "in a new file");
    assert!(server.terminate().success());
    assert_whole(&lab);
    let put_away: Vec<_> = files(&lab).into_iter().filter(|path| path.extension().is_some_and(|end| end == "1")).collect();
    assert_eq!(put_away.len(), 2);
    fs::create_dir(lab.path("archive")).unwrap();
    for (at, path) in put_away.iter().enumerate() {
        fs::rename(path, lab.path(&format!("archive/{at}.old"))).unwrap();
    }
    let ended = lab.run(&["audit", "verify"]);
    assert_eq!(ended.code, 1, "{}", ended.stdout);
    let told = format!("changes.jsonl:1: the log begins here at seq {}: what was before is not here", revoked[0]["seq"]);
    assert!(ended.stdout.contains(&told), "{}", ended.stdout);
    let archived = lab.json(&["audit", "verify", "--archived"]);
    assert_eq!((&archived["whole"], archived["found"].as_array().unwrap().len()), (&json!(true), 2), "{archived}");
    let mut all: Vec<String> = files(&lab).iter().map(|path| path.display().to_string()).collect();
    all.extend(["archive/1.old".to_owned(), "archive/0.old".to_owned()]);
    let arguments: Vec<&str> = ["audit", "verify"].into_iter().chain(all.iter().map(String::as_str)).collect();
    assert_eq!(lab.json(&arguments)["found"], json!([]));
}

#[test]
fn a_server_that_was_killed_leaves_no_fault() {
    let lab = Lab::new();
    for _ in 0..5 {
        let server = lab.serve("apikey");
        server.call(&[]);
        server.kill();
    }
    let told = lab.json(&["audit", "verify"]);
    assert_eq!(told["whole"], true, "{told}");
    for found in told["found"].as_array().unwrap() {
        let what = text(found, "what");
        assert!(what.starts_with("lines after what the store knows") || what == "no line is in it", "{found}");
    }
}
