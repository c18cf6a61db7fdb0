//! The load against a small server of its own.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::{
    caller::{Dial, Origin},
    compare::findings::Shape,
    wire::HELLO_BODY,
};

/// A server that answers `status`; the answer numbered `stall` comes `late`.
pub(crate) struct Server {
    pub(crate) connections: Arc<AtomicU32>,
    pub(crate) target: Target,
}

pub(crate) async fn server(status: u16, stall: u32, late: Duration) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicU32::new(0));
    let (opened, answered) = (Arc::clone(&connections), Arc::new(AtomicU32::new(0)));
    // On a thread of its own: the caller blocks its thread between calls.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let listener = listener.into_std().unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((tcp, _)) = listener.accept().await {
                opened.fetch_add(1, Relaxed);
                tokio::spawn(answer(tcp, status, stall, late, Arc::clone(&answered)));
            }
        });
    });
    Server { connections, target: target(address) }
}

fn target(address: SocketAddr) -> Target {
    let origin = Origin::parse(&format!("http://{address}")).unwrap();
    let call = Request::get("/hello-world").body(Bytes::new()).unwrap();
    Target { dial: Dial::new(origin, None), call, token: None }
}

async fn answer(mut tcp: TcpStream, status: u16, stall: u32, late: Duration, answered: Arc<AtomicU32>) {
    let mut buffer = [0; 4096];
    while tcp.read(&mut buffer).await.is_ok_and(|read| read > 0) {
        if answered.fetch_add(1, Relaxed) == stall {
            tokio::time::sleep(late).await;
        }
        let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{HELLO_BODY}", HELLO_BODY.len());
        if tcp.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

const NEVER: u32 = u32::MAX;
const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_kept_connection_is_kept_and_a_fresh_one_is_new() {
    for (shape, expected) in [(Shape::Kept, 1), (Shape::Fresh, 11)] {
        let server = server(200, NEVER, Duration::ZERO).await;
        let seen = burst(&server.target, shape, 10, LONG, &AtomicBool::new(false)).await;
        assert_eq!((seen.calls, seen.error), (10, None));
        // The call before the count opens the kept connection.
        assert_eq!(server.connections.load(Relaxed), expected, "{shape}");
        let per_call = seen.bytes / 10;
        assert!((100..400).contains(&per_call), "{per_call} bytes");
    }
}

#[tokio::test]
async fn a_stall_is_charged_to_the_calls_that_had_to_wait() {
    let stall = Duration::from_millis(100);
    let server = server(200, 5, stall).await;
    let seen = steady(&server.target, Shape::Kept, 200.0, 40, &AtomicBool::new(false)).await.unwrap();
    assert_eq!((seen.latencies.len(), seen.error), (40, None));
    // 100 ms at 200 a second: about twenty calls started late, the first of them by nearly the whole stall.
    let late = seen.latencies.count_between(20_000_000, u64::MAX);
    assert!((10..=30).contains(&late), "{late} late");
    assert!(seen.latencies.max() >= 99_000_000);
}

#[tokio::test]
async fn a_call_that_is_not_served_ends_the_loop_and_is_told() {
    let stop = AtomicBool::new(false);
    let server = server(401, NEVER, Duration::ZERO).await;
    let seen = burst(&server.target, Shape::Kept, 10, LONG, &stop).await;
    assert_eq!((seen.calls, seen.error.as_deref()), (0, Some("answered 401 Unauthorized")));
    let seen = steady(&server.target, Shape::Fresh, 100.0, 10, &stop).await.unwrap();
    assert_eq!((seen.latencies.len(), seen.error.as_deref()), (0, Some("answered 401 Unauthorized")));
    assert_eq!(first_call(&server.target).await, Err("answered 401 Unauthorized".into()));
    let nobody = Target { dial: Dial::new(Origin::parse("http://127.0.0.1:1").unwrap(), None), ..server.target };
    assert!(burst(&nobody, Shape::Fresh, 1, LONG, &stop).await.error.unwrap().starts_with("connect:"));
}

#[tokio::test]
async fn a_loop_stops_when_it_is_told() {
    let server = server(200, NEVER, Duration::ZERO).await;
    let seen = burst(&server.target, Shape::Kept, 1_000_000, LONG, &AtomicBool::new(true)).await;
    assert_eq!(seen.calls, 0);
}

#[tokio::test]
async fn a_slow_server_gets_fewer_calls_instead_of_more_time() {
    let server = server(200, 1, Duration::from_millis(50)).await;
    let seen = burst(&server.target, Shape::Kept, 1_000_000, Duration::from_millis(20), &AtomicBool::new(false)).await;
    assert_eq!((seen.calls, seen.error), (1, None));
}

#[tokio::test]
async fn work_on_its_own_thread_comes_back() {
    let name = on_own_thread(async || std::thread::current().name().map(str::to_owned)).await.unwrap();
    assert_eq!(name.as_deref(), Some("caller"));
}
