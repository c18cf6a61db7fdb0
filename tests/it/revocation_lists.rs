//! Revocation lists as a server has them: served to everyone else, followed when they are somebody else's, and signed in time.

use std::{fs, thread};

use authbench::{clock, pki::crl};

use crate::lab::{Identity, Lab, PATH, Server, WITHIN, eventually, text, tool};

fn served(server: &Server) -> Vec<Vec<u8>> {
    pem::parse_many(server.admin("/crl.pem")).unwrap().into_iter().map(pem::Pem::into_contents).collect()
}

fn revoked(lab: &Lab, list: &[u8]) -> Vec<String> {
    let ca = pem::parse(fs::read(lab.path("certs/client-ca/cert.pem")).unwrap()).unwrap().into_contents();
    let lists = crl::parse(list, &[ca], clock::now()).unwrap();
    lists.iter().flat_map(|list| list.revoked.keys().map(ToString::to_string)).collect()
}

#[test]
fn the_list_in_force_is_served() {
    let lab = Lab::new();
    let server = lab.serve("mtls");
    assert_eq!(revoked(&lab, &served(&server)[0]), [""; 0]);
    let issued = lab.json(&["cert", "issue", "partner"]);
    lab.effective(&["cert", "revoke", "partner"]);
    let list = &served(&server)[0];
    assert_eq!(revoked(&lab, list), [text(&issued, "serial")]);
    assert_eq!(server.admin_octets("/crl.der"), *list);
    if let Some(openssl) = tool("openssl") {
        let file = lab.path("served.der");
        fs::write(&file, list).unwrap();
        let ca = lab.path("certs/client-ca/cert.pem");
        let checked = std::process::Command::new(openssl)
            .args(["crl", "-inform", "DER", "-noout", "-CAfile"])
            .arg(ca)
            .arg("-in")
            .arg(file)
            .output();
        assert_eq!(String::from_utf8_lossy(&checked.unwrap().stderr).trim(), "verify OK");
    }
    assert_eq!(lab.serve("jwt").admin("/crl.der"), "there is no revocation list here\n");
}

#[test]
fn somebody_elses_list_is_followed_in_time() {
    let (theirs, lab) = (Lab::new(), Lab::new());
    let revoked = Identity::issued(&theirs.json(&["cert", "issue", "revoked"]));
    let good = Identity::issued(&theirs.json(&["cert", "issue", "good"]));
    let file = |name: &str| theirs.path("certs/client-ca").join(name).display().to_string();
    lab.configure(&format!("[tls]\nclient_ca = \"{}\"\nclient_crl = \"{}\"\n", file("cert.pem"), file("crl.pem")));
    let server = lab.serve("mtls");
    let (mut open, mut other) = (server.line(Some(&revoked)), server.line(Some(&good)));
    let mut ask = || open.get(PATH, &[]).map_or_else(|_| "closed".into(), |answer| answer.outcome());
    assert_eq!(ask(), "allowed");
    theirs.json(&["cert", "revoke", "revoked"]);
    thread::sleep(WITHIN);
    assert_eq!(ask(), "closed");
    assert!(crate::lab::Line::open(&server, Some(&revoked)).and_then(|mut line| line.get(PATH, &[])).is_err());
    assert_eq!(server.metric("authbench_handshakes_refused_total{reason=\"revoked\"}"), 1);
    assert_eq!(other.get(PATH, &[]).unwrap().outcome(), "allowed");
    assert!(
        !server.admin("/metrics").contains("\nauthbench_revocation_list_signer"),
        "whether it is signed in time is theirs to say"
    );
}

#[test]
fn what_ends_when_is_a_gauge_and_so_is_who_signs_the_next_list() {
    let lab = Lab::new();
    let server = lab.serve("mtls");
    let gauge = |name: &str| server.metric(&format!("authbench_{name} "));
    let ends = |what: &str| gauge(&format!("ends_timestamp_seconds{{what=\"{what}\"}}"));
    // X.509 counts whole seconds, so that an end may lie a second later than asked for: a minute is left out.
    let soon = clock::seconds(clock::now()) + 60;
    let days = |what: &str| ends(what).saturating_sub(soon).div_ceil(86_400);
    assert_eq!([days("server"), days("client_ca"), days("revocation_list")], [90, 3653, 30]);
    assert_eq!(gauge("revocation_list_signer"), 1);

    fs::rename(lab.path("certs/client-ca/key.pem"), lab.path("key.pem")).unwrap();
    server.hang_up();
    eventually("nobody signs", || gauge("revocation_list_signer") == 0);
    assert!(server.records().contains("it cannot sign the revocation lists again"), "{}", server.records());
    let partner = lab.run(&["cert", "issue", "partner"]);
    assert_eq!(partner.code, 2, "{}", partner.stderr);
    fs::rename(lab.path("key.pem"), lab.path("certs/client-ca/key.pem")).unwrap();
    server.hang_up();
    eventually("somebody signs again", || gauge("revocation_list_signer") == 1);
}

#[test]
fn without_the_cas_key_a_server_starts_and_says_so() {
    let lab = Lab::new();
    let partner = Identity::issued(&lab.json(&["cert", "issue", "partner"]));
    fs::remove_file(lab.path("certs/client-ca/key.pem")).unwrap();
    let server = lab.serve("mtls");
    assert_eq!(server.line(Some(&partner)).get(PATH, &[]).unwrap().outcome(), "allowed");
    assert!(server.records().contains("it cannot sign the revocation lists again"), "{}", server.records());
}
