//! K2: the plain key is nowhere but where it was shown: not on disk, not in what the server writes, not in the process list.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Child, Stdio},
    thread,
};

use super::{made, outcome, with_another_secret, with_wrong_checksum};
use crate::lab::{Lab, PATH, Server, WITHIN, eventually};

/// A key that a gateway gave.
const IMPORTED: &str = "s4Kq9ZtB1xWm7PfH3cVd8JyR2nLg5Te6aU0oQiDz";

/// Every file below, with the database's journal, read as octets.
fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push((path.display().to_string(), fs::read(&path).unwrap())) }
    }
    all
}

fn holds(octets: &[u8], text: &str) -> bool {
    octets.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Neither the key nor the part of it that is secret is in any of these places.
fn are_nowhere(secrets: &[&str], places: &[(String, Vec<u8>)]) {
    for (place, octets) in places {
        for secret in secrets {
            assert!(!holds(octets, secret), "{place} holds a key, or its secret part");
        }
    }
}

/// What everybody on the machine may read of a process, and what its owner may.
#[cfg(target_os = "linux")]
fn process(id: u32) -> Vec<(String, Vec<u8>)> {
    let place = |name: &str| format!("/proc/{id}/{name}");
    ["cmdline", "environ"].map(|name| (place(name), fs::read(place(name)).unwrap())).to_vec()
}

fn uses(server: &Server, key: &str) {
    assert_eq!(outcome(server, key), "allowed");
    for wrong in [with_another_secret(key), with_wrong_checksum(key), format!("{key} "), format!("{key},{key}")] {
        outcome(server, &wrong);
    }
    let mut line = server.line(None);
    line.get(&format!("{PATH}?x-api-key={key}"), &[]).unwrap();
    line.get(&format!("/nothing/{}?x-api-key={key}", &key[..15]), &[("x-api-key", key)]).unwrap();
    line.get(PATH, &[("x-api-key", key), ("x-api-key", key)]).unwrap();
    line.post(PATH, &[("x-api-key", key)], &format!("x-api-key={key}")).unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn k2_the_plain_key_is_nowhere() {
    let lab = Lab::new();
    // As loud as it gets: what a person turns on who looks for a fault.
    let server = Server::start(&lab, &["--mode", "apikey", "-vv"]);
    let old = made(&lab, &["key", "add", "partner"]);
    let new = made(&lab, &["key", "rotate", "partner", "--overlap", "1m"]);
    uses(&server, &old);
    uses(&server, &new);
    let secrets = [&*old, &new, &old[16..48], &new[16..48]];
    are_nowhere(&secrets, &process(server.id()));
    // While it runs: the journal of the database is there, and not yet taken over.
    let places = files(&lab.path("state"));
    assert!(places.iter().any(|(name, octets)| name.ends_with("-wal") && !octets.is_empty()), "{places:?}");
    are_nowhere(&secrets, &places);
    let spoken_of = |records: &str| records.contains("/nothing/");
    eventually("the last request is recorded", || spoken_of(&server.records()));
    let (id, records) = (&old[3..15], server.records());
    assert!(records.contains(id), "the id is no secret, and is what an operator looks for");
    are_nowhere(&secrets, &[("the records".into(), records.into_bytes())]);
    assert!(server.terminate().success());
    are_nowhere(&secrets, &files(&lab.path("state")));
}

#[test]
#[cfg(target_os = "linux")]
fn k2_an_imported_key_is_nowhere() {
    let lab = Lab::new();
    lab.configure("profile = \"aws\"\n");
    let server = Server::start(&lab, &["--mode", "apikey", "-vv"]);
    let mut command = lab.command(&["key", "import", "partner"]);
    let mut import = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = import.stdin.take().unwrap();
    input.write_all(IMPORTED.as_bytes()).unwrap();
    // It has the key, or will have it in a moment, and waits for more.
    are_nowhere(&[IMPORTED], &process(import.id()));
    drop(input);
    let (code, said) = ended(import);
    assert_eq!(code, Some(0), "{said}");
    are_nowhere(&[IMPORTED], &[("what the command said".into(), said.into_bytes())]);
    thread::sleep(WITHIN);
    assert_eq!(outcome(&server, IMPORTED), "allowed");
    server.line(None).get(&format!("{PATH}?x-api-key={IMPORTED}"), &[]).unwrap();
    are_nowhere(&[IMPORTED], &process(server.id()));
    are_nowhere(&[IMPORTED], &files(&lab.path("state")));
    are_nowhere(&[IMPORTED], &[("the records".into(), server.records().into_bytes())]);
}

fn ended(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}
