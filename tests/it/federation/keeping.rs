//! Keys that come, go, and stay for a stated time when their issuer cannot be asked.

use std::time::{Duration, Instant};

use super::{
    Caller, IDENTIFIER, ISSUER, SOON, Signer, age, fetched, jwks, lab,
    publisher::{Manner, Publisher},
};
use crate::lab::{Lab, Server};

const HERE: &str = "127.0.0.1";
/// Fetched every second, so that nothing has to be asked for.
const BRISK: &str = "jwks_refresh = \"1s\"\n";

#[tokio::test]
async fn a_key_that_is_published_no_more_stops_its_tokens() {
    let (old, new) = (Signer::es256("old"), Signer::es256("new"));
    let publisher = Publisher::new(Manner::Keys(jwks(&[&old, &new])));
    let lab = lab(&publisher, BRISK);
    let server = lab.serve("jwt");
    let mut caller = Caller::at(&server, HERE).await;
    let (theirs, others) = (old.token_from(ISSUER), new.token_from(ISSUER));
    caller.until(&theirs, "allowed").await;
    publisher.now(Manner::Keys(jwks(&[&new])));
    caller.until(&theirs, "credential_unknown").await;
    assert_eq!(caller.call(&others).await, "allowed");
}

#[tokio::test]
async fn a_server_starts_without_its_issuer_and_says_so() {
    let key = Signer::es256("one");
    let publisher = Publisher::new(Manner::Down);
    let lab = lab(&publisher, "");
    let server = lab.serve("jwt");
    let token = key.token_from(ISSUER);
    let answer = server.call(&[("authorization", &format!("Bearer {token}"))]);
    let id = answer.header("x-request-id").unwrap();
    insta::assert_snapshot!(format!("{} {:?}\n{}", answer.status, answer.header("retry-after"), answer.body.replace(id, "ID")), @r#"
    503 Some("5")
    {"type":"about:blank","title":"Service Unavailable","status":503,"detail":"The service cannot decide at the moment.","reason":"unavailable","request_id":"ID"}
    "#);
    assert!(age(&server).is_infinite());
    fetched(&publisher, 1).await;
    let said = server.records();
    assert!(said.contains("cannot be fetched") && said.contains(ISSUER), "{said}");
    // The first call after it came back is served: its key is asked for.
    publisher.now(Manner::Keys(jwks(&[&key])));
    assert_eq!(Caller::at(&server, "127.0.0.2").await.call(&token).await, "allowed");
    assert!(age(&server) < 60.0);
}

#[tokio::test]
async fn keys_are_kept_for_the_stated_time_and_no_longer() {
    let key = Signer::es256("one");
    let publisher = Publisher::new(Manner::Keys(jwks(&[&key])));
    let lab = lab(&publisher, "jwks_refresh = \"1s\"\njwks_keep = \"3s\"\n");
    let server = lab.serve("jwt");
    let mut caller = Caller::at(&server, HERE).await;
    let token = key.token_from(ISSUER);
    caller.until(&token, "allowed").await;
    let down = Instant::now();
    publisher.now(Manner::Down);
    while age(&server).is_finite() {
        assert!(down.elapsed() < Duration::from_secs(20));
        // Asked before and after: the keys may end in between.
        let (before, outcome) = (age(&server), caller.call(&token).await);
        assert!(outcome == "allowed" || age(&server).is_infinite(), "{outcome} at an age of {before} s");
        // Three seconds, and room for a busy machine.
        assert!(before < 4.5 || before.is_infinite(), "{before}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(caller.call(&token).await, "unavailable");
    assert!(server.records().contains("too old"));
    publisher.now(Manner::Keys(jwks(&[&key])));
    caller.until(&token, "allowed").await;
}

#[tokio::test]
async fn a_bad_set_changes_nothing() {
    let (key, other) = (Signer::es256("one"), Signer::es256("two"));
    let publisher = Publisher::new(Manner::Keys(jwks(&[&key])));
    let lab = lab(&publisher, BRISK);
    let server = lab.serve("jwt");
    let mut caller = Caller::at(&server, HERE).await;
    let token = key.token_from(ISSUER);
    caller.until(&token, "allowed").await;
    for bad in [
        "{\"keys\":[]}".to_owned(),
        "null".to_owned(),
        "<html>".to_owned(),
        jwks(&[&other, &Signer::es256("two")]),
        "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"two\",\"k\":\"AAAA\"}]}".to_owned(),
    ] {
        let before = publisher.fetches();
        publisher.now(Manner::Keys(bad.clone()));
        // The second fetch from now began after the change, and has ended when the third has begun.
        fetched(&publisher, before + 3).await;
        assert_eq!(caller.call(&token).await, "allowed", "{bad}");
    }
    // Others' keys beside ours are no fault.
    let mut mixed: serde_json::Value = serde_json::from_str(&jwks(&[&other])).unwrap();
    let more =
        [serde_json::json!({"kty": "EC", "crv": "P-384", "kid": "three"}), serde_json::json!({"kty": "RSA", "use": "enc"})];
    mixed["keys"].as_array_mut().unwrap().extend(more);
    publisher.now(Manner::Keys(mixed.to_string()));
    caller.until(&other.token_from(ISSUER), "allowed").await;
}

#[tokio::test]
async fn keys_of_issuers_never_mix() {
    let (ours, theirs) = (Signer::es256("same"), Signer::es256("same"));
    let (one, two) = (Publisher::new(Manner::Keys(jwks(&[&ours]))), Publisher::new(Manner::Down));
    let lab = Lab::new();
    let issuer = |name: &str, publisher: &Publisher| {
        lab.file(&format!("{name}.pem"), &publisher.ca());
        format!(
            "[[issuers]]\nissuer = \"https://{name}.example\"\njwks_url = \"{}\"\nca = \"{name}.pem\"\n{BRISK}",
            publisher.url()
        )
    };
    lab.configure(&format!("[jwt]\nidentifier = \"{IDENTIFIER}\"\n{}{}", issuer("one", &one), issuer("two", &two)));
    let server = lab.serve("jwt");
    let mut caller = Caller::at(&server, HERE).await;
    caller.until(&ours.token_from("https://one.example"), "allowed").await;
    assert_eq!(caller.call(&ours.token_from("https://two.example")).await, "unavailable", "two has no keys yet");
    two.now(Manner::Keys(jwks(&[&theirs])));
    caller.until(&theirs.token_from("https://two.example"), "allowed").await;
    assert_eq!(caller.call(&ours.token_from("https://two.example")).await, "signature_invalid");
    assert_eq!(caller.call(&theirs.token_from("https://one.example")).await, "signature_invalid");
    assert_eq!(caller.call(&ours.token_from("https://one.example")).await, "allowed");
}

/// Waits until the server has said so many times that new keys cannot be used.
async fn complains(server: &Server, times: usize) {
    let began = Instant::now();
    while server.records().matches("the old ones stay").count() < times {
        assert!(began.elapsed() < SOON, "{}", server.records());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_file_is_read_again_when_it_changes() {
    let (old, new) = (Signer::es256("old"), Signer::es256("new"));
    let lab = Lab::new();
    lab.file("keys.json", &jwks(&[&old]));
    lab.configure(&format!(
        "[jwt]\nidentifier = \"{IDENTIFIER}\"\n[[issuers]]\nissuer = \"{ISSUER}\"\njwks_file = \"keys.json\"\n"
    ));
    let server = lab.serve("jwt");
    let mut caller = Caller::at(&server, HERE).await;
    assert_eq!(caller.call(&old.token_from(ISSUER)).await, "allowed");
    assert_eq!(caller.call(&new.token_from(ISSUER)).await, "credential_unknown");
    lab.file("keys.json", "{\"keys\":[]}");
    complains(&server, 1).await;
    assert_eq!(caller.call(&old.token_from(ISSUER)).await, "allowed");
    lab.file("keys.json", &jwks(&[&new]));
    caller.until(&new.token_from(ISSUER), "allowed").await;
    assert_eq!(caller.call(&old.token_from(ISSUER)).await, "credential_unknown");
    std::fs::remove_file(lab.path("keys.json")).unwrap();
    complains(&server, 2).await;
    assert_eq!(caller.call(&new.token_from(ISSUER)).await, "allowed");
}

#[tokio::test]
async fn a_file_of_the_same_length_and_time_is_another_one_all_the_same() {
    let (old, new) = (Signer::es256("old"), Signer::es256("new"));
    let lab = Lab::new();
    // As tools write files that set their time to a fixed one.
    let put = |key: &Signer| {
        let file = std::fs::File::options().write(true).open(lab.file("keys.json", &jwks(&[key]))).unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    };
    put(&old);
    lab.configure(&format!(
        "[jwt]\nidentifier = \"{IDENTIFIER}\"\n[[issuers]]\nissuer = \"{ISSUER}\"\njwks_file = \"keys.json\"\n"
    ));
    let server = lab.serve("jwt");
    let mut caller = Caller::at(&server, HERE).await;
    assert_eq!(caller.call(&old.token_from(ISSUER)).await, "allowed");
    // Longer than one look, so that the file was looked at before it changed.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    put(&new);
    caller.until(&new.token_from(ISSUER), "allowed").await;
    assert_eq!(caller.call(&old.token_from(ISSUER)).await, "credential_unknown");
}
