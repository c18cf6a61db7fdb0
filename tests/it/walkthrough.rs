//! The walk-through scripts run as they stand, with the binary under test.

use std::{path::Path, process::Command};

use crate::lab::tool;

fn walks(mode: &str, tools: &[&str]) {
    if tools.iter().any(|name| tool(name).is_none()) {
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(root.join("scenarios/walkthrough").join(mode).with_extension("sh"));
    let output = command.current_dir(root).env("AUTHBENCH", env!("CARGO_BIN_EXE_authbench")).output().unwrap();
    let (shown, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{shown}\n{said}");
    assert!(shown.contains("hello world!"), "{shown}");
}

#[test]
fn jwt() {
    walks("jwt", &["curl"]);
}

#[test]
fn mtls() {
    walks("mtls", &["curl", "openssl"]);
}

#[test]
fn apikey() {
    walks("apikey", &["curl"]);
}
