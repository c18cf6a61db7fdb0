//! Certificates and keys that do not serve: unreadable, of another pair, past their end.

use std::{fs, time::Duration};

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

use super::{ENVIRONMENT, SERVE, USAGE, refused};
use crate::lab::Lab;

/// A self-signed certificate that ended `ago`, or is valid for a day, and its key; both as PEM.
fn self_signed(ended_ago: Option<Duration>, ca: bool) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let now = authbench::clock::now();
    params.not_before = (now - Duration::from_secs(1_000_000)).into();
    params.not_after = ended_ago.map_or(now + Duration::from_secs(86_400), |ago| now - ago).into();
    if ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    }
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

const OWN_FILES: &str = "[tls]\ncertificate = \"server.pem\"\nkey = \"server.key\"\n";

fn lab_with_own_files(certificate: &str, key: &str) -> Lab {
    let lab = Lab::new();
    lab.file("server.pem", certificate);
    lab.file("server.key", key);
    lab.configure(OWN_FILES);
    lab
}

#[test]
fn a_key_that_cannot_be_read() {
    let (certificate, key) = self_signed(None, false);
    let lab = lab_with_own_files(&certificate, &key);
    fs::remove_file(lab.path("server.key")).unwrap();
    refused(&lab.run(&SERVE), ENVIRONMENT, &["server.key"]);
    // Root may read anything, so a directory stands where the file should be.
    fs::create_dir(lab.path("server.key")).unwrap();
    refused(&lab.run(&SERVE), ENVIRONMENT, &["server.key"]);
}

#[test]
fn files_that_hold_something_else() {
    let (certificate, key) = self_signed(None, false);
    refused(&lab_with_own_files(&certificate, "nonsense").run(&SERVE), USAGE, &["server.key"]);
    refused(&lab_with_own_files("nonsense", &key).run(&SERVE), USAGE, &["server.pem"]);
    refused(&lab_with_own_files(&key, &certificate).run(&SERVE), USAGE, &["server.pem"]);
}

#[test]
fn a_certificate_that_does_not_match_its_key() {
    let ((certificate, _), (_, key)) = (self_signed(None, false), self_signed(None, false));
    refused(&lab_with_own_files(&certificate, &key).run(&SERVE), USAGE, &["server.pem", "server.key"]);
}

#[test]
fn a_server_certificate_past_its_end() {
    let (certificate, key) = self_signed(Some(Duration::from_secs(3600)), false);
    refused(&lab_with_own_files(&certificate, &key).run(&SERVE), USAGE, &["server.pem", "expired"]);
}

#[test]
fn a_client_ca_past_its_end() {
    let (certificate, key) = self_signed(Some(Duration::from_secs(3600)), true);
    let lab = Lab::new();
    lab.json(&["cert", "init"]);
    lab.file("certs/client-ca/cert.pem", &certificate);
    lab.file("certs/client-ca/key.pem", &key);
    refused(&lab.run(&["cert", "issue", "partner"]), USAGE, &["client-ca", "expired"]);
    refused(&lab.run(&SERVE), USAGE, &["client-ca", "expired"]);
    assert!(!lab.path("certs/clients/partner").exists(), "nothing half made");
}
