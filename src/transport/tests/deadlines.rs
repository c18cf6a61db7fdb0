//! Connections that take too long, each closed by the deadline that is its own.

use std::time::Instant;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    callers::{Caller, ask, ask_http2, closed},
    *,
};

const SHORT: Duration = Duration::from_millis(150);
const LONG: Duration = Duration::from_secs(60);

fn all_long() -> Deadlines {
    Deadlines { handshake: LONG, first_request: LONG, header: LONG, idle: LONG, response: LONG }
}

/// Waits for the end, which must not come before the deadline. `begin` lies before what the deadline counts from.
async fn closes_in_time<S: tokio::io::AsyncRead + Unpin>(stream: &mut S, begin: Instant) {
    closed(stream).await;
    assert!(begin.elapsed() + Duration::from_millis(2) >= SHORT, "closed after {:?}", begin.elapsed());
}

#[tokio::test]
async fn nothing_after_the_handshake() {
    let lab = Lab::start(Lock::Tls, Deadlines { first_request: SHORT, ..all_long() }, Limits::default());
    for alpn in [&["h2"][..], &["http/1.1"], &[]] {
        let begin = Instant::now();
        let mut stream = Caller::new(&lab.server_ca, None, &rustls::version::TLS13, alpn).connect(&lab).await.unwrap();
        closes_in_time(&mut stream, begin).await;
    }
    // A part of the preface of HTTP/2, or of a head, is no request.
    for part in ["PRI * HT", "GET / HTTP/1.1\r\nhost: loc"] {
        let begin = Instant::now();
        let mut stream = Caller::new(&lab.server_ca, None, &rustls::version::TLS13, &[]).connect(&lab).await.unwrap();
        stream.write_all(part.as_bytes()).await.unwrap();
        closes_in_time(&mut stream, begin).await;
    }
}

#[tokio::test]
async fn nothing_on_a_plain_connection() {
    let lab = Lab::start(Lock::Plain, Deadlines { first_request: SHORT, ..all_long() }, Limits::default());
    let begin = Instant::now();
    closes_in_time(&mut TcpStream::connect(lab.address).await.unwrap(), begin).await;
    let mut stream = TcpStream::connect(lab.address).await.unwrap();
    stream.write_all(b"GET / HTTP").await.unwrap();
    closed(&mut stream).await;
}

#[tokio::test]
async fn a_head_that_drips_on_a_kept_alive_connection() {
    let lab = Lab::start(Lock::Tls, Deadlines { header: SHORT, ..all_long() }, Limits::default());
    let caller = Caller::new(&lab.server_ca, None, &rustls::version::TLS13, &["http/1.1"]);
    let mut stream = caller.connect(&lab).await.unwrap();
    assert_eq!(ask(&mut stream, "/").await.unwrap(), "hello");
    // Idle for longer than a head may take is allowed.
    assert!(tokio::time::timeout(SHORT * 2, stream.read_u8()).await.is_err());
    assert_eq!(ask(&mut stream, "/").await.unwrap(), "hello");
    let begin = Instant::now();
    let mut drip = b"GET / HTTP/1.1\r\nx-drip: ".iter().chain(std::iter::repeat(&b'x'));
    while stream.write_all(&[*drip.next().unwrap()]).await.is_ok() && stream.flush().await.is_ok() {
        if let Ok(read) = tokio::time::timeout(Duration::from_millis(10), stream.read_u8()).await {
            read.unwrap_err();
            break;
        }
        assert!(begin.elapsed() < LONG / 4, "it drips on");
    }
    assert!(begin.elapsed() + Duration::from_millis(2) >= SHORT);
}

#[tokio::test]
async fn idle_on_http_1_and_http_2() {
    let lab = Lab::start(Lock::Tls, Deadlines { idle: SHORT, ..all_long() }, Limits::default());
    let mut stream = Caller::new(&lab.server_ca, None, &rustls::version::TLS13, &["http/1.1"]).connect(&lab).await.unwrap();
    let begin = Instant::now();
    assert_eq!(ask(&mut stream, "/").await.unwrap(), "hello");
    closes_in_time(&mut stream, begin).await;
    let mut sender = Caller::new(&lab.server_ca, None, &rustls::version::TLS13, &["h2"]).connect_http2(&lab).await;
    let begin = Instant::now();
    assert_eq!(ask_http2(&mut sender, "/").await.unwrap(), "hello");
    until(|| sender.is_closed()).await;
    assert!(begin.elapsed() + Duration::from_millis(2) >= SHORT);
}

#[tokio::test]
async fn a_request_in_flight_is_not_idle_but_has_an_end() {
    let lab = Lab::start(Lock::Tls, Deadlines { idle: SHORT, response: SHORT * 4, ..all_long() }, Limits::default());
    for alpn in ["http/1.1", "h2"] {
        let caller = Caller::new(&lab.server_ca, None, &rustls::version::TLS13, &[alpn]);
        let begin = Instant::now();
        if alpn == "h2" {
            ask_http2(&mut caller.connect_http2(&lab).await, "/slow").await.unwrap_err();
        } else {
            caller.try_once(&lab, "/slow").await.unwrap_err();
        }
        assert!(begin.elapsed() + Duration::from_millis(2) >= SHORT * 4, "{alpn}: {:?}", begin.elapsed());
    }
}
