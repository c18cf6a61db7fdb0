//! The closed loop: one call after the other, for what a call costs.

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::{Duration, Instant},
};

use super::{Target, session::Session};
use crate::compare::{cpu::Share, findings::Shape};

/// What a closed loop spent.
#[derive(Debug)]
pub struct Burst {
    /// How many calls, or visits, were made.
    pub calls: u32,
    /// From the first to the last.
    pub took: Duration,
    /// The caller's CPU time; absent when it cannot be read.
    pub cpu: Option<Duration>,
    /// Bytes in both directions.
    pub bytes: u64,
    /// What went wrong first, if anything did.
    pub error: Option<String>,
}

/// What a caller gets anew before it makes its calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Nothing: it goes on with what it has.
    Nothing,
    /// A connection.
    Connection,
    /// A token, over a connection of its own; the calls go over the kept one.
    Token,
}

/// A number of calls on one kept connection that begins with something new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visit {
    /// What is had anew.
    pub start: Start,
    /// How many calls follow.
    pub calls: u32,
}

/// Makes `calls` calls, each as soon as the one before is answered, or as many as fit into `limit`, but one. A kept connection is
/// opened before the count begins, and so is the session that later connections resume.
pub async fn burst(target: &Target, shape: Shape, calls: u32, limit: Duration, stop: &AtomicBool) -> Burst {
    closed_loop(Session::new(target, shape), calls, limit, stop, async |session| {
        let error = session.call().await.err();
        session.settle().await;
        error
    })
    .await
}

/// Makes up to `most` visits, or as many as fit into `limit`, but one; a visit is counted as one call.
pub async fn visits(target: &Target, visit: Visit, most: u32, limit: Duration, stop: &AtomicBool) -> Burst {
    closed_loop(Session::new(target, Shape::Kept), most, limit, stop, async |session| {
        let mut error = session.begin(visit.start).await.err();
        session.settle().await;
        for _ in 0..visit.calls {
            if error.is_some() || stop.load(Relaxed) {
                break;
            }
            error = session.call().await.err();
            session.settle().await;
        }
        error
    })
    .await
}

async fn closed_loop<'a>(
    mut session: Session<'a>,
    most: u32,
    limit: Duration,
    stop: &AtomicBool,
    next: impl AsyncFn(&mut Session<'a>) -> Option<String>,
) -> Burst {
    let mut error = session.call().await.err();
    session.settle().await;
    let (bytes_before, cpu_before, begun) = (session.bytes(), Share::now(), Instant::now());
    let mut made = 0;
    while made < most && error.is_none() && !stop.load(Relaxed) && (made == 0 || begun.elapsed() < limit) {
        error = next(&mut session).await;
        made += 1;
    }
    let cpu = Share::since(cpu_before).map(|share| share.spent);
    Burst { calls: made, took: begun.elapsed(), cpu, bytes: session.bytes() - bytes_before, error }
}
