//! oauth2-mock-server as another issuer: its key rotates while calls run, and no call with a valid token fails.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use authbench::caller::{Dial, Origin, Protocol, Tls, Trust};
use bytes::Bytes;
use http::{Request, header::AUTHORIZATION};
use serde_json::Value;

use super::{node, scripts};
use crate::lab::{Lab, Server, text};

const IDENTIFIER: &str = "https://api.test/test";
/// How many call at once, and how often each: 100 calls a second, each with a token of its own.
const CALLERS: usize = 4;
const PACE: Duration = Duration::from_millis(40);

/// The issuer's process; it ends with its standard input.
struct MockIssuer {
    child: Child,
    rotate: ChildStdin,
    lines: BufReader<std::process::ChildStdout>,
    ready: Value,
}

impl MockIssuer {
    fn start(node: &Path, lab: &Lab, profile: &str) -> Self {
        let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let cert = lab.file("mock.pem", &own.cert.pem());
        let key = lab.file("mock.key", &own.signing_key.serialize_pem());
        let mut command = Command::new(node);
        command.arg(scripts().join("node/oauth2-mock-server.mjs")).args([cert, key]).args([IDENTIFIER, profile]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (rotate, lines) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut issuer = Self { child, rotate, lines, ready: Value::Null };
        issuer.ready = issuer.line();
        issuer
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// Publishes a new key and signs with it from now on.
    fn rotate(&mut self) {
        self.rotate.write_all(b"\n").unwrap();
        assert!(self.line()["kid"].is_string());
    }
}

impl Drop for MockIssuer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn dial(url: &str, ca: &Path) -> Dial {
    let trust = Trust::Ca(std::fs::read(ca).unwrap());
    Dial::new(Origin::parse(url).unwrap(), Some(Tls::new(&trust, None, Protocol::Http1, None).unwrap()))
}

/// Gets a token and calls with it, at a pace, until told to stop; every outcome with the `kid` of the token.
async fn partner(issuer: Dial, server: Dial, stop: Arc<AtomicBool>) -> Vec<(String, String)> {
    let (mut issuer, mut server) = (issuer.connect().await.unwrap(), server.connect().await.unwrap());
    let (mut seen, mut pace) = (Vec::new(), tokio::time::interval(PACE));
    while !stop.load(Ordering::Relaxed) {
        pace.tick().await;
        let form = "grant_type=client_credentials&client_id=partner&client_secret=x";
        let ask = Request::post("/token").header("content-type", "application/x-www-form-urlencoded").body(form.into()).unwrap();
        let granted = issuer.send(&ask).await.unwrap().json();
        let token = text(&granted, "access_token");
        let kid = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
        let call = Request::get("/test/hello-world").header(AUTHORIZATION, format!("Bearer {token}"));
        let answer = server.send(&call.body(Bytes::new()).unwrap()).await.unwrap();
        let allowed = answer.status == 200 && answer.body == authbench::wire::HELLO_BODY;
        seen.push((kid, if allowed { "allowed".into() } else { String::from_utf8_lossy(&answer.body).into_owned() }));
    }
    seen
}

/// Waits until the server has fetched the issuer's keys.
async fn ready(server: &Server) {
    let began = Instant::now();
    while !server.admin("/metrics").lines().any(|line| line.starts_with("authbench_issuer_keys_age") && !line.ends_with("inf")) {
        assert!(began.elapsed() < Duration::from_secs(20), "{}", server.records());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Two rotations, half a second of calls before, between and after.
async fn rotates_under_load(profile: &str, more: &str) {
    let Some(node) = node() else { return };
    let lab = Lab::new();
    let mut issuer = MockIssuer::start(&node, &lab, profile);
    lab.configure(&format!(
        "[jwt]\nidentifier = \"{IDENTIFIER}\"\n[[issuers]]\nissuer = \"{}\"\njwks_url = \"{}\"\nca = \"mock.pem\"\nalgorithms = [\"RS256\"]\n{more}",
        text(&issuer.ready, "issuer"),
        text(&issuer.ready, "jwks_uri"),
    ));
    let server = lab.serve("jwt");
    ready(&server).await;
    let stop = Arc::new(AtomicBool::new(false));
    let issuer_dial = dial(text(&issuer.ready, "issuer"), &lab.path("mock.pem"));
    let partners: Vec<_> = (0..CALLERS)
        .map(|_| tokio::spawn(partner(issuer_dial.clone(), dial(&server.url, &server.ca), Arc::clone(&stop))))
        .collect();
    let between = Duration::from_millis(700);
    for _ in 0..2 {
        tokio::time::sleep(between).await;
        issuer.rotate();
    }
    tokio::time::sleep(between).await;
    stop.store(true, Ordering::Relaxed);
    let mut seen = Vec::new();
    for partner in partners {
        seen.extend(partner.await.unwrap());
    }
    let failed: Vec<_> = seen.iter().filter(|(_, outcome)| outcome != "allowed").collect();
    let kids: std::collections::BTreeSet<_> = seen.iter().map(|(kid, _)| kid).collect();
    println!("{} calls by {} keys, {} failed", seen.len(), kids.len(), failed.len());
    assert_eq!(failed, [] as [&(String, String); 0]);
    assert_eq!(kids.len(), 3, "each key signed for calls");
}

#[tokio::test]
async fn no_call_fails_while_another_issuer_rotates_its_key() {
    rotates_under_load("standard", "").await;
}

#[tokio::test]
async fn no_call_fails_while_a_user_pool_rotates_its_key() {
    rotates_under_load("aws", "profile = \"aws\"\nclient_ids = [\"partner\"]\n").await;
}
