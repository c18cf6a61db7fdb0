//! K4: what `key revoke` acknowledged holds, whoever is killed, again and again.

use std::{thread, time::Instant};

use super::{made, outcome, printed};
use crate::lab::{Lab, WITHIN, text};

/// A server is killed right after each revocation.
const SERVERS: usize = 12;
/// A command is killed on its way, at another moment each time.
const COMMANDS: u32 = 60;

#[test]
fn k4_a_revocation_survives_the_servers_death() {
    let lab = Lab::new();
    let kept = made(&lab, &["key", "add", "kept"]);
    let mut revoked: Vec<String> = Vec::new();
    for round in 0..SERVERS {
        let name = format!("caller-{round}");
        let server = lab.serve("apikey");
        let key = made(&lab, &["key", "add", &name]);
        assert_eq!(outcome(&server, &key), "allowed");
        lab.json(&["key", "revoke", &name]);
        server.kill();
        revoked.push(key);
        let server = lab.serve("apikey");
        for key in &revoked {
            assert_eq!(outcome(&server, key), "revoked", "round {round}");
        }
        assert_eq!(outcome(&server, &kept), "allowed");
        server.kill();
    }
}

#[test]
fn k4_a_revocation_holds_once_the_command_has_said_so() {
    let lab = Lab::new();
    let server = lab.serve("apikey");
    let keys: Vec<String> = (0..COMMANDS).map(|n| printed(&lab, &["key", "add", &format!("caller-{n}")])).collect();
    let began = Instant::now();
    lab.json(&["key", "list"]);
    let usual = began.elapsed();
    let mut acknowledged = 0;
    for round in 0..COMMANDS {
        // From at once to longer than it takes, so that it is hit everywhere.
        let wait = usual * (round * 7 % COMMANDS) * 2 / COMMANDS;
        let name = format!("caller-{round}");
        let said_so = lab.is_done_within(&["key", "revoke", &name], wait);
        let state = lab.json(&["key", "show", &name]);
        assert!(!said_so || text(&state, "state") == "revoked", "round {round}: {state}");
        acknowledged += u32::from(said_so);
    }
    assert!(
        (1..COMMANDS).contains(&acknowledged),
        "{acknowledged} of {COMMANDS} were done: none was hit on its way, or all were"
    );
    thread::sleep(WITHIN);
    // A server that ran all the while, and one that starts now, think the same of every key.
    let running: Vec<_> = keys.iter().map(|key| outcome(&server, key)).collect();
    server.kill();
    let fresh = lab.serve("apikey");
    assert_eq!(running, keys.iter().map(|key| outcome(&fresh, key)).collect::<Vec<_>>());
    assert!(running.iter().filter(|seen| *seen == "revoked").count() >= usize::try_from(acknowledged).unwrap());
}
