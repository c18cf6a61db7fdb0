mod joined;
mod single;

use std::{collections::BTreeMap, net::Ipv4Addr};

use super::*;
use crate::{
    clock,
    deed::{Deed, Event, Source, Thing, Who},
    denial::Reason,
};

const WRITER: &str = "server-1";

/// A log of so many lines, and its end.
fn log(lines: usize) -> (Vec<String>, Head) {
    let mut head = Head::START;
    let lines = (0..lines).map(|at| head.seal(WRITER, &refusal(&format!("a \"cause\" \u{202e} {at}"))).trim_end().to_owned());
    (lines.collect(), head)
}

fn refusal(cause: &str) -> Entry {
    let source = Source { address: Ipv4Addr::LOCALHOST.into(), via: None, request: Some("id-1".into()) };
    let who = Who { claimed: Some("partner".into()), ..Who::default() };
    Entry {
        source: Some(source),
        target: Some("GET /hello-world".into()),
        reason: Some(Reason::Revoked),
        cause: Some(cause.into()),
        ..Entry::new(clock::from_seconds(1_800_000_000), Event::Refused, who)
    }
}

fn known(head: Head) -> BTreeMap<String, Head> {
    BTreeMap::from([(WRITER.to_owned(), head)])
}

/// What is told of files, each a text.
fn checked(files: &[&str], heads: BTreeMap<String, Head>, archived: bool) -> (Vec<Finding>, u64) {
    let mut checker = Checker::new(heads, archived);
    for (at, text) in files.iter().enumerate() {
        checker.begin(format!("f{at}"));
        let mut lines: Vec<_> = text.split('\n').collect();
        let rest = lines.pop().unwrap_or_default();
        for line in lines {
            checker.line(line.as_bytes());
        }
        if !rest.is_empty() {
            checker.rest(rest.as_bytes());
        }
    }
    let (_, findings, faults) = checker.finish();
    (findings, faults)
}

/// The findings, a line each; a fault is marked.
fn told(files: &[&str], heads: BTreeMap<String, Head>, archived: bool) -> String {
    let (findings, faults) = checked(files, heads, archived);
    assert_eq!(findings.iter().filter(|finding| finding.found.is_fault()).count() as u64, faults);
    let told = |finding: &Finding| format!("{}{finding}\n", if finding.found.is_fault() { "! " } else { "" });
    findings.iter().map(told).collect()
}

fn text(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn a_line_says_who_did_what_from_where_and_why() {
    let mut head = Head::START;
    let deed = Deed::new(Event::KeyRevoked, Thing::Key, "AbC").named("partner");
    let who = Who {
        uid: Some(0),
        pid: Some(7),
        sudo: Some("ann".into()),
        command: Some("key revoke partner".into()),
        ..Who::default()
    };
    // The hashes were counted by sha256sum.
    let line = head.seal("changes", &Entry::of(deed, clock::from_seconds(1_800_000_000), who, None));
    insta::assert_snapshot!(line, @r#"{"seq":1,"at":"2027-01-15T08:00:00Z","writer":"changes","event":"key_revoked","thing":"key","name":"partner","id":"AbC","who":{"uid":0,"pid":7,"sudo":"ann","command":"key revoke partner"},"prev":"0000000000000000000000000000000000000000000000000000000000000000","hash":"bc3eaf2f9a9d611234f5631d689b7b701db5c2b180d03493f45d92646f91b636"}"#);
    let line = head.seal("changes", &refusal("revoked"));
    insta::assert_snapshot!(line, @r#"{"seq":2,"at":"2027-01-15T08:00:00Z","writer":"changes","event":"refused","reason":"revoked","cause":"revoked","who":{"claimed":"partner"},"address":"127.0.0.1","target":"GET /hello-world","request":"id-1","prev":"bc3eaf2f9a9d611234f5631d689b7b701db5c2b180d03493f45d92646f91b636","hash":"25f32085c24180555e7114123d406c975f64b26e7a47d9bf24de38d59895bad0"}"#);
    assert_eq!(head.seq, 2);
    let read = Link::read(line.trim_end().as_bytes()).unwrap();
    assert_eq!((read.hash, read.seq, read.writer.as_str()), (head.hash, 2, "changes"));
}

#[test]
fn whatever_somebody_sent_is_one_line_of_plain_ascii() {
    let hostile = "\"}\n{\"seq\":2}\r\0\u{7f}\u{85}\u{9b}31m\u{2028}\u{2029}\u{202e}\u{2066}\u{200b}\u{feff}\u{1b}[2J ä 🔑 \\";
    let line = Head::START.clone().seal(hostile, &refusal(hostile));
    assert!(line.trim_end_matches('\n').bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{line:?}");
    assert_eq!(line.matches('\n').count(), 1);
    let read: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&read["cause"], &read["writer"]), (&hostile.into(), &hostile.into()), "and nothing is lost");
}

#[test]
fn a_text_of_any_length_makes_a_line_of_some_length() {
    let long = "🔑".repeat(100_000);
    let mut entry = refusal(&long);
    entry.target = Some(long.clone());
    entry.who.command = Some(long.clone());
    let line = Head::START.clone().seal("changes", &entry);
    assert!(line.len() < LONGEST, "{}", line.len());
    assert!(Link::read(line.trim_end().as_bytes()).is_ok());
}

#[test]
fn a_hash_is_written_in_one_way() {
    let hash = Hash::of(b"");
    assert_eq!(hash.to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(hash.to_string().parse(), Ok(hash));
    for wrong in ["", "e3", &hash.to_string().to_uppercase(), &format!("{hash}0"), &format!(" {}", &hash.to_string()[1..])] {
        assert_eq!(wrong.parse::<Hash>(), Err(()), "{wrong}");
    }
}
