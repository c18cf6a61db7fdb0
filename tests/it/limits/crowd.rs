//! Many requests at once: connections and streams that ask without a pause, and what came of it by the test's own clock.

use std::{
    cell::{Cell, OnceCell},
    sync::Arc,
    time::{Duration, Instant},
};

use authbench::caller::Protocol;
use bytes::Bytes;
use futures_util::future::join_all;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use tokio::{net::TcpStream, runtime::Builder};
use tokio_rustls::TlsConnector;

use crate::lab::{Caller, PATH, Server, tls_config};

/// A machine that does not come to a refusal within this time has other work.
const LONGEST: Duration = Duration::from_secs(20);

/// How it comes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Crowd {
    pub(super) protocol: Protocol,
    pub(super) connections: usize,
    /// Requests under way at once on each connection: one in HTTP/1.1.
    pub(super) streams: usize,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) served: u32,
    pub(super) refused: u32,
    /// From the first decision to the last refusal it is at least this long; nothing when nobody was refused.
    pub(super) at_least: Duration,
    /// From the first decision to the last one it is at most this long.
    pub(super) at_most: Duration,
}

/// One answer.
#[derive(Debug, Clone, Copy)]
struct Seen {
    sent: Instant,
    answered: Instant,
    status: StatusCode,
}

enum Sender {
    Http1(http1::SendRequest<Empty<Bytes>>),
    Http2(http2::SendRequest<Empty<Bytes>>),
}

impl Crowd {
    /// Opens every connection, then asks once over each, at the same time.
    pub(super) fn ask_once(self, server: &Server, caller: &Caller) -> Counted {
        self.ask_until(server, caller, |_| true)
    }

    /// Opens every connection, then asks over all of them for this long, and on a slow machine until somebody is refused.
    pub(super) fn ask(self, server: &Server, caller: &Caller, during: Duration) -> Counted {
        let (began, refused) = (OnceCell::new(), Cell::new(false));
        self.ask_until(server, caller, |seen| {
            let passed = began.get_or_init(|| seen.sent).elapsed();
            refused.set(refused.get() || seen.status == StatusCode::TOO_MANY_REQUESTS);
            passed > during && (refused.get() || passed > LONGEST)
        })
    }

    /// Asks over each connection until there was enough.
    fn ask_until(self, server: &Server, caller: &Caller, is_enough: impl Fn(&Seen) -> bool) -> Counted {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let mut senders = Vec::new();
            for _ in 0..self.connections {
                senders.extend(self.open(server, caller).await);
            }
            let request = request(server, caller, self.protocol);
            let asking = senders.into_iter().map(|sender| sender.ask_until(request.clone(), &is_enough));
            Counted::of(&join_all(asking).await.concat())
        })
    }

    /// One connection, with a sender for each stream.
    async fn open(self, server: &Server, caller: &Caller) -> Vec<Sender> {
        let mut config = tls_config(server, caller.identity.as_ref());
        let tcp = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
        tcp.set_nodelay(true).unwrap();
        config.alpn_protocols = vec![if self.protocol == Protocol::Http2 { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
        let name = ServerName::try_from("localhost").unwrap();
        let io = TokioIo::new(TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap());
        match self.protocol {
            Protocol::Http1 => {
                let (sender, driver) = http1::handshake(io).await.unwrap();
                tokio::spawn(driver);
                vec![Sender::Http1(sender)]
            }
            Protocol::Http2 => {
                let (sender, driver) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
                tokio::spawn(driver);
                (0..self.streams).map(|_| Sender::Http2(sender.clone())).collect()
            }
        }
    }
}

impl Sender {
    async fn ask_until(mut self, request: Request<Empty<Bytes>>, is_enough: impl Fn(&Seen) -> bool) -> Vec<Seen> {
        let mut all = Vec::new();
        loop {
            let sent = Instant::now();
            let status = self.ask(request.clone()).await;
            let seen = Seen { sent, answered: Instant::now(), status };
            all.push(seen);
            if is_enough(&seen) {
                return all;
            }
        }
    }

    async fn ask(&mut self, request: Request<Empty<Bytes>>) -> StatusCode {
        let answer = match self {
            Self::Http1(sender) => sender.send_request(request).await,
            Self::Http2(sender) => sender.send_request(request).await,
        };
        let (head, body) = answer.unwrap().into_parts();
        body.collect().await.unwrap();
        head.status
    }
}

impl Counted {
    fn of(seen: &[Seen]) -> Self {
        let count = |status| u32::try_from(seen.iter().filter(|one| one.status == status).count()).unwrap();
        let (served, refused) = (count(StatusCode::OK), count(StatusCode::TOO_MANY_REQUESTS));
        assert_eq!(seen.len(), usize::try_from(served + refused).unwrap(), "every answer is one of the two");
        let (sent, answered) = (|one: &Seen| one.sent, |one: &Seen| one.answered);
        let (first_sent, last_answer) = (seen.iter().map(sent).min().unwrap(), seen.iter().map(answered).max().unwrap());
        let first_answer = seen.iter().map(answered).min().unwrap();
        let last_refused = seen.iter().filter(|one| one.status != StatusCode::OK).map(sent).max().unwrap_or(first_answer);
        let at_least = last_refused.saturating_duration_since(first_answer);
        Self { served, refused, at_least, at_most: last_answer.duration_since(first_sent) }
    }
}

fn request(server: &Server, caller: &Caller, protocol: Protocol) -> Request<Empty<Bytes>> {
    let target = if protocol == Protocol::Http2 { format!("{}{PATH}", server.url) } else { PATH.to_owned() };
    let mut request = Request::get(target);
    if protocol == Protocol::Http1 {
        request = request.header("host", "localhost");
    }
    for (name, value) in caller.headers() {
        request = request.header(name, value);
    }
    request.body(Empty::new()).unwrap()
}
