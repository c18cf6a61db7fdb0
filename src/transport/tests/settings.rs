//! Socket options, sizes, and files that cannot be used.

use std::fs;

use axum::{body::Body, http::Request};
use axum_server::accept::Accept;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{
    callers::{Caller, ask, ask_http2, closed},
    identities::{ca, ca_until},
    *,
};
use crate::denial::Reason;

#[tokio::test]
async fn no_delay_is_set_on_every_accepted_socket() {
    let recorder = Arc::new(Recorder::default());
    let acceptor = Acceptor::new(
        None,
        Arc::default(),
        Arc::default(),
        recorder,
        Arc::new(Capacity::new(&Limits::default())),
        Deadlines::default(),
        Limits::default(),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let tcp = listener.accept().await.unwrap().0;
    assert!(!tcp.nodelay().unwrap(), "not so by itself");
    let (connection, _) = acceptor.accept(tcp, ()).await.unwrap();
    assert!(connection.io().tcp().nodelay().unwrap());
}

#[tokio::test]
async fn heads_reach_the_application_beyond_its_own_limit_and_not_for_ever() {
    let lab = Lab::start(Lock::Tls, Deadlines::default(), Limits::default());
    let caller = |alpn| Caller::new(&lab.server_ca, None, &rustls::version::TLS13, &[alpn]);
    let path = format!("/{}", "x".repeat(40 * 1024));
    let (mut one, mut two) = (caller("http/1.1").connect(&lab).await.unwrap(), caller("h2").connect_http2(&lab).await);
    assert_eq!(ask(&mut one, &path).await.unwrap(), "fallback");
    assert_eq!(ask_http2(&mut two, &path).await.unwrap(), "fallback");
    let header = "x".repeat(66 * 1024);
    let head = format!("GET / HTTP/1.1\r\nhost: localhost\r\nx-fill: {header}\r\n\r\n");
    // The server may answer and close before it has read all.
    let _ = one.write_all(head.as_bytes()).await;
    let mut answer = String::new();
    let _ = within(one.read_to_string(&mut answer)).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
    let request = Request::get("https://localhost/").header("x-fill", header).body(Body::empty()).unwrap();
    let answer = within(two.send_request(request)).await;
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status() == 431));
}

