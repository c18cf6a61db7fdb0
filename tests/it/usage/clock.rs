//! A clock that is set while the server runs frees nobody and locks nobody out.

use std::{fs, thread, time::Duration};

use authbench::{calendar::Day, clock::now};

use super::{Holder, usage, written};
use crate::lab::{Lab, Server, eventually, text};

#[test]
fn k8_a_clock_jump_neither_frees_a_used_up_quota_nor_locks_anybody_out() {
    let lab = Lab::new();
    lab.configure("[plans.small]\nrate = 1000\nburst = 1000\nquota = { requests = 6, per = \"day\" }\n");
    let made = lab.json(&["key", "add", "partner", "--plan", "small"]);
    let Some((server, clock)) = Server::under_a_clock(&lab) else { return };
    let mut partner = Holder::of(text(&made, "key"), &server);
    assert_eq!(partner.served(1), 1);
    for set in ["+2d", "-2d", "+400d", "+0"] {
        fs::write(&clock, set).unwrap();
        // Long enough for the thread that writes to have seen it.
        thread::sleep(Duration::from_millis(1200));
        assert_eq!(partner.served(1), 1, "{set}: not locked out");
    }
    let far = Day::of(now()).plus(400);
    eventually("the server saw the jump", || [far, far.plus(1)].iter().any(|day| server.records().contains(&day.to_string())));
    for set in ["+2d", "-2d"] {
        fs::write(&clock, set).unwrap();
        thread::sleep(Duration::from_millis(1200));
        assert_eq!(partner.served(3), usize::from(set == "+2d"), "{set}: the sixth, and no more");
    }
    fs::write(&clock, "+0").unwrap();
    written(&lab, "key", 6);
    assert_eq!(usage(&lab, "key")["today"], 6, "all of one day");
}
