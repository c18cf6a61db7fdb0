//! The life of a key: its end to the second, off and on, replaced with an overlap, and what it may.

use std::{
    thread,
    time::{Duration, SystemTime},
};

use authbench::clock;

use super::{made, outcome, printed};
use crate::{
    lab::{Lab, PATH, Server, WITHIN},
    refusals::shown,
};

/// How long a machine with much else to do may take for one call.
const CALL: Duration = Duration::from_millis(500);

/// When the last call was served and the first one was not, and why; both by the clock of this test, around the call.
fn end_of(server: &Server, key: &str) -> (SystemTime, SystemTime, String) {
    let mut line = server.line(None);
    let mut last = SystemTime::UNIX_EPOCH;
    loop {
        let asked = clock::now();
        let seen = line.get(PATH, &[("x-api-key", key)]).unwrap().outcome();
        if seen != "allowed" {
            return (last, clock::now(), seen);
        }
        last = asked;
        thread::sleep(Duration::from_millis(5));
    }
}

/// It ends `after` what lies between `begun` and `done`, not sooner and not later.
fn ends(server: &Server, key: &str, after: Duration, (begun, done): (SystemTime, SystemTime)) {
    let (last, refused, why) = end_of(server, key);
    assert_eq!(why, "expired");
    assert!(refused >= begun + after, "{:?} too soon", (begun + after).duration_since(refused));
    assert!(last <= done + after, "served {:?} after its end", last.duration_since(done + after));
    assert!(refused <= done + after + CALL, "refused {:?} after its end", refused.duration_since(done + after));
}

fn timed<T>(deed: impl FnOnce() -> T) -> (T, (SystemTime, SystemTime)) {
    let begun = clock::now();
    let done = deed();
    (done, (begun, clock::now()))
}

#[test]
fn a_key_ends_when_it_was_to_end() {
    let lab = Lab::new();
    let server = lab.serve("apikey");
    let (key, when) = timed(|| printed(&lab, &["key", "add", "partner", "--expires", "2s"]));
    thread::sleep(WITHIN);
    assert_eq!(outcome(&server, &key), "allowed");
    ends(&server, &key, Duration::from_secs(2), when);
    insta::assert_snapshot!(shown(&server.call(&[("x-api-key", &key)]), &server), @r#"
    401
    cache-control: no-store
    content-type: application/problem+json
    www-authenticate: ApiKey realm="authbench", header="x-api-key"
    x-request-id: ID

    {"type":"about:blank","title":"Unauthorized","status":401,"detail":"The credential has expired.","reason":"expired","request_id":"ID"}
    "#);
    let fresh = made(&lab, &["key", "rotate", "partner"]);
    assert_eq!(outcome(&server, &fresh), "expired", "the caller has ended, not only its key");
}

#[test]
fn an_old_key_goes_on_for_the_overlap_and_ends_with_it() {
    let lab = Lab::new();
    let server = lab.serve("apikey");
    let first = made(&lab, &["key", "add", "partner"]);
    let (second, when) = timed(|| printed(&lab, &["key", "rotate", "partner", "--overlap", "2s"]));
    thread::sleep(WITHIN);
    assert_eq!([outcome(&server, &first), outcome(&server, &second)], ["allowed", "allowed"]);
    ends(&server, &first, Duration::from_secs(2), when);
    assert_eq!(outcome(&server, &second), "allowed");
    let third = made(&lab, &["key", "rotate", "partner", "--overlap", "1m"]);
    let fourth = made(&lab, &["key", "rotate", "partner", "--overlap", "1m"]);
    let seen = [&first, &second, &third, &fourth].map(|key| outcome(&server, key));
    assert_eq!(seen, ["credential_unknown", "credential_unknown", "allowed", "allowed"], "two keys at most");
    let fifth = made(&lab, &["key", "rotate", "partner"]);
    let seen = [&third, &fourth, &fifth].map(|key| outcome(&server, key));
    assert_eq!(seen, ["credential_unknown", "credential_unknown", "allowed"], "without an overlap every old one stops at once");
}

#[test]
fn a_key_is_switched_off_and_on_and_revoked_for_good() {
    let lab = Lab::new();
    let server = lab.serve("apikey");
    let key = made(&lab, &["key", "add", "partner"]);
    let mut open = server.line(None);
    let mut seen = |verb: &str| {
        lab.effective(&["key", verb, "partner"]);
        [open.get(PATH, &[("x-api-key", &key)]).unwrap().outcome(), outcome(&server, &key)]
    };
    assert_eq!(seen("disable"), ["disabled"; 2]);
    assert_eq!(seen("enable"), ["allowed"; 2]);
    assert_eq!(seen("revoke"), ["revoked"; 2]);
    for verb in ["enable", "disable", "rotate"] {
        let ended = lab.run(&["key", verb, "partner"]);
        assert_eq!(ended.code, 2, "{verb}: {}", ended.stderr);
    }
    assert_eq!(seen("revoke"), ["revoked"; 2], "again is no error");
}

#[test]
fn a_key_may_what_it_was_given() {
    let lab = Lab::new();
    lab.configure("[scopes]\nother = \"Another\"\n");
    let server = lab.serve("apikey");
    let less = made(&lab, &["key", "add", "less", "--scope", "other"]);
    let enough = made(&lab, &["key", "add", "enough", "--scope", "other", "--scope", "hello-world"]);
    let elsewhere = made(&lab, &["key", "add", "elsewhere", "--allow", "192.0.2.0/24"]);
    assert_eq!([outcome(&server, &enough), outcome(&server, &elsewhere)], ["allowed", "address_denied"]);
    insta::assert_snapshot!(shown(&server.call(&[("x-api-key", &less)]), &server), @r#"
    403
    cache-control: no-store
    content-type: application/problem+json
    x-request-id: ID

    {"type":"about:blank","title":"Forbidden","status":403,"detail":"The caller may not do this.","reason":"scope_insufficient","request_id":"ID"}
    "#);
    let ended = lab.run(&["key", "add", "more", "--scope", "unheard-of"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
}
