//! One fetch: what is taken for keys, and all that is not.

use std::{
    io::Write,
    net::TcpListener,
    process::Stdio,
    time::{Duration, Instant},
};

use authbench::federation::Endpoint;

use super::{
    ISSUER, SOON, Signer, jwks, lab,
    publisher::{Certificate, Manner, Publisher, SOUND},
};
use crate::lab::{Lab, text};

const WITHIN: Duration = Duration::from_millis(700);

/// One fetch that a busy machine does not cut short.
async fn fetch(publisher: &Publisher, ca: String) -> Result<String, String> {
    let endpoint = Endpoint::new(&publisher.url(), Some(ca.into_bytes())).unwrap();
    let body = endpoint.fetch(SOON).await?;
    Ok(String::from_utf8(body.into()).unwrap())
}

fn answer(status: &str, fields: &str, body: &str) -> Manner {
    Manner::Answer(format!("HTTP/1.1 {status}{fields}"), body.into())
}

#[tokio::test]
async fn json_with_status_200_is_taken_whole() {
    let publisher = Publisher::new(Manner::Keys("{}".into()));
    for kind in ["application/json", "application/json;charset=UTF-8", "application/jwk-set+json"] {
        publisher.now(answer("200 OK", &format!("\r\ncontent-type: {kind}"), "{\"keys\":[]}"));
        assert_eq!(fetch(&publisher, publisher.ca()).await.as_deref(), Ok("{\"keys\":[]}"), "{kind}");
    }
    let most = " ".repeat(256 * 1024);
    publisher.now(Manner::Keys(most.clone()));
    assert_eq!(fetch(&publisher, publisher.ca()).await, Ok(most));
}

#[tokio::test]
async fn another_status_or_content_is_no_key_set() {
    let elsewhere = Publisher::new(Manner::Keys("{}".into()));
    let publisher = Publisher::new(Manner::Down);
    let json = "\r\ncontent-type: application/json";
    let location = format!("\r\nlocation: {}{json}", elsewhere.url());
    let rows = [
        (answer("301 Moved Permanently", &location, "{}"), "redirects are not followed"),
        (answer("302 Found", &location, "{}"), "redirects are not followed"),
        (answer("303 See Other", &location, "{}"), "redirects are not followed"),
        (answer("307 Temporary Redirect", &location, "{}"), "redirects are not followed"),
        (answer("308 Permanent Redirect", &location, "{}"), "redirects are not followed"),
        (answer("500 Internal Server Error", json, "{\"keys\":[]}"), "it answered 500"),
        (answer("404 Not Found", json, "{\"keys\":[]}"), "it answered 404"),
        (answer("203 Non-Authoritative Information", json, "{\"keys\":[]}"), "it answered 203"),
        (answer("206 Partial Content", json, "{\"keys\":[]}"), "it answered 206"),
        (answer("200 OK", "", "{\"keys\":[]}"), "no JSON"),
        (answer("200 OK", "\r\ncontent-type: text/html", "<html>"), "no JSON"),
        (answer("200 OK", "\r\ncontent-type: text/plain", "{\"keys\":[]}"), "no JSON"),
        (Manner::Answer("SSH-2.0-OpenSSH_9.9".into(), String::new()), "unreadable"),
        (Manner::Keys(" ".repeat(256 * 1024 + 1)), "length limit exceeded"),
        (Manner::Endless, "length limit exceeded"),
        (Manner::Down, ""),
    ];
    for (manner, says) in rows {
        publisher.now(manner.clone());
        let why = fetch(&publisher, publisher.ca()).await.expect_err(&format!("{manner:?}"));
        assert!(why.contains(says), "{manner:?}: {why}");
    }
    assert_eq!(elsewhere.fetches(), 0, "nobody went where the redirects pointed");
}

