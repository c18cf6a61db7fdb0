//! As much as a server can take: many connections at once, by a caller that does as little as it can.
//!
//! The caller must be faster than the server, on a processor that is no faster. So the octets of the request are made once, and
//! of an answer only its first line and its body are looked at.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::Request;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    task::JoinSet,
    time::timeout,
};

use super::Target;
use crate::{caller::Octets, wire::HELLO_BODY};

/// What came of it.
#[derive(Debug)]
pub struct Flood {
    /// How many calls were answered.
    pub calls: u32,
    /// From the first request to the last answer.
    pub took: Duration,
    /// What went wrong first, if anything did.
    pub error: Option<String>,
}

/// Keeps `connections` connections busy with one call each at a time, for as `long`. `opened` is told when all of them are open.
pub async fn flood(target: &Target, connections: u32, long: Duration, stop: &Arc<AtomicBool>, opened: impl FnOnce()) -> Flood {
    let mut pipes = Vec::new();
    for _ in 0..connections {
        match Pipe::open(target).await {
            Ok(pipe) => pipes.push(pipe),
            Err(why) => return Flood { calls: 0, took: Duration::ZERO, error: Some(why) },
        }
    }
    opened();
    let begun = Instant::now();
    let mut working = JoinSet::new();
    for pipe in pipes {
        working.spawn(pipe.work(begun + long, Arc::clone(stop)));
    }
    let ended = working.join_all().await;
    let calls = ended.iter().map(|(calls, _)| *calls).sum();
    Flood { calls, took: begun.elapsed(), error: ended.into_iter().find_map(|(_, error)| error) }
}

/// One connection with its request.
struct Pipe {
    stream: Box<dyn Octets>,
    request: Vec<u8>,
    answer: Vec<u8>,
    limit: Duration,
}

impl Pipe {
    async fn open(target: &Target) -> Result<Self, String> {
        let stream = target.dial.octets().await.map_err(|broken| broken.to_string())?;
        let request = octets(&target.call, &target.dial.origin.authority());
        let mut pipe = Self { stream, request, answer: Vec::new(), limit: target.dial.deadlines.exchange };
        // What comes once, such as tickets, comes now.
        pipe.call().await?;
        Ok(pipe)
    }

    async fn work(mut self, until: Instant, stop: Arc<AtomicBool>) -> (u32, Option<String>) {
        let mut calls = 0;
        while Instant::now() < until && !stop.load(Relaxed) {
            match timeout(self.limit, self.call()).await {
                Ok(Ok(())) => calls += 1,
                Ok(Err(why)) => return (calls, Some(why)),
                Err(_) => return (calls, Some(format!("no answer within {:?}", self.limit))),
            }
        }
        (calls, None)
    }

    async fn call(&mut self) -> Result<(), String> {
        let broken = |error: std::io::Error| error.to_string();
        self.stream.write_all(&self.request).await.map_err(broken)?;
        self.stream.flush().await.map_err(broken)?;
        self.answer.clear();
        while !self.answer.ends_with(HELLO_BODY.as_bytes()) {
            if self.stream.read_buf(&mut self.answer).await.map_err(broken)? == 0 {
                return Err("the connection was closed".into());
            }
            if !self.answer.starts_with(b"HTTP/1.1 200") {
                return Err(format!(
                    "answered {}",
                    String::from_utf8_lossy(self.answer.split(|one| *one == b'\r').next().unwrap_or_default())
                ));
            }
        }
        Ok(())
    }
}

/// The request as it goes over an HTTP/1.1 connection.
fn octets(call: &Request<Bytes>, authority: &str) -> Vec<u8> {
    let path = call.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let mut octets = format!("{} {path} HTTP/1.1\r\nhost: {authority}\r\n", call.method()).into_bytes();
    for (name, value) in call.headers() {
        octets.extend_from_slice(name.as_str().as_bytes());
        octets.extend_from_slice(b": ");
        octets.extend_from_slice(value.as_bytes());
        octets.extend_from_slice(b"\r\n");
    }
    octets.extend_from_slice(b"\r\n");
    octets.extend_from_slice(call.body());
    octets
}
