//! Files that cannot be used, put in the place of good ones under load: told, and the old ones stay in force.

use std::{fs, time::Duration};

use authbench::clock;
use rcgen::{Issuer, KeyPair};

use super::{
    call::Files,
    ladder,
    load::Load,
    reload::{issued, told},
    stage::Stage,
};
use crate::lab::{Lab, eventually};

const OWN_FILES: &str = "[tls]
certificate = \"server.pem\"
key = \"server.key\"
client_ca = \"ca.pem\"
client_crl = \"crl.pem\"
";

/// Where each lies, and what is copied there.
const FILES: [(&str, &str); 4] = [
    ("server.pem", "certs/server/cert.pem"),
    ("server.key", "certs/server/key.pem"),
    ("ca.pem", "certs/client-ca/cert.pem"),
    ("crl.pem", "certs/client-ca/crl.pem"),
];

/// A server that was told where its files are, which are those of the development PKI.
fn stage() -> Stage {
    let lab = Lab::new();
    lab.json(&["cert", "init"]);
    lab.configure(OWN_FILES);
    for (file, of) in FILES {
        lab.file(file, &read(&lab, of));
    }
    let ca = lab.path("certs/server-ca/cert.pem");
    Stage::on(lab).verified_by(ca)
}

fn read(lab: &Lab, name: &str) -> String {
    fs::read_to_string(lab.path(name)).unwrap()
}

fn put(stage: &Stage, files: &[(&str, String)]) {
    for (file, content) in files {
        stage.lab.file(file, content);
    }
}

/// How often the server told that something cannot be used.
fn complaints(stage: &Stage) -> usize {
    stage.server.records().matches("the old ones stay").count()
}

/// What is wrong, and the files that make it so.
fn rows(stage: &Stage) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let lab = &stage.lab;
    let good = |file| read(lab, file);
    let half = |file| good(file)[..good(file).len() / 2].to_owned();
    let text = |text: &str| text.to_owned();
    let (another, expired) = (issued(stage, "another"), lab.json(&["cert", "issue", "expired", "--flaw", "expired"]));
    let expired = Files::issued(&expired);
    let content = |path| fs::read_to_string(path).unwrap();
    let older = good("crl.pem");
    // What was in force a moment ago is behind now.
    lab.json(&["cert", "crl"]);
    lab.file("crl.pem", &good("certs/client-ca/crl.pem"));
    vec![
        ("a certificate that is none", vec![("server.pem", text("nonsense"))]),
        ("an empty certificate", vec![("server.pem", text(""))]),
        ("half a certificate", vec![("server.pem", half("server.pem"))]),
        ("a key that is none", vec![("server.key", text("nonsense"))]),
        ("another's key", vec![("server.key", content(&another.key))]),
        ("an expired certificate", vec![("server.pem", content(&expired.chain)), ("server.key", content(&expired.key))]),
        ("CAs that are none", vec![("ca.pem", text("nonsense"))]),
        ("no CA at all", vec![("ca.pem", text(""))]),
        ("half a CA", vec![("ca.pem", half("ca.pem"))]),
        ("a caller for a CA", vec![("ca.pem", content(&another.chain.with_file_name("cert.pem")))]),
        ("a list that is none", vec![("crl.pem", text("nonsense"))]),
        ("an empty list", vec![("crl.pem", text(""))]),
        ("half a list", vec![("crl.pem", half("crl.pem"))]),
        ("an older list", vec![("crl.pem", older)]),
    ]
}

#[test]
fn what_cannot_be_used_changes_nothing_under_load() {
    let stage = stage();
    let partner = issued(&stage, "partner");
    let rows = rows(&stage);
    Load::during(&stage, &[&partner], |load| {
        let (served, good) = (load.server(), FILES.map(|(file, _)| (file, read(&stage.lab, file))));
        for (what, files) in rows {
            let before = complaints(&stage);
            put(&stage, &files);
            eventually(&format!("{what}: the server says so"), || complaints(&stage) > before);
            assert_eq!(told(&stage, &partner), "allowed", "{what}");
            load.wait_for(10);
            assert!(load.server() == served, "{what}: another certificate is presented");
            put(&stage, &good);
            load.wait_for(10);
        }
        takes_what_is_good(&stage, load, &partner);
    });
}

/// After all that, a certificate of another CA, for who trusts that one too.
fn takes_what_is_good(stage: &Stage, load: &Load, partner: &Files) {
    let (other, served) = (Lab::new(), load.server());
    other.json(&["cert", "init"]);
    let both = read(&stage.lab, "certs/server-ca/cert.pem") + &read(&other, "certs/server-ca/cert.pem");
    load.call_trusting(&stage.lab.file("both.pem", &both), &[partner]);
    load.wait_for(20);
    for (file, of) in &FILES[..2] {
        stage.lab.file(file, &read(&other, of));
    }
    eventually("the new certificate is presented", || load.server() != served);
}

#[test]
fn hanging_up_has_everything_read_again() {
    let stage = stage();
    let partner = issued(&stage, "partner");
    for file in ["server.pem", "crl.pem"] {
        let (good, before) = (read(&stage.lab, file), complaints(&stage));
        stage.lab.file(file, "nonsense");
        for told_so_far in 1..=3 {
            eventually("the server says so", || complaints(&stage) == before + told_so_far);
            assert_eq!(told(&stage, &partner), "allowed", "{file}");
            stage.server.hang_up();
        }
        eventually("the last time too", || complaints(&stage) == before + 4);
        stage.lab.file(file, &good);
        assert_eq!(told(&stage, &partner), "allowed", "{file}");
    }
}

/// It is signed by the right CA and newer than the one in force, so that whoever it names is out. It clears nobody.
#[test]
fn a_list_past_its_end_shuts_everyone_out_until_the_next() {
    let stage = stage();
    let partner = issued(&stage, "partner");
    let [cert, key] = ["cert.pem", "key.pem"].map(|name| read(&stage.lab, &format!("certs/client-ca/{name}")));
    let ca = Issuer::from_ca_cert_pem(&cert, KeyPair::from_pem(&key).unwrap()).unwrap();
    let put = |end, number| drop(stage.lab.file("crl.pem", &ladder::list(&ca, end, number)));
    assert_eq!(told(&stage, &partner), "allowed");
    put(clock::now() - Duration::from_secs(1), 1000);
    eventually("nobody gets in", || told(&stage, &partner) == "alert unknown_ca");
    // Whoever was on the way in was closed on without an alert, and counts too.
    eventually("it is counted", || stage.refused("revocation_unknown") > 0);
    eventually("the server says so", || stage.server.records().contains("a revocation list is past its end"));
    put(clock::now() + Duration::from_secs(60), 1001);
    eventually("everyone gets in again", || told(&stage, &partner) == "allowed");
}
