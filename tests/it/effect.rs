//! What a command acknowledged holds: on a running server within 100 ms, on a connection that was open already,
//! and after the server was killed and started again.

use std::{
    io,
    time::{Duration, Instant},
};

use crate::lab::{Answer, Client, FIXED, Identity, Lab, Line, PATH, Server, WITHIN, text};

/// How long to go on asking, to see that a refusal stays one.
const WATCHED: Duration = Duration::from_millis(300);

/// `allowed`, a reason, or `closed`.
fn outcome(answer: io::Result<Answer>) -> String {
    answer.map_or_else(|_| "closed".into(), |answer| answer.outcome())
}

/// Asks again and again until the watch is over. Fails when a call that began after the deadline was still served, or when
/// anything but `refusal` came instead.
fn stops(what: &str, refusal: &str, mut ask: impl FnMut() -> String) {
    let returned = Instant::now();
    while returned.elapsed() < WATCHED {
        let began = returned.elapsed();
        let seen = ask();
        assert!(
            seen == refusal || (seen == "allowed" && began < WITHIN),
            "{what}: {seen} at {began:?} after the command returned"
        );
    }
}

/// Both watches at once: the open connection first, then a new one each time.
fn stops_everywhere(server: &Server, header: (&str, &str), open: &mut Line) {
    stops("open connection and new ones", "revoked", || {
        let kept = outcome(open.get(PATH, &[header]));
        let new = server.call(&[header]).outcome();
        if kept == "revoked" { new } else { kept }
    });
    assert_eq!(outcome(open.get(PATH, &[header])), "revoked", "the connection stays usable and the caller stays out");
}

fn token(server: &Server, lab: &Lab, name: &str) -> String {
    format!("Bearer {}", Client::new(lab, name, &[]).token(&mut server.line(None)))
}

#[test]
fn a_revoked_token_stops_at_once_and_for_good() {
    let lab = Lab::new();
    lab.configure(FIXED);
    let server = lab.serve("jwt");
    let (theirs, other) = (token(&server, &lab, "partner"), token(&server, &lab, "other"));
    let mut open = server.line(None);
    assert_eq!(outcome(open.get(PATH, &[("authorization", &theirs)])), "allowed");

    lab.json_with_input(&["token", "revoke", "-"], theirs.trim_start_matches("Bearer "));
    stops_everywhere(&server, ("authorization", &theirs), &mut open);
    assert_eq!(server.call(&[("authorization", &other)]).outcome(), "allowed", "another token is not touched");

    server.kill();
    let again = lab.serve("jwt");
    assert_eq!(again.call(&[("authorization", &theirs)]).outcome(), "revoked");
    assert_eq!(again.call(&[("authorization", &other)]).outcome(), "allowed", "signing key and clients survive");
}

#[test]
fn a_disabled_client_takes_its_tokens_along() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let theirs = token(&server, &lab, "partner");
    let mut open = server.line(None);
    assert_eq!(outcome(open.get(PATH, &[("authorization", &theirs)])), "allowed");
    lab.json(&["client", "disable", "partner"]);
    stops("disabled client", "disabled", || outcome(open.get(PATH, &[("authorization", &theirs)])));
}

#[test]
fn a_revoked_key_stops_at_once_and_for_good() {
    let lab = Lab::new();
    let server = lab.serve("apikey");
    let (theirs, other) = (lab.json(&["key", "add", "partner"]), lab.effective(&["key", "add", "other"]));
    let (theirs, other) = (("x-api-key", text(&theirs, "key")), ("x-api-key", text(&other, "key")));
    let mut open = server.line(None);
    assert_eq!(outcome(open.get(PATH, &[theirs])), "allowed");

    lab.json(&["key", "revoke", "partner"]);
    stops_everywhere(&server, theirs, &mut open);
    assert_eq!(server.call(&[other]).outcome(), "allowed", "another key is not touched");

    server.kill();
    let again = lab.serve("apikey");
    assert_eq!(again.call(&[theirs]).outcome(), "revoked");
    assert_eq!(again.call(&[other]).outcome(), "allowed");
}

#[test]
fn a_revoked_certificate_stops_at_once_and_for_good() {
    let lab = Lab::new();
    let server = lab.serve("mtls");
    let theirs = Identity::issued(&lab.json(&["cert", "issue", "partner"]));
    let other = Identity::issued(&lab.effective(&["cert", "issue", "other"]));
    let mut open = server.line(Some(&theirs));
    assert_eq!(outcome(open.get(PATH, &[])), "allowed");
    let calls = |server: &Server, who: &Identity| outcome(Line::open(server, Some(who)).and_then(|mut line| line.get(PATH, &[])));

    lab.json(&["cert", "revoke", "partner"]);
    stops("new connection", "closed", || calls(&server, &theirs));
    assert_eq!(outcome(open.get(PATH, &[])), "closed", "the connection that was open is cut");
    assert!(server.metric("authbench_handshakes_refused_total{reason=\"revoked\"}") > 0, "the operator sees why");
    assert_eq!(calls(&server, &other), "allowed", "another certificate is not touched");

    server.kill();
    let again = lab.serve("mtls");
    assert_eq!(calls(&again, &theirs), "closed");
    assert_eq!(calls(&again, &other), "allowed");
}

#[test]
fn an_open_connection_of_a_revoked_certificate_is_cut_in_time() {
    let lab = Lab::new();
    let server = lab.serve("mtls");
    let theirs = Identity::issued(&lab.effective(&["cert", "issue", "partner"]));
    let mut open = server.line(Some(&theirs));
    assert_eq!(outcome(open.get(PATH, &[])), "allowed");
    lab.json(&["cert", "revoke", "partner"]);
    stops("open connection", "closed", || outcome(open.get(PATH, &[])));
}

#[test]
fn a_new_credential_is_served_in_time() {
    let lab = Lab::new();
    let server = lab.serve("apikey");
    let mut open = server.line(None);
    let made = lab.json(&["key", "add", "partner"]);
    let returned = Instant::now();
    while outcome(open.get(PATH, &[("x-api-key", text(&made, "key"))])) != "allowed" {
        assert!(returned.elapsed() < WITHIN, "not served {:?} after the command returned", returned.elapsed());
    }
}

#[test]
fn sigterm_ends_the_server_with_exit_0() {
    let lab = Lab::new();
    for mode in ["open", "jwt", "mtls", "apikey"] {
        assert_eq!(lab.serve(mode).terminate().code(), Some(0), "{mode}");
    }
}

#[test]
fn a_certificate_that_the_store_does_not_know_has_no_rights() {
    let lab = Lab::new();
    let issued = lab.json(&["cert", "issue", "partner", "--allow", "192.0.2.0/24"]);
    std::fs::rename(lab.path("state"), lab.path("moved")).unwrap();
    let server = lab.serve("mtls");
    let identity = Identity::issued(&issued);
    assert_eq!(outcome(server.line(Some(&identity)).get(PATH, &[])), "name_refused");
}
