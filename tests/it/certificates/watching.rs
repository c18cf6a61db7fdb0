//! `cert renew --watch`: one certificate after another, and a reader always has a pair that fits.

use std::{
    collections::HashSet,
    fs,
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStderr, ChildStdout, Stdio},
    time::Duration,
};

use rcgen::{KeyPair, PublicKeyData};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use x509_parser::parse_x509_certificate;

use crate::lab::{Lab, text};

struct Watch {
    child: Child,
    lines: BufReader<ChildStdout>,
    notes: BufReader<ChildStderr>,
}

impl Watch {
    fn start(lab: &Lab, ttl: &str) -> Self {
        let mut command = lab.command(&["cert", "renew", "partner", "--watch", "--json", "--ttl", ttl]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let notes = BufReader::new(child.stderr.take().unwrap());
        Self { child, lines, notes }
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    fn stop(mut self, signal: Signal) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_renews_again_and_again_before_the_end_until_it_is_told() {
    let lab = Lab::new();
    let first = lab.json(&["cert", "issue", "partner", "--ttl", "3s", "--key-type", "ed25519", "--san", "URI:spiffe://x/y"]);
    let mut watch = Watch::start(&lab, "3s");
    let renewed = [watch.next(), watch.next(), watch.next()];
    let mut before = first;
    for one in &renewed {
        assert_eq!(text(one, "name"), "partner");
        assert!(text(one, "not_after") > text(&before, "not_after"), "{one} after {before}");
        before = one.clone();
    }
    let serials: HashSet<_> = renewed.iter().map(|one| text(one, "serial")).collect();
    assert_eq!(serials.len(), 3);
    let shown = lab.json(&["cert", "show", text(&before, "serial")]);
    assert_eq!(
        (&shown[0]["state"], &shown[0]["key_type"], &shown[0]["sans"][0]),
        (&"active".into(), &"ed25519".into(), &"URI:spiffe://x/y".into())
    );
    assert_eq!(watch.stop(Signal::TERM), Some(0));
}

#[test]
fn who_reads_one_file_while_it_is_replaced_has_a_pair_that_fits() {
    let lab = Lab::new();
    let made = lab.json(&["cert", "issue", "partner", "--ttl", "1s"]);
    let watch = Watch::start(&lab, "1s");
    let mut seen = HashSet::new();
    let end = std::time::Instant::now() + Duration::from_secs(20);
    while seen.len() < 4 && std::time::Instant::now() < end {
        let blocks = pem::parse_many(fs::read(text(&made, "identity")).unwrap()).unwrap();
        assert_eq!(blocks.len(), 3, "certificate, CA, key");
        let key = KeyPair::try_from(blocks[2].contents().to_vec()).unwrap();
        let (_, leaf) = parse_x509_certificate(blocks[0].contents()).unwrap();
        assert_eq!(leaf.public_key().raw, key.subject_public_key_info());
        seen.insert(leaf.raw_serial().to_vec());
    }
    assert!(seen.len() >= 4, "{} certificates came", seen.len());
    assert_eq!(watch.stop(Signal::INT), Some(0));
}

#[test]
fn it_ends_when_there_is_nothing_left_to_renew() {
    let lab = Lab::new();
    lab.json(&["cert", "issue", "partner", "--ttl", "2s"]);
    let mut watch = Watch::start(&lab, "2s");
    watch.next();
    lab.json(&["cert", "revoke", "partner"]);
    assert_eq!(watch.child.wait().unwrap().code(), Some(2));
    for (name, why) in [("nobody", "there is no cert named `nobody`"), ("partner", "every certificate of `partner` is revoked")] {
        let ended = lab.run(&["cert", "renew", name, "--watch"]);
        assert!(ended.code == 2 && ended.stderr.contains(why), "{}", ended.stderr);
    }
}

#[test]
fn what_fails_is_tried_again() {
    let lab = Lab::new();
    let made = lab.json(&["cert", "issue", "partner", "--ttl", "2s"]);
    let (identity, aside) = (lab.path("certs/clients/partner"), lab.path("aside"));
    let mut watch = Watch::start(&lab, "2s");
    watch.next();
    fs::rename(&identity, &aside).unwrap();
    fs::write(&identity, "no directory").unwrap();
    let failed = watch.notes.by_ref().lines().find(|line| line.as_ref().is_ok_and(|line| line.starts_with("not renewed: ")));
    assert!(failed.is_some(), "it ended");
    fs::remove_file(&identity).unwrap();
    fs::rename(&aside, &identity).unwrap();
    let renewed = watch.next();
    assert!(text(&renewed, "not_after") > text(&made, "not_after"));
    assert_eq!(watch.stop(Signal::TERM), Some(0));
}

#[test]
fn what_cannot_renew_says_so_at_once() {
    let lab = Lab::new();
    lab.json(&["cert", "issue", "partner"]);
    fs::remove_file(lab.path("certs/client-ca/key.pem")).unwrap();
    let ended = lab.run(&["cert", "renew", "partner", "--watch"]);
    assert!(ended.code == 2 && ended.stderr.contains("the key of the CA in"), "{}", ended.stderr);
}
