//! The launcher against small scripts in place of the program.

use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use super::*;
use crate::secret::Secret;

/// A place whose program is this shell script. Its arguments are dropped.
fn place(script: &str) -> (Place, TempDir) {
    let directory = TempDir::new().unwrap();
    let program = directory.path().join("program");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    (Place::of(program, &toml::Table::new()).unwrap(), directory)
}

const READY: &str =
    r#"echo '{"ready":true,"url":"https://localhost:1","admin":"http://127.0.0.1:2","mode":"jwt","ca":"ca.pem","pid":7}'"#;

async fn start(script: &str) -> Result<Server, String> {
    let (place, _program) = place(script);
    Server::start(&place, Profile::Standard, Mode::Jwt, Listeners::default()).await
}

#[tokio::test]
async fn a_ready_server_is_known_by_its_line_and_stopped_politely() {
    let mut server = start(&format!("trap 'exit 0' TERM; {READY}; while :; do sleep 0.01; done")).await.unwrap();
    assert_eq!((server.ready.url.as_str(), server.ready.pid), ("https://localhost:1", 7));
    let listeners = server.listeners().unwrap();
    assert_eq!((listeners.api.port(), listeners.admin.port()), (1, 2));
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_that_ends_badly_when_asked_is_told() {
    let mut server = start(&format!("trap 'exit 4' TERM; {READY}; while :; do sleep 0.01; done")).await.unwrap();
    assert!(server.stop().await.unwrap_err().contains("exit status: 4"));
}

#[tokio::test]
async fn what_a_failing_server_said_last_is_in_the_message() {
    let message = start("echo 'port taken' >&2; exit 3").await.unwrap_err();
    assert_eq!(message, "the server ended before it was ready:\nport taken");
    let message = start("echo hello").await.unwrap_err();
    assert!(message.starts_with("the server said `hello`"), "{message}");
}

#[tokio::test]
async fn what_a_server_writes_is_kept_as_far_as_its_last_lines() {
    let lines = "n=0; while [ $n -lt 1500 ]; do n=$((n+1)); echo \"line $n\" >&2; done";
    let server = start(&format!("{lines}; {READY}; while :; do sleep 0.01; done")).await.unwrap();
    while !server.log().ends_with("line 1500") {
        tokio::task::yield_now().await;
    }
    assert_eq!((server.log().lines().next(), server.log().lines().count()), (Some("line 501"), 1000));
}

#[tokio::test]
async fn commands_answer_in_json_or_fail_with_what_they_said() {
    let ask = async |script: &str| {
        let (place, _program) = place(script);
        place.ask(&["key".into(), "list".into()], Some(&Secret::new("input"))).await
    };
    assert_eq!(ask(r#"read line; echo "{\"got\":\"$line\"}""#).await.unwrap().answer["got"], "input");
    assert_eq!(ask("echo no >&2; exit 2").await.unwrap_err(), "`authbench key list --json` failed: no");
    assert_eq!(ask("echo text").await.unwrap_err(), "`authbench key list --json` did not answer in JSON");
}
