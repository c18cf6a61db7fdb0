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
    /// How many calls were made.
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

/// Makes `calls` calls, each as soon as the one before is answered, or as many as fit into `limit`, but one. A kept connection is
/// opened before the count begins.
pub async fn burst(target: &Target, shape: Shape, calls: u32, limit: Duration, stop: &AtomicBool) -> Burst {
    let mut session = Session::new(target, shape);
    let mut error = session.call().await.err();
    session.settle().await;
    let (bytes_before, cpu_before, begun) = (session.bytes(), Share::now(), Instant::now());
    let mut made = 0;
    while made < calls && error.is_none() && !stop.load(Relaxed) && (made == 0 || begun.elapsed() < limit) {
        error = session.call().await.err();
        session.settle().await;
        made += 1;
    }
    let cpu = Share::since(cpu_before).map(|share| share.spent);
    Burst { calls: made, took: begun.elapsed(), cpu, bytes: session.bytes() - bytes_before, error }
}