#[tokio::test]
async fn a_head_of_many_fields_reaches_the_application() {
    let lab = Lab::start(Lock::Tls, Deadlines::default(), Limits::default());
    let caller = Caller::new(&lab.server_ca, None, &rustls::version::TLS13, &["http/1.1"]);
    let fields = "a: b\r\n".repeat(250);
    let head = format!("GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{fields}\r\n");
    let answer = sent(&lab, &caller, &head).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("hello"), "{answer}");
    assert!(lab.recorder.refused.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_the_http_library_refuses_itself_is_told() {
    let too_many = format!("GET / HTTP/1.1\r\nhost: localhost\r\n{}\r\n", "a: b\r\n".repeat(300));
    let refused = [
        ("garbage\r\n\r\n", "HTTP/1.1 400 ", Reason::ProtocolError),
        ("\0\x01\x02\x03", "HTTP/1.1 400 ", Reason::ProtocolError),
        ("GET / HTTP/1.1\r\nno colon\r\n\r\n", "HTTP/1.1 400 ", Reason::ProtocolError),
        ("POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n", "HTTP/1.1 400 ", Reason::ProtocolError),
        (&too_many, "HTTP/1.1 431 ", Reason::TooLarge),
    ];
    let lab = Lab::start(Lock::Tls, Deadlines::default(), Limits::default());
    for alpn in ["http/1.1", "h2"] {
        let caller = Caller::new(&lab.server_ca, None, &rustls::version::TLS13, &[alpn]);
        for (head, status, reason) in refused {
            let answer = sent(&lab, &caller, head).await;
            assert!(answer.starts_with(status), "{alpn} {head:?}: {answer}");
            assert_eq!(lab.refusal().await.reason, reason, "{alpn} {head:?}");
            assert!(lab.recorder.refused.lock().unwrap().is_empty(), "told once");
        }
    }
}

#[tokio::test]
async fn whoever_says_nothing_or_hangs_up_is_not_told_of() {
    let lab = Lab::start(Lock::Tls, Deadlines::default(), Limits::default());
    let caller = Caller::new(&lab.server_ca, None, &rustls::version::TLS13, &["http/1.1"]);
    for part in ["", "GET / HT"] {
        let mut stream = caller.connect(&lab).await.unwrap();
        stream.write_all(part.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        closed(&mut stream).await;
    }
    assert!(lab.recorder.refused.lock().unwrap().is_empty());
}

/// What comes back until the server closes.
async fn sent(lab: &Lab, caller: &Caller, head: &str) -> String {
    let mut stream = caller.connect(lab).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A server that closes with octets unread resets: what it said before counts.
    let _ = within(stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn streams_are_limited_as_told() {
    let limits = Limits { streams: 3, ..Limits::default() };
    let lab = Lab::start(Lock::Tls, Deadlines::default(), limits);
    let mut stream = Caller::new(&lab.server_ca, None, &rustls::version::TLS13, &["h2"]).connect(&lab).await.unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut frame = [0; 9];
    within(stream.read_exact(&mut frame)).await.unwrap();
    let mut settings = vec![0; usize::from(frame[2])];
    within(stream.read_exact(&mut settings)).await.unwrap();
    let value = |id: u8| settings.chunks(6).find(|setting| setting[..2] == [0, id]).map(|setting| setting[2..].to_vec());
    assert_eq!(value(3), Some(vec![0, 0, 0, 3]), "SETTINGS_MAX_CONCURRENT_STREAMS (RFC 9113 §6.5.2)");
    assert_eq!(value(6), Some(vec![0, 1, 0, 0]), "SETTINGS_MAX_HEADER_LIST_SIZE");
}

fn fault(certificate: &str, key: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let (cert_path, key_path) = (directory.path().join("server.pem"), directory.path().join("server.key"));
    fs::write(&cert_path, certificate).unwrap();
    fs::write(&key_path, key).unwrap();
    let failure = ServerIdentity::read(&cert_path, &key_path).unwrap_err();
    failure.to_string().replace(&directory.path().display().to_string(), "DIR")
}

#[test]
fn files_that_cannot_be_used_are_named_with_the_remedy() {
    let directory = tempfile::tempdir().unwrap();
    let read = |identity: &Identity| {
        let (cert, key) = identity.write(directory.path(), "x");
        (fs::read_to_string(cert).unwrap(), fs::read_to_string(key).unwrap())
    };
    let ((cert, key), (_, other)) = (read(&ca("CA").server()), read(&ca("CA").server()));
    insta::assert_snapshot!(fault(&cert, &other), @"
    the key DIR/server.key does not match the certificate DIR/server.pem
      mend: name the key that the certificate was made for
    ");
    insta::assert_snapshot!(fault("", &key), @"
    the certificate DIR/server.pem cannot be used: it holds no certificate in PEM
      mend: put a current PEM certificate there, the server's own first
    ");
    insta::assert_snapshot!(fault(&cert, "nothing"), @"
    DIR/server.key holds no private key that can be used: no items found
      mend: put an unencrypted PEM key there (PKCS #8, PKCS #1 or SEC 1)
    ");
    let ended = ca_until("CA", seconds_from_now(-10)).server();
    assert!(
        fault(&read(&ended).0, &read(&ended).1).starts_with("the certificate DIR/server.pem cannot be used: it expired at 20")
    );
}

#[test]
fn cas_that_cannot_be_used_are_refused() {
    let told = |cas: &[rustls::pki_types::CertificateDer<'static>]| {
        ClientVerifier::new(cas, Arc::new(RevocationLists::default()), crate::clock::now()).unwrap_err().to_string()
    };
    assert!(told(&[]).starts_with("no CA is given"));
    assert!(told(&[ca("CA").server().chain[0].clone()]).contains("CN=localhost is no CA certificate"));
    assert!(told(&[ca_until("old", seconds_from_now(-1)).der()]).contains("CN=old expired at 20"));
    assert!(told(&[b"junk".to_vec().into()]).contains("cannot be used"));
}

/// Every configuration names its provider, so that it does not matter what else a dependency brings in.
#[test]
fn nothing_relies_on_a_provider_of_the_process() {
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
}
