//! The server's settings, judged by sslyze against Mozilla's recommendation for servers that anybody may call.

use std::process::Command;

use crate::lab::{Lab, Server, text, tool};

/// Whether it complies, and all that was said. The server's CA is a private one, so sslyze is given it.
fn scan(server: &Server, recommendation: &str, credential: &[&str]) -> Option<(bool, String)> {
    let mut command = Command::new(tool("sslyze")?);
    command.args([&format!("--mozilla_config={recommendation}"), "--certinfo_ca_file"]).arg(&server.ca);
    let output = command.args(credential).arg(format!("localhost:{}", server.port)).output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let complies = said.contains("OK - Compliant.");
    assert_eq!(output.status.success(), complies, "{said}");
    Some((complies, said))
}

#[test]
fn without_client_certificates_it_is_what_mozilla_recommends() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let Some((complies, said)) = scan(&server, "intermediate", &[]) else { return };
    assert!(complies, "{said}");
    // `modern` has TLS 1.3 only, so sslyze must complain: it is not asleep.
    let Some((complies, said)) = scan(&server, "modern", &[]) else { return };
    assert!(!complies && said.contains("TLSv1.2"), "{said}");
}

/// sslyze presents the certificate without its CA: the library with which it tries SSL 2.0 can take no chain there.
#[test]
fn with_client_certificates_it_is_what_mozilla_recommends() {
    let lab = Lab::new();
    let server = lab.serve("mtls");
    let issued = lab.effective(&["cert", "issue", "scanner"]);
    let credential = ["--cert", text(&issued, "cert"), "--key", text(&issued, "key")];
    let Some((complies, said)) = scan(&server, "intermediate", &credential) else { return };
    assert!(complies, "{said}");
}
