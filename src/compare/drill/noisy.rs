//! A noisy neighbour: one caller asks for twenty times what it may, and another one's latency is taken meanwhile and without.

use std::{
    sync::{
        Arc,
        atomic::{
            AtomicBool, AtomicU64,
            Ordering::{Relaxed, SeqCst},
        },
    },
    time::{Duration, Instant},
};

use futures_util::future::try_join_all;
use hdrhistogram::Histogram;
use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval, sleep},
};

use super::{pass::Pass, post::Post, seen::End, session::Session};
use crate::compare::{
    findings::{Kind, Noisy, Shape},
    load::{Target, on_own_thread, steady},
};

/// What the noisy caller may, a second; its plan has that name.
pub(super) const LOUD: &str = "loud";
pub(super) const ALLOWED: u32 = 100;
/// It asks for so many times that, over so many connections.
const TIMES: u32 = 20;
const CONNECTIONS: u32 = 20;
/// The other one's calls: so many a second, so many in a slice.
const PER_SECOND: f64 = 500.0;
const SLICE: u32 = 320;
/// How long the flood goes on before anything counts: what its bucket holds is served first.
const SETTLING: Duration = Duration::from_millis(150);
/// How many times its quiet value the other one's p99 may be: beyond it in every pair of slices is a fault.
const LIMIT: f64 = 1.5;

/// So many quiet and so many flooded slices, in turns.
///
/// # Errors
/// A sentence when something could not be done at all.
pub(super) async fn noisy(post: &Post, pairs: u32) -> Result<Noisy, String> {
    let (other, loud) = (post.give("other", None).await?, post.give_in(LOUD, LOUD, None).await?);
    let mut seen = [Half::new()?, Half::new()?];
    let (mut asked, mut lasted, mut ratios) = (Asked::default(), Duration::ZERO, Vec::new());
    for pair in 0..pairs {
        // Nobody is always first.
        let order = if pair % 2 == 0 { [false, true] } else { [true, false] };
        let mut p99 = [0.0; 2];
        for flooded in order {
            let flood = flooded.then(|| Flood::begin(loud.clone()));
            sleep(SETTLING).await;
            p99[usize::from(flooded)] = seen[usize::from(flooded)].slice(&other).await?;
            if let Some(flood) = flood {
                let (more, took) = flood.end().await?;
                (asked, lasted) = (asked.and(&more), lasted + took);
            }
        }
        let [quiet, flooded] = p99;
        ratios.push((flooded / quiet * 100.0_f64).round() / 100.0);
    }
    let [quiet, flooded] = seen;
    Ok(Noisy { ratios, ..told(post, &asked, lasted, quiet, flooded) })
}

/// What the other one saw with, or without, the flood.
struct Half {
    /// Nanoseconds, of every other slice and of those between.
    latencies: [Histogram<u64>; 2],
    slices: usize,
    unserved: Option<String>,
}

impl Half {
    fn new() -> Result<Self, String> {
        let empty = || Histogram::new(3).map_err(|error| error.to_string());
        Ok(Self { latencies: [empty()?, empty()?], slices: 0, unserved: None })
    }

    /// Takes one more slice, and gives its p99 in milliseconds.
    async fn slice(&mut self, other: &Pass) -> Result<f64, String> {
        let target = Target { dial: other.dial(Kind::Kept)?, call: other.call.clone(), token: None };
        let stop = AtomicBool::new(false);
        let seen = on_own_thread(async move || steady(&target, Shape::Kept, PER_SECOND, SLICE, &stop).await).await??;
        let p99 = millis(seen.latencies.value_at_quantile(0.99));
        self.latencies[self.slices % 2].add(seen.latencies).map_err(|error| error.to_string())?;
        self.slices += 1;
        self.unserved = self.unserved.take().or(seen.error);
        Ok(p99)
    }

    fn calls(&self) -> u64 {
        self.latencies.iter().map(Histogram::len).sum()
    }

    /// Of all slices, in milliseconds.
    fn p99(&self) -> f64 {
        let [mut all, rest] = self.latencies.clone();
        all += rest;
        millis(all.value_at_quantile(0.99))
    }

