//! `cert list` says what ends when, and `cert server` replaces what the server shows.

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::Value;

use super::{listed, openssl};
use crate::lab::{Lab, eventually, text};

fn members<'a>(all: &'a Value, member: &str) -> Vec<&'a str> {
    all.as_array().unwrap().iter().map(|one| text(one, member)).collect()
}

#[test]
fn everything_that_ends_is_listed_and_the_next_first() {
    let lab = Lab::new();
    assert_eq!(lab.json(&["cert", "list"]), serde_json::json!({"certificates": [], "authorities": [], "revocation_lists": []}));
    assert!(!lab.path("certs").exists(), "looking makes nothing");
    lab.json(&["cert", "init", "--intermediate"]);
    lab.json(&["cert", "issue", "long"]);
    lab.json(&["cert", "issue", "gone"]);
    lab.json(&["cert", "issue", "short", "--ttl", "10s"]);
    lab.json(&["cert", "issue", "middle", "--ttl", "1h"]);
    lab.json(&["cert", "revoke", "gone"]);
    let all = lab.json(&["cert", "list"]);
    assert_eq!(members(&all["certificates"], "name"), ["short", "middle", "long", "gone"]);
    let soon: Vec<_> = listed(&lab).iter().map(|one| one["ends_soon"].as_bool().unwrap()).collect();
    assert_eq!(soon, [true, false, false, false], "ten seconds are less than a third of them and the minute before");
    assert_eq!(members(&all["authorities"], "kind"), ["server-ca", "server", "issuing-ca", "client-ca"]);
    let lists = &all["revocation_lists"];
    assert_eq!(members(lists, "ca"), ["authbench development client CA, issuing", "authbench development client CA"]);
    assert_eq!((&lists[0]["revoked"], &lists[1]["revoked"]), (&1.into(), &0.into()));
    let told = lab.run(&["cert", "list"]).stdout;
    for line in ["short", "ends soon", "crl", "issuing-ca", "server-ca"] {
        assert!(told.contains(line), "{line}: {told}");
    }
}

#[test]
fn what_has_ended_is_listed_as_such() {
    let lab = Lab::new();
    lab.json(&["cert", "issue", "partner", "--flaw", "expired"]);
    let shown = &listed(&lab)[0];
    assert_eq!((text(shown, "state"), text(shown, "ca")), ("expired", "authbench development client CA"));
}

#[test]
fn a_new_server_certificate_has_the_names_that_were_asked_for_and_keeps_its_key() {
    let lab = Lab::new();
    lab.json(&["cert", "init"]);
    let key = || fs::read(lab.path("certs/server/key.pem")).unwrap();
    let before = key();
    let made = lab.json(&["cert", "server", "--san", "DNS:api.example", "--san", "IP:192.0.2.1", "--ttl", "30d"]);
    assert_eq!(key(), before);
    let Some(told) = openssl(&["x509", "-noout", "-text", "-in", text(&made, "cert")]) else { return };
    for line in ["DNS:api.example, IP Address:192.0.2.1\n", "TLS Web Server Authentication\n", "CA:FALSE\n"] {
        assert!(told.contains(line), "{line}: {told}");
    }
    let told = openssl(&["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", text(&made, "ca"), text(&made, "cert")]);
    assert!(told.unwrap().ends_with("cert.pem: OK\n"));
    lab.json(&["cert", "init"]);
    assert_eq!(lab.json(&["cert", "list"])["authorities"][1]["not_after"], made["not_after"], "it stays");
    lab.json(&["cert", "server", "--new-key"]);
    assert_ne!(key(), before);
    assert_eq!(fs::metadata(lab.path("certs/server/key.pem")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_server_certificate_that_cannot_be_changes_nothing() {
    let lab = Lab::new();
    lab.json(&["cert", "init"]);
    let before = fs::read(lab.path("certs/server/cert.pem")).unwrap();
    for (option, value) in [("--san", "api.example"), ("--ttl", "0s"), ("--san", "IP:localhost")] {
        let ended = lab.run(&["cert", "server", option, value]);
        assert!(ended.code == 2 && ended.stderr.contains("mend: "), "{value}: {}", ended.stderr);
    }
    assert_eq!(fs::read(lab.path("certs/server/cert.pem")).unwrap(), before);
}

#[test]
fn a_running_server_shows_the_new_one() {
    let lab = Lab::new();
    let server = lab.serve("open");
    let shown = || {
        let address = format!("127.0.0.1:{}", server.port);
        openssl(&["s_client", "-connect", &address, "-servername", "localhost", "-verify_quiet"])
    };
    if shown().is_none() {
        return;
    }
    let made = lab.json(&["cert", "server", "--new-key", "--san", "DNS:localhost", "--san", "DNS:other.example"]);
    let pem = fs::read_to_string(text(&made, "cert")).unwrap();
    let first = pem.split_inclusive("-----END CERTIFICATE-----").next().unwrap();
    eventually("the server shows it", || shown().unwrap().contains(first));
}
