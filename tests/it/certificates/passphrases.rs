//! CA keys under a passphrase: openssl opens them, authbench asks for it when it signs, and only then.

use std::{fs, os::unix::fs::PermissionsExt};

use super::{openssl, verdict};
use crate::lab::{Ended, Lab, Server};

/// A laboratory whose CAs were made with a passphrase, and the file that holds it.
fn locked() -> (Lab, String) {
    let lab = Lab::new();
    let file = lab.file("passphrase", "correct horse\n").to_str().unwrap().to_owned();
    lab.json(&["cert", "init", "--passphrase-file", &file]);
    (lab, file)
}

fn with_environment(lab: &Lab, arguments: &[&str], passphrase: &str) -> Ended {
    let mut command = lab.command(arguments);
    command.env("AUTHBENCH_CA_PASSPHRASE", passphrase);
    Ended::of(&command.output().unwrap())
}

#[test]
fn openssl_opens_the_keys_with_the_passphrase_alone() {
    let (lab, file) = locked();
    for ca in ["client-ca", "server-ca"] {
        let key = lab.path(&format!("certs/{ca}/key.pem"));
        assert!(fs::read_to_string(&key).unwrap().starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
        assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        let key = key.to_str().unwrap();
        let Some(told) = openssl(&["pkey", "-noout", "-text", "-in", key, "-passin", &format!("file:{file}")]) else { return };
        assert!(told.contains("ASN1 OID: prime256v1"), "{told}");
        assert!(!openssl(&["pkey", "-noout", "-text", "-in", key, "-passin", "pass:wrong"]).unwrap().contains("prime256v1"));
        let how = openssl(&["asn1parse", "-in", key]).unwrap();
        for name in ["PBES2", "PBKDF2", "hmacWithSHA256", "aes-256-cbc"] {
            assert!(how.contains(name), "{name}: {how}");
        }
    }
}

#[test]
fn what_signs_asks_for_it_and_what_reads_does_not() {
    let (lab, file) = locked();
    for arguments in [&["cert", "issue", "partner"][..], &["cert", "crl"], &["cert", "ca", "rotate"]] {
        let ended = lab.run(arguments);
        let (key, remedy) = ("client-ca/key.pem is encrypted, and there is no passphrase", "AUTHBENCH_CA_PASSPHRASE");
        assert!(ended.code == 2 && ended.stderr.contains(key) && ended.stderr.contains(remedy), "{}", ended.stderr);
    }
    lab.json(&["cert", "issue", "partner", "--passphrase-file", &file]);
    assert!(verdict(&lab, "partner").is_none_or(|told| told.ends_with("cert.pem: OK\n")));
    for arguments in [&["cert", "list"][..], &["cert", "show", "partner"], &["cert", "ca", "list"], &["cert", "init"]] {
        lab.json(arguments);
    }
    assert_eq!(lab.json(&["cert", "list"])["certificates"].as_array().map(Vec::len), Some(1));
    let ended = lab.run(&["cert", "revoke", "partner"]);
    assert!(ended.stderr.contains("it is revoked, and servers refuse it"), "{}", ended.stderr);
    assert_eq!(lab.json(&["cert", "list"])["certificates"][0]["state"], "revoked");
}

#[test]
fn a_file_comes_before_the_environment_and_that_before_the_configuration() {
    let (lab, file) = locked();
    lab.file("wrong", "incorrect");
    lab.configure("[tls]\nca_passphrase_file = \"wrong\"\n");
    let told = lab.run(&["cert", "issue", "one"]);
    assert!(told.code == 2 && told.stderr.contains("the passphrase is wrong"), "{}", told.stderr);
    assert_eq!(with_environment(&lab, &["cert", "issue", "one"], "correct horse").code, 0);
    assert_eq!(with_environment(&lab, &["cert", "issue", "two"], "incorrect").code, 2);
    assert_eq!(with_environment(&lab, &["cert", "issue", "two", "--passphrase-file", &file], "incorrect").code, 0);
    lab.configure("[tls]\nca_passphrase_file = \"passphrase\"\n");
    assert_eq!(lab.run(&["cert", "issue", "three"]).code, 0);
    let told = with_environment(&lab, &["cert", "issue", "four"], "");
    assert!(told.code == 2 && told.stderr.contains("AUTHBENCH_CA_PASSPHRASE is empty"), "{}", told.stderr);
}

#[test]
fn a_server_starts_without_it_and_signs_its_list_with_it() {
    let (lab, file) = locked();
    lab.json(&["cert", "issue", "partner", "--passphrase-file", &file]);
    drop(lab.serve("mtls"));
    lab.run(&["cert", "revoke", "partner"]);
    let on_list = || fs::read(lab.path("certs/client-ca/crl.pem")).unwrap();
    let before = on_list();
    drop(lab.serve("mtls"));
    assert_eq!(on_list(), before, "it could not");
    lab.configure("[tls]\nca_passphrase_file = \"passphrase\"\n");
    drop(Server::start(&lab, &["--mode", "mtls"]));
    assert_ne!(on_list(), before);
    assert!(verdict(&lab, "partner").is_none_or(|told| told.contains("certificate revoked")));
}

#[test]
fn a_rotation_keeps_the_passphrase() {
    let (lab, file) = locked();
    lab.file("wrong", "incorrect");
    let ended = lab.run(&["cert", "ca", "rotate", "--passphrase-file", lab.path("wrong").to_str().unwrap()]);
    assert!(ended.code == 2 && ended.stderr.contains("the passphrase is wrong"), "{}", ended.stderr);
    lab.json(&["cert", "ca", "rotate", "--intermediate", "--passphrase-file", &file]);
    assert_eq!(lab.json(&["cert", "ca", "list"])[0]["keys"], "encrypted");
    for key in ["1/key.pem", "2/key.pem", "2/issuing/key.pem"] {
        let text = fs::read_to_string(lab.path(&format!("certs/client-ca/{key}"))).unwrap();
        assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"), "{key}");
    }
    lab.json(&["cert", "issue", "partner", "--passphrase-file", &file]);
}

#[test]
fn keys_that_are_there_are_not_left_plain_in_silence() {
    let lab = Lab::new();
    lab.json(&["cert", "init"]);
    let file = lab.file("passphrase", "correct horse").to_str().unwrap().to_owned();
    let ended = lab.run(&["cert", "init", "--passphrase-file", &file]);
    assert!(ended.code == 2 && ended.stderr.contains("key.pem is there already, without a passphrase"), "{}", ended.stderr);
    for ca in ["client-ca", "server-ca"] {
        let (key, new) = (lab.path(&format!("certs/{ca}/key.pem")), lab.path("new"));
        let (from, to, pass) = (key.to_str().unwrap(), new.to_str().unwrap(), format!("file:{file}"));
        let remedy = ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", from, "-passout", &pass, "-out", to];
        if openssl(&remedy).is_none() {
            return;
        }
        fs::rename(&new, &key).unwrap();
    }
    lab.json(&["cert", "init", "--passphrase-file", &file]);
    lab.json(&["cert", "issue", "partner", "--passphrase-file", &file]);
}