    /// How many times the p99 of one half of the slices is that of the other.
    fn restless(&self) -> f64 {
        let [one, other] = self.latencies.each_ref().map(|half| millis(half.value_at_quantile(0.99)));
        one.max(other) / one.min(other)
    }
}

/// A caller that asks too much, on a thread of its own. Dropping it lets it go home.
struct Flood {
    home: Arc<AtomicBool>,
    begun: Instant,
    work: JoinHandle<Result<Result<Asked, String>, String>>,
}

#[derive(Debug, Default)]
struct Asked {
    served: AtomicU64,
    refused: AtomicU64,
}

impl Flood {
    fn begin(loud: Pass) -> Self {
        let home = Arc::new(AtomicBool::new(false));
        let theirs = Arc::clone(&home);
        let work = tokio::spawn(on_own_thread(async move || flood(&loud, &theirs).await));
        Self { home, begun: Instant::now(), work }
    }

    async fn end(mut self) -> Result<(Asked, Duration), String> {
        self.home.store(true, SeqCst);
        let took = self.begun.elapsed();
        let asked = (&mut self.work).await.map_err(|error| error.to_string())???;
        Ok((asked, took))
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.home.store(true, SeqCst);
    }
}

async fn flood(loud: &Pass, home: &AtomicBool) -> Result<Asked, String> {
    let asked = Asked::default();
    let period = Duration::from_secs(1) * CONNECTIONS / (ALLOWED * TIMES);
    let one = async |number: u32| {
        let mut session = Session::new(Kind::Kept, loud.dial(Kind::Kept)?, loud.clone(), false);
        sleep(period * number / CONNECTIONS).await;
        let mut timetable = interval(period);
        timetable.set_missed_tick_behavior(MissedTickBehavior::Burst);
        while !home.load(SeqCst) {
            timetable.tick().await;
            match session.call().await.1 {
                End::Accepted => asked.served.fetch_add(1, Relaxed),
                End::Refused(_) => asked.refused.fetch_add(1, Relaxed),
                End::Failed(why) => return Err(format!("the flood: {why}")),
            };
        }
        Ok(())
    };
    try_join_all((0..CONNECTIONS).map(one)).await?;
    Ok(asked)
}

impl Asked {
    fn and(self, other: &Self) -> Self {
        self.served.fetch_add(other.served.load(Relaxed), Relaxed);
        self.refused.fetch_add(other.refused.load(Relaxed), Relaxed);
        self
    }
}

fn told(post: &Post, asked: &Asked, lasted: Duration, quiet: Half, flooded: Half) -> Noisy {
    let (served, refused) = (asked.served.load(Relaxed), asked.refused.load(Relaxed));
    #[expect(clippy::cast_precision_loss, reason = "some thousand requests")]
    let asked_per_second = ((served + refused) as f64 / lasted.as_secs_f64()).round();
    Noisy {
        mode: post.mode,
        allowed_per_second: ALLOWED,
        asked_per_second,
        served,
        refused,
        calls: quiet.calls(),
        quiet_p99_ms: quiet.p99(),
        flooded_p99_ms: flooded.p99(),
        ratios: Vec::new(),
        limit: LIMIT,
        void: void(&quiet, asked_per_second),
        unserved: quiet.unserved.or(flooded.unserved),
    }
}

/// Why the two halves say nothing about each other: too little was asked, or the machine was not at rest without it either.
fn void(quiet: &Half, asked_per_second: f64) -> Option<String> {
    if asked_per_second < f64::from(ALLOWED * TIMES) * 0.9 {
        return Some(format!("the flood made {asked_per_second} requests a second only"));
    }
    let restless = quiet.restless();
    (restless > LIMIT).then(|| format!("its p99 differed by {restless:.2} times between slices without a flood"))
}

/// Thousandths: the latencies are fractions of a millisecond.
#[expect(clippy::cast_precision_loss, reason = "a latency of days would be needed")]
fn millis(nanos: u64) -> f64 {
    (nanos as f64 / 1e3).round() / 1e3
}
