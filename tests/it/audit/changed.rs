//! Somebody changes the log.

use std::{fs, io::Write, path::Path, process::Stdio};

use authbench::{
    chain::{CHANGES, Head},
    deed::{Deed, Entry, Event, Thing, Who},
};

use super::assert_whole;
use crate::lab::{Ended, Lab, tool};

/// A log of six lines.
fn lab() -> Lab {
    let lab = Lab::new();
    lab.file("names", "one\ntwo\nthree\nfour\nfive\nsix\n");
    lab.json(&["key", "add-many", "names"]);
    lab
}

const LOG: &str = "state/audit/changes.jsonl";

fn with(lab: &Lab, change: impl FnOnce(&mut Vec<String>)) -> Ended {
    let whole = fs::read_to_string(lab.path(LOG)).unwrap();
    let mut lines: Vec<_> = whole.lines().map(str::to_owned).collect();
    change(&mut lines);
    fs::write(lab.path(LOG), lines.iter().flat_map(|line| [line, "\n"]).collect::<String>()).unwrap();
    let ended = lab.run(&["audit", "verify"]);
    fs::write(lab.path(LOG), whole).unwrap();
    assert_eq!(ended.code, 1, "{}", ended.stdout);
    Ended { stdout: ended.stdout.replace(&*lab.path("").to_string_lossy(), ""), ..ended }
}

#[test]
fn it_is_told_which_line() {
    let lab = lab();
    let ended = with(&lab, |lines| lines[2] = lines[2].replace("three", "other"));
    insta::assert_snapshot!(ended.stdout, @"
    fault  state/audit/changes.jsonl:3: was changed: its hash is not that of what it says
    read   state/audit/changes.jsonl: seq 1 to 6
    ");
    insta::assert_snapshot!(ended.stderr, @"
    authbench: the audit log is not whole: faults found: 1
      mend: keep the files as they are, and compare them with copies that nobody here could write
    ");
    insta::assert_snapshot!(with(&lab, |lines| drop(lines.drain(1..3))).stdout, @"
    fault  state/audit/changes.jsonl:2: seq 2 to 3 should stand before it: lines were removed
    read   state/audit/changes.jsonl: seq 1 to 6
    ");
    insta::assert_snapshot!(with(&lab, |lines| lines.truncate(4)).stdout, @"
    fault  state/audit/changes.jsonl: ends at seq 4, and the store knows of seq 6: the end was cut off
    read   state/audit/changes.jsonl: seq 1 to 4
    ");
    let ended = with(&lab, |lines| drop(lines.drain(..2)));
    insta::assert_snapshot!(format!("{}\n{}", ended.stdout, ended.stderr), @"
    fault  state/audit/changes.jsonl:1: the log begins here at seq 3: what was before is not here
    read   state/audit/changes.jsonl: seq 3 to 6

    authbench: the audit log is not whole: faults found: 1
      mend: name the files that were put away as well: `authbench audit verify STATE/audit/*.jsonl* ARCHIVE/*`; if they are kept elsewhere for good, say --archived
    ");
    assert_whole(&lab);
}

#[test]
fn a_change_that_nobody_made_is_no_change() {
    let lab = lab();
    let ended = with(&lab, |lines| {
        let hash = lines[5].rsplit('"').nth(1).unwrap().parse().unwrap();
        let deed = Deed::new(Event::KeyRevoked, Thing::Key, "id").named("one");
        let entry = Entry::of(deed, authbench::clock::now(), Who::default(), None);
        lines.push(Head { seq: 6, hash }.seal(CHANGES, &entry).trim_end().to_owned());
    });
    insta::assert_snapshot!(ended.stdout, @"
    fault  state/audit/changes.jsonl: seq 7: changes that the store does not know, so nobody made them
    read   state/audit/changes.jsonl: seq 1 to 7
    ");
    assert_whole(&lab);
}

#[test]
fn a_file_that_is_gone_is_missed() {
    let lab = lab();
    fs::remove_file(lab.path(LOG)).unwrap();
    let ended = lab.run(&["audit", "verify"]);
    assert_eq!(
        (ended.code, ended.stdout.trim()),
        (1, "fault  changes: no file of this log is here (lines: 6)"),
        "{}",
        ended.stderr
    );
    let told = lab.json(&["audit", "verify", "--archived"]);
    assert_eq!((&told["whole"], &told["found"][0]["writer"]), (&true.into(), &"changes".into()), "{told}");
}

#[test]
fn what_is_no_log_is_told_and_ends_well() {
    let lab = lab();
    let odd = lab.path("odd");
    let (long, deep) = (vec![b'x'; 3_000_000], vec![b'['; 3_000_000]);
    let line = |octets: &[u8]| [octets, b"\n"].concat();
    for (content, code) in [
        (Vec::new(), 0),
        // As a server leaves it that is killed while it writes its first line.
        (b"{\"seq\":1,\"at".to_vec(), 0),
        (vec![0xff; 1000], 0),
        (line(b"\n"), 1),
        (line(b"{\"seq\":1}"), 1),
        (line(b"\xff\0"), 1),
        (line(&long), 1),
        (deep, 1),
    ] {
        fs::write(&odd, &content).unwrap();
        let ended = lab.run(&["audit", "verify", "odd", LOG]);
        assert_eq!(ended.code, code, "{} {}", ended.stdout, ended.stderr);
    }
    // A file that claims to be very long, and is not.
    fs::File::create(&odd).unwrap().set_len(1024 * 1024 * 1024).unwrap();
    assert_eq!(lab.run(&["audit", "verify", "odd", LOG]).code, 1);
    let ended = lab.run(&["audit", "verify", "missing"]);
    assert_eq!(ended.code, 3);
    assert!(ended.stderr.starts_with("authbench: the audit log missing cannot be read"), "{}", ended.stderr);
}

#[test]
fn without_a_database_nothing_can_be_said() {
    let lab = Lab::new();
    let ended = lab.run(&["audit", "verify"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (3, ""), "{}", ended.stderr);
    assert!(!lab.path("state/authbench.db").exists(), "and none is made");
}

#[test]
fn any_program_can_count_the_hashes() {
    let Some(sha256sum) = tool("sha256sum") else { return };
    let lab = lab();
    let counted = |text: &str| {
        let mut command = std::process::Command::new(Path::new(&sha256sum));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()[..64].to_owned()
    };
    let mut before = "0".repeat(64);
    for line in fs::read_to_string(lab.path(LOG)).unwrap().lines() {
        let (body, hash) = line.split_once(",\"hash\":\"").unwrap();
        assert!(body.ends_with(&format!(",\"prev\":\"{before}\"")), "{line}");
        before = counted(&format!("{body}}}"));
        assert_eq!(hash, format!("{before}\"}}"), "{line}");
    }
}
