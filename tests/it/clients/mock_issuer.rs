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

/// What a partner saw.
#[derive(Default)]
struct Seen {
    /// Every outcome with the `kid` of the token.
    calls: Vec<(String, String)>,
    /// The longest that the issuer took for a token.
    slowest: Duration,
}

/// Gets a token and calls with it, at a pace, until told to stop.
async fn partner(issuer: Dial, server: Dial, stop: Arc<AtomicBool>) -> Seen {
    let (mut issuer, mut server) = (issuer.connect().await.unwrap(), server.connect().await.unwrap());
    let (mut seen, mut pace) = (Seen::default(), tokio::time::interval(PACE));
    while !stop.load(Ordering::Relaxed) {
        pace.tick().await;
        let form = "grant_type=client_credentials&client_id=partner&client_secret=x";
        let ask = Request::post("/token").header("content-type", "application/x-www-form-urlencoded").body(form.into()).unwrap();
        let asked = Instant::now();
        let granted = issuer.send(&ask).await.unwrap().json();
        seen.slowest = seen.slowest.max(asked.elapsed());
        let token = text(&granted, "access_token");
        let kid = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
        let call = Request::get("/test/hello-world").header(AUTHORIZATION, format!("Bearer {token}"));
        let answer = server.send(&call.body(Bytes::new()).unwrap()).await.unwrap();
        let allowed = answer.status == 200 && answer.body == authbench::wire::HELLO_BODY;
        let outcome = if allowed { "allowed".into() } else { String::from_utf8_lossy(&answer.body).into_owned() };
        seen.calls.push((kid, outcome));
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

/// A fetch of the keys may take a second, of a connection and an answer. Where the issuer needs so much for an answer alone, other
/// programs have the machine, and a call that fails says nothing of the server.
const QUICK_ENOUGH: Duration = Duration::from_millis(250);
/// So often is a run made that other programs disturbed.
const RUNS: usize = 5;

async fn rotates_under_load(profile: &str, more: &str) {
    let Some(node) = node() else { return };
    for run in 1..=RUNS {
        let seen = rotations(&node, profile, more).await;
        let failed: Vec<_> = seen.calls.iter().filter(|(_, outcome)| outcome != "allowed").collect();
        let kids: std::collections::BTreeSet<_> = seen.calls.iter().map(|(kid, _)| kid).collect();
        println!("{} calls by {} keys, {} failed; issuer {:?}", seen.calls.len(), kids.len(), failed.len(), seen.slowest);
        assert_eq!(kids.len(), 3, "each key signed for calls");
        if failed.is_empty() {
            return;
        }
        assert!(seen.slowest > QUICK_ENOUGH, "{failed:?}");
        println!("run {run} is void: the issuer took {:?} for an answer", seen.slowest);
    }
    panic!("the issuer was too slow in each of {RUNS} runs");
}

/// Two rotations, with calls before, between and after.
async fn rotations(node: &Path, profile: &str, more: &str) -> Seen {
    let lab = Lab::new();
    let mut issuer = MockIssuer::start(node, &lab, profile);
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
    let mut all = Seen::default();
    for partner in partners {
        let seen = partner.await.unwrap();
        all.calls.extend(seen.calls);
        all.slowest = all.slowest.max(seen.slowest);
    }
    all
}

#[tokio::test]
async fn no_call_fails_while_another_issuer_rotates_its_key() {
    rotates_under_load("standard", "").await;
}

#[tokio::test]
async fn no_call_fails_while_a_user_pool_rotates_its_key() {
    rotates_under_load("aws", "profile = \"aws\"\nclient_ids = [\"partner\"]\n").await;
}
