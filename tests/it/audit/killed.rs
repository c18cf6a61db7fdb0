//! F1 for the log: commands and servers that are killed on the way. What was acknowledged has its line, no line is without its
//! change, and no line is there twice.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{changes, of_servers};
use crate::lab::{Lab, text};

/// At once, on the same state.
const LANES: usize = 4;
/// Each is one key made and one revoked, so there are 240 of both.
const ROUNDS: usize = 60;

/// What one lane saw acknowledged: names that were made, and those that were revoked.
fn lane(lab: &Lab, lane: usize, usual: Duration) -> (Vec<String>, Vec<String>) {
    let (mut made, mut revoked) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // From at once to longer than it takes, so that it is hit everywhere.
        let wait = usual * u32::try_from(round * 7 % ROUNDS).unwrap() * 2 / u32::try_from(ROUNDS).unwrap();
        let name = format!("key-{lane}-{round}");
        if lab.is_done_within(&["key", "add", &name], wait) {
            made.push(name);
        }
        if let Some(victim) = made.iter().find(|name| !revoked.contains(*name)).cloned()
            && lab.is_done_within(&["key", "revoke", &victim], wait)
        {
            revoked.push(victim);
        }
    }
    (made, revoked)
}

/// How often each name has that line.
fn told(lines: &[Value], event: &str) -> BTreeMap<String, usize> {
    let mut told = BTreeMap::new();
    for line in lines.iter().filter(|line| line["event"] == event) {
        *told.entry(text(line, "name").to_owned()).or_default() += 1;
    }
    told
}

#[test]
fn every_change_has_one_line_whoever_was_killed() {
    let lab = Lab::new();
    let (one, other) = (lab.serve("apikey"), lab.serve("apikey"));
    let began = Instant::now();
    assert!(lab.is_done_within(&["key", "add", "first"], Duration::from_secs(10)));
    let usual = began.elapsed() * u32::try_from(LANES).unwrap();
    let seen: Vec<_> = thread::scope(|scope| {
        let lab = &lab;
        let lanes: Vec<_> = (0..LANES).map(|number| scope.spawn(move || lane(lab, number, usual))).collect();
        let asked = scope.spawn(|| (0..100).for_each(|_| drop(one.call(&[("x-api-key", "wrong")]))));
        asked.join().unwrap();
        lanes.into_iter().map(|lane| lane.join().unwrap()).collect()
    });
    one.kill();
    assert!(other.terminate().success());
    // What is in the database is what was done, acknowledged or not.
    let kept = lab.json(&["key", "list"]);
    let kept: Vec<_> = kept.as_array().unwrap().iter().map(|key| (text(key, "name"), text(key, "state"))).collect();
    let verified = lab.json(&["audit", "verify"]);
    assert_eq!(verified["whole"], true, "{verified}");
    let lines = changes(&lab);
    let (added, revoked) = (told(&lines, "key_added"), told(&lines, "key_revoked"));
    let all: BTreeMap<_, _> = kept.iter().map(|(name, _)| ((*name).to_owned(), 1)).collect();
    assert_eq!(added, all);
    let all: BTreeMap<_, _> = kept.iter().filter(|key| key.1 == "revoked").map(|(name, _)| ((*name).to_owned(), 1)).collect();
    assert_eq!(revoked, all);
    let (acknowledged, ended): (Vec<_>, Vec<_>) = seen.into_iter().unzip();
    let (acknowledged, ended): (Vec<_>, Vec<_>) = (acknowledged.concat(), ended.concat());
    assert!(acknowledged.iter().all(|name| added.contains_key(name)) && ended.iter().all(|name| revoked.contains_key(name)));
    println!(
        "{} keys, {} acknowledged; {} revoked, {} acknowledged",
        added.len(),
        acknowledged.len(),
        revoked.len(),
        ended.len()
    );
    assert!(acknowledged.len() > 20 && acknowledged.len() < LANES * ROUNDS, "some are done and some are killed");
    assert_eq!(of_servers(&lab).iter().filter(|line| line["event"] == "server_started").count(), 2);
}
