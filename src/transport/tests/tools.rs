//! The tools that people use, when they are there.

use tokio::process::Command;

use super::*;
use crate::denial::Reason;

/// Runs a tool; `None`, told, when it is not there.
async fn run(tool: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(tool).args(arguments).stdin(std::process::Stdio::null()).output().await;
    let Ok(output) = output else {
        assert!(std::env::var_os("AUTHBENCH_REQUIRE_TOOLS").is_none(), "{tool} is required here");
        eprintln!("skipped: needs {tool}");
        return None;
    };
    Some(String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
}

#[tokio::test]
async fn curl_gets_in_with_its_certificate_and_not_without() {
    let lab = Lab::mutual();
    let (cert, key) = lab.client_ca.client("partner").write(lab.directory.path(), "partner");
    let (cert, key, ca) = (cert.display().to_string(), key.display().to_string(), lab.client_ca_file().display().to_string());
    let url = format!("https://localhost:{}/", lab.address.port());
    for version in [&["--http1.1", "--tls-max", "1.2"][..], &["--http1.1"], &["--http2"]] {
        let with = [&["-sS", "--cacert", &ca, "--cert", &cert, "--key", &key, &url], version].concat();
        let Some(said) = run("curl", &with).await else { return };
        assert_eq!(said, "hello");
        let without = [&["-sS", "--cacert", &ca, &url], version].concat();
        let said = run("curl", &without).await.unwrap();
        assert!(said.contains("certificate required"), "{version:?}: {said}");
        assert_eq!(lab.refusal().await.reason, Reason::CredentialMissing);
    }
}

#[tokio::test]
async fn openssl_is_told_what_is_wrong() {
    let lab = Lab::mutual();
    let identity = lab.client_ca.client("partner");
    lab.revocations.revoke(&lab.client_ca.name(), identity.serial());
    let (cert, key) = identity.write(lab.directory.path(), "partner");
    let (cert, key) = (cert.display().to_string(), key.display().to_string());
    let address = lab.address.to_string();
    let arguments = ["s_client", "-connect", &address, "-servername", "localhost", "-cert", &cert, "-key", &key, "-tls1_2"];
    let Some(said) = run("openssl", &arguments).await else { return };
    assert!(said.contains("certificate revoked"), "{said}");
    assert_eq!(lab.refusal().await.reason, Reason::Revoked);
}
