//! The open loop: calls at fixed moments, latency from the intended one.

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;

use super::{Target, pace::wait_until, session::Session};
use crate::compare::{cpu::Share, findings::Shape};

/// The longest latency that is told apart from longer ones.
const LONGEST: Duration = Duration::from_secs(60);

/// What an open loop saw.
#[derive(Debug)]
pub struct Steady {
    /// Nanoseconds from the intended start to the end of the answer, of the calls that were served.
    pub latencies: Histogram<u64>,
    /// What went wrong first, if anything did.
    pub error: Option<String>,
    /// The caller's CPU time as a share of one processor; absent when it cannot be read.
    pub busy: Option<f64>,
    /// The time in which the caller could have run and another program did, likewise.
    pub displaced: Option<f64>,
}

/// Makes `calls` calls, `per_second` a second, whether or not the ones before have been answered by then.
///
/// There is one caller: a call whose turn has come waits for the one before, and that wait is part of its latency. A few calls
/// are made before, and are not counted. Blocks its thread between the calls, so run it by [`super::on_own_thread`].
///
/// # Errors
/// A sentence when no latency can be recorded at all.
pub async fn steady(target: &Target, shape: Shape, per_second: f64, calls: u32, stop: &AtomicBool) -> Result<Steady, String> {
    let longest = u64::try_from(LONGEST.as_nanos()).unwrap_or(u64::MAX);
    let mut latencies = Histogram::new_with_bounds(1, longest, 3).map_err(|error| error.to_string())?;
    let mut session = Session::new(target, shape);
    let mut error = session.call().await.err();
    let period = Duration::from_secs_f64(1.0 / per_second.clamp(0.1, 1e6));
    let (before, begun) = (Share::now(), Instant::now());
    for number in 1..=calls {
        if stop.load(Relaxed) || error.is_some() {
            break;
        }
        let intended = begun + period * number;
        session.settle().await;
        wait_until(intended);
        match session.call().await {
            Ok(()) => latencies.saturating_record(u64::try_from(intended.elapsed().as_nanos()).unwrap_or(longest)),
            Err(why) => error = Some(why),
        }
    }
    let whole = begun.elapsed().as_secs_f64();
    let had = Share::since(before);
    let of_whole = |part: fn(Share) -> Duration| had.map(|had| part(had).as_secs_f64() / whole);
    Ok(Steady { latencies, error, busy: of_whole(|share| share.spent), displaced: of_whole(|share| share.waited) })
}
