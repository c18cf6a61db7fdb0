//! Other people's clients with a key: curl and Node, over HTTP/1 and HTTP/2.

use std::{path::Path, process::Command};

use super::made;
use crate::lab::{Lab, Server, tool};

/// A server and a key for it; what the program printed.
fn run(program: &Path, arguments: &[&str], script: &str) -> String {
    let lab = Lab::new();
    let server: Server = lab.serve("apikey");
    let key = made(&lab, &["key", "add", "partner"]);
    let mut command = Command::new(program);
    command.args(arguments).arg(script).arg(&server.url).env("KEY", key);
    for variable in ["CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
        command.env(variable, &server.ca);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{}", server.records());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn curl_calls_with_a_key() {
    if tool("curl").is_none() {
        return;
    }
    // The key comes on standard input: arguments can be read by everybody on the machine.
    let script = r#"
        ask() { printf 'x-api-key: %s' "$1" | curl -sS -H @- -o /dev/null -w '%{http_code} %{http_version}\n' "$2" "$0/test/hello-world"; }
        ask "$KEY" --http1.1; ask "$KEY" --http2; ask "${KEY}x" --http2
        curl -sS -o /dev/null -w '%{http_code}\n' "$0/test/hello-world""#;
    insta::assert_snapshot!(run(Path::new("sh"), &["-c"], script), @"
    200 1.1
    200 2
    401 2
    401
    ");
}

#[test]
fn node_calls_with_a_key() {
    let Some(node) = tool("node") else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/node/apikey.mjs");
    insta::assert_snapshot!(run(&node, &[], script), @"
    http/1.1: 200
    http/1.1 with a wrong key: 401 credential_malformed
    http/2: 200
    ");
}