#[tokio::test]
async fn the_deadline_is_for_the_whole_exchange() {
    let publisher = Publisher::new(Manner::Silent);
    for manner in [Manner::Silent, Manner::Trickle, Manner::Slow(Duration::from_secs(10), "{}".into())] {
        publisher.now(manner.clone());
        let began = Instant::now();
        let endpoint = Endpoint::new(&publisher.url(), Some(publisher.ca().into_bytes())).unwrap();
        assert!(endpoint.fetch(WITHIN).await.is_err(), "{manner:?}");
        assert!((WITHIN..WITHIN + Duration::from_secs(3)).contains(&began.elapsed()), "{manner:?}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_verified_is_not_asked() {
    let other = Publisher::new(Manner::Keys("{}".into()));
    let rows = [
        (Certificate { name: "elsewhere.example", ..SOUND }, None, "not valid for name"),
        (Certificate { from_day: -3, ..SOUND }, None, "expired"),
        (Certificate { from_day: 1, ..SOUND }, None, "not valid yet"),
        (SOUND, Some(other.ca()), "UnknownIssuer"),
    ];
    for (certificate, ca, says) in rows {
        let publisher = Publisher::with(certificate, Manner::Keys("{}".into()));
        let why = fetch(&publisher, ca.unwrap_or_else(|| publisher.ca())).await.expect_err(says);
        assert!(why.contains("distrust") && why.contains(says), "{certificate:?}: {why}");
    }
    // The name and the CA were right before and after; so was the address.
    let publisher = Publisher::new(Manner::Keys("{}".into()));
    let by_address = format!("https://127.0.0.1:{}/", publisher.port());
    let endpoint = Endpoint::new(&by_address, Some(publisher.ca().into_bytes())).unwrap();
    assert!(endpoint.fetch(SOON).await.unwrap_err().contains("distrust"), "its certificate names localhost, no address");
    assert!(fetch(&publisher, publisher.ca()).await.is_ok());
}

#[tokio::test]
async fn plain_http_is_not_spoken() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        let (mut tcp, _) = listener.accept().unwrap();
        tcp.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}").unwrap();
    });
    let ca = Publisher::new(Manner::Down).ca();
    assert!(Endpoint::new(&url, Some(ca.into_bytes())).unwrap().fetch(WITHIN).await.is_err());
}

/// `token inspect` or `token revoke` as a server would judge, with what the machine trusts in `roots`.
fn about(lab: &Lab, verb: &str, token: &str, roots: &str) -> (Option<i32>, String) {
    let mut command = lab.command(&["token", verb, "-", "--json"]);
    command.env("SSL_CERT_FILE", lab.file("roots.pem", roots)).env_remove("SSL_CERT_DIR");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(token.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn without_ca_the_machines_authorities_count_and_no_others() {
    let key = Signer::es256("one");
    let publisher = Publisher::new(Manner::Keys(jwks(&[&key])));
    let lab = lab(&publisher, "");
    let file = std::fs::read_to_string(lab.path("authbench.toml")).unwrap();
    lab.configure(&file.replace("ca = \"ca.pem\"\n", ""));
    let token = key.token_from(ISSUER);
    let (code, said) = about(&lab, "inspect", &token, &publisher.ca());
    let verdict: serde_json::Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{code:?} {said}"));
    assert_eq!((code, &verdict["accepted"]), (Some(0), &serde_json::json!(true)), "{verdict}");
    assert_eq!(text(&verdict["claims"], "iss"), ISSUER);
    assert_eq!(about(&lab, "revoke", &token, &publisher.ca()).0, Some(0));
    let (_, said) = about(&lab, "inspect", &token, &publisher.ca());
    assert!(said.contains("\"reason\":\"revoked\""), "{said}");
    let (code, said) = about(&lab, "inspect", &token, &Publisher::new(Manner::Down).ca());
    assert!(code == Some(3) && said.contains("UnknownIssuer") && said.contains("mend:"), "{code:?} {said}");
    let (code, said) = about(&lab, "inspect", &token, "");
    assert!(code == Some(2) && said.contains("no certificates of authorities"), "{code:?} {said}");
}

#[test]
fn what_cannot_be_used_at_start_is_named_with_its_remedy() {
    let publisher = Publisher::new(Manner::Down);
    let lab = lab(&publisher, "");
    let starts = |lab: &Lab| lab.run(&["--mode", "jwt", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
    for authorities in ["", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        lab.file("ca.pem", authorities);
        let ended = starts(&lab);
        assert!(ended.code == 2 && ended.stderr.contains("issuers.ca"), "{authorities}: {ended:?}");
    }
    std::fs::remove_file(lab.path("ca.pem")).unwrap();
    let ended = starts(&lab);
    assert!(ended.code == 2 && ended.stderr.contains("ca.pem: No such file"), "{ended:?}");
    for keys in ["", "{}", "{\"keys\":[]}", "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AAAA\"}]}"] {
        lab.file("keys.json", keys);
        lab.configure(&format!("[[issuers]]\nissuer = \"{ISSUER}\"\njwks_file = \"keys.json\"\n"));
        let ended = starts(&lab);
        assert!(ended.code == 2 && ended.stderr.contains("keys.json") && ended.stderr.contains("mend:"), "{keys}: {ended:?}");
    }
}
