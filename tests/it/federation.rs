//! Keys of further issuers: fetched over TLS that is verified, kept for a stated time, and asked for when a token names a new one.

mod asking;
mod fetching;
mod keeping;
mod publisher;

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use authbench::caller::{Connection, Dial, Origin, Protocol, Tls, Trust};
use bytes::Bytes;
use http::{Request, header::AUTHORIZATION};
use publisher::Publisher;
use serde_json::json;

use crate::lab::{Lab, PATH, Server, Signer, jwks};

/// More than anything here takes on a busy machine.
const SOON: Duration = Duration::from_secs(20);

/// The issuer of most tests.
const ISSUER: &str = "https://issuer.example";
/// The resource server.
const IDENTIFIER: &str = "https://api.test/test";

impl Signer {
    /// An access token of that issuer, which lives for an hour.
    fn token_from(&self, issuer: &str) -> String {
        let now = authbench::clock::seconds(authbench::clock::now());
        self.token(&json!({
            "iss": issuer, "sub": "partner", "client_id": "partner", "aud": IDENTIFIER, "iat": now, "exp": now + 3600,
            "jti": authbench::secret::random_text(16).unwrap(), "scope": format!("{IDENTIFIER}/hello-world"),
        }))
    }
}

/// A laboratory that trusts the issuer of this URL, whose server's certificate `publisher`'s CA signs.
fn lab(publisher: &Publisher, more: &str) -> Lab {
    let lab = Lab::new();
    lab.file("ca.pem", &publisher.ca());
    lab.configure(&format!(
        "[jwt]\nidentifier = \"{IDENTIFIER}\"\n[[issuers]]\nissuer = \"{ISSUER}\"\njwks_url = \"{}\"\nca = \"ca.pem\"\n{more}",
        publisher.url()
    ));
    lab
}

/// A caller at one address, on one connection.
struct Caller(Connection);

impl Caller {
    async fn at(server: &Server, address: &str) -> Self {
        let trust = Trust::Ca(std::fs::read(&server.ca).unwrap());
        let tls = Tls::new(&trust, None, Protocol::Http1, None).unwrap();
        let mut dial = Dial::new(Origin::parse(&server.url).unwrap(), Some(tls));
        dial.from = Some(address.parse::<IpAddr>().unwrap());
        Self(dial.connect().await.unwrap())
    }

    /// `allowed`, or the reason of the refusal.
    async fn call(&mut self, token: &str) -> String {
        let request = Request::get(PATH).header(AUTHORIZATION, format!("Bearer {token}"));
        let answer = self.0.send(&request.body(Bytes::new()).unwrap()).await.unwrap();
        if answer.body == authbench::wire::HELLO_BODY {
            return "allowed".into();
        }
        answer.json()["reason"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
    }

    /// Calls until the outcome is this one, and says how long it took.
    async fn until(&mut self, token: &str, outcome: &str) -> Duration {
        let began = Instant::now();
        loop {
            let seen = self.call(token).await;
            if seen == outcome {
                return began.elapsed();
            }
            assert!(began.elapsed() < SOON, "still {seen} after {SOON:?}");
            // Not so often that the failure budget is spent.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// The age of the issuer's keys as the admin listener tells it.
fn age(server: &Server) -> f64 {
    let page = server.admin("/metrics");
    let line = format!("authbench_issuer_keys_age_seconds{{issuer=\"{ISSUER}\"}}");
    let value = page.lines().find_map(|known| known.strip_prefix(&line)).unwrap_or_else(|| panic!("no age in {page}"));
    value.trim().parse().unwrap()
}

/// Waits until the server has fetched keys, without asking for them.
async fn ready(server: &Server) {
    younger(server, f64::MAX).await;
}

/// Waits until keys were fetched less than so many seconds ago.
async fn younger(server: &Server, seconds: f64) {
    let began = Instant::now();
    while age(server) >= seconds {
        assert!(began.elapsed() < SOON, "no keys after {SOON:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until the server has done `count` fetches.
async fn fetched(publisher: &Publisher, count: usize) {
    let began = Instant::now();
    while publisher.fetches() < count {
        assert!(began.elapsed() < SOON, "{} fetches after {SOON:?}", publisher.fetches());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
