//! `cert export --p12`, opened by openssl and used by curl.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use super::openssl;
use crate::lab::{Ended, Lab, text, tool};

/// Exports a caller's key under `correct horse`, and gives the file and that of the passphrase.
fn export(lab: &Lab, name: &str) -> (String, String) {
    let path = |name: &str| lab.path(name).to_str().unwrap().to_owned();
    lab.file("passphrase", "correct horse\n");
    let (p12, passphrase) = (path(&format!("{name}.p12")), path("passphrase"));
    lab.json(&["cert", "export", name, "--p12", &p12, "--passphrase-file", &passphrase]);
    (p12, passphrase)
}

#[test]
fn openssl_finds_the_key_and_the_chain_under_modern_algorithms() {
    let lab = Lab::new();
    for key_type in ["p256", "ed25519", "rsa2048"] {
        let made = lab.json(&["cert", "issue", key_type, "--key-type", key_type]);
        let (p12, passphrase) = export(&lab, key_type);
        assert_eq!(fs::metadata(&p12).unwrap().permissions().mode() & 0o777, 0o600);
        let read =
            |options: &[&str]| openssl(&[&["pkcs12", "-in", &p12, "-passin", &format!("file:{passphrase}")], options].concat());
        let Some(told) = read(&["-info", "-noout"]) else { return };
        for line in ["MAC: sha256, Iteration 100000", "PBES2, PBKDF2, AES-256-CBC, Iteration 600000, PRF hmacWithSHA256"] {
            assert!(told.contains(line), "{line}: {told}");
        }
        let told = read(&["-nokeys"]).unwrap();
        assert_eq!(told.matches("BEGIN CERTIFICATE").count(), 2, "{told}");
        assert!(told.contains(&format!("friendlyName: {key_type}\n")) && told.contains("localKeyID: "), "{told}");
        let base64 = |text: &str| text.split("-----").nth(2).unwrap().trim().to_owned();
        let told = read(&["-nocerts", "-nodes"]).unwrap();
        assert_eq!(base64(&told[told.find("-----").unwrap()..]), base64(&fs::read_to_string(text(&made, "key")).unwrap()));
    }
}

#[test]
fn another_passphrase_opens_nothing() {
    let lab = Lab::new();
    lab.json(&["cert", "issue", "partner"]);
    let (p12, _) = export(&lab, "partner");
    let Some(told) = openssl(&["pkcs12", "-in", &p12, "-passin", "pass:incorrect", "-nodes"]) else { return };
    assert!(told.contains("invalid password") && !told.contains("BEGIN"), "{told}");
}

#[test]
fn a_passphrase_of_any_script_is_the_same_for_both() {
    let lab = Lab::new();
    lab.json(&["cert", "issue", "partner"]);
    for passphrase in ["p\u{e4}ssw\u{f6}rt", "\u{5bc6}\u{7801}", "\u{1f511} key"] {
        let file = lab.file("any", passphrase).to_str().unwrap().to_owned();
        let p12 = lab.path("any.p12").to_str().unwrap().to_owned();
        lab.json(&["cert", "export", "partner", "--p12", &p12, "--passphrase-file", &file]);
        let Some(told) = openssl(&["pkcs12", "-in", &p12, "-passin", &format!("file:{file}"), "-nodes"]) else { return };
        assert!(told.contains("BEGIN PRIVATE KEY"), "{passphrase}: {told}");
    }
}

#[test]
fn curl_calls_with_it() {
    let lab = Lab::new();
    lab.json(&["cert", "issue", "partner"]);
    let (p12, _) = export(&lab, "partner");
    let (Some(curl), server) = (tool("curl"), lab.serve("mtls")) else { return };
    let mut command = Command::new(curl);
    command.args(["--silent", "--cert-type", "P12", "--pass", "correct horse", "--cert", &p12]);
    command.arg("--cacert").arg(&server.ca).arg(format!("{}/hello-world", server.url));
    assert_eq!(Ended::of(&command.output().unwrap()).stdout, authbench::wire::HELLO_BODY);
}

#[test]
fn what_cannot_be_exported_says_why() {
    let lab = Lab::new();
    lab.json(&["cert", "issue", "partner"]);
    let passphrase = lab.file("passphrase", "correct horse").to_str().unwrap().to_owned();
    let empty = lab.file("empty", "\n").to_str().unwrap().to_owned();
    let refused = |name: &str, more: &[&str], why: &str| {
        let ended = lab.run(&[&["cert", "export", name, "--p12", "out.p12"], more].concat());
        assert!(ended.code == 2 && ended.stderr.contains(why) && ended.stderr.contains("mend: "), "{}", ended.stderr);
    };
    refused("partner", &[], "there is none");
    refused("partner", &["--passphrase-file", &empty], "is empty, and that is no passphrase");
    refused("nobody", &["--passphrase-file", &passphrase], "there is no cert named `nobody`");
    let key = lab.path("certs/clients/partner/key.pem");
    lab.json(&["cert", "issue", "other"]);
    fs::copy(lab.path("certs/clients/other/key.pem"), &key).unwrap();
    refused("partner", &["--passphrase-file", &passphrase], "does not begin with the certificate of key.pem");
    fs::remove_file(&key).unwrap();
    refused("partner", &["--passphrase-file", &passphrase], "no key to export");
    assert!(!lab.path("out.p12").exists());
}
