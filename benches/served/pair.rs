//! Two servers in turns, and what a request costs each.

use std::{thread, time::Duration};

use bytes::Bytes;
use http::{Request, StatusCode};

use crate::served::Served;

/// How many turns each has, and how many requests are in one.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) rounds: usize,
    pub(crate) requests: usize,
}

impl Extent {
    /// For what differs by more than a few hundredths.
    pub(crate) const USUAL: Self = Self { rounds: 31, requests: 2_000 };
    /// To see that it works.
    const ONCE: Self = Self { rounds: 1, requests: 10 };
}

/// What a server still does after its last answer belongs to it.
const SETTLING: Duration = Duration::from_millis(40);

/// One of the two: what it is called, the server, and what is asked of it, in turns.
pub(crate) struct Side {
    pub(crate) name: String,
    pub(crate) served: Served,
    pub(crate) requests: Vec<Request<Bytes>>,
}

/// Gives both their turns and prints what a request costs, the first one's as the measure.
#[expect(clippy::print_stdout, reason = "this program's only result")]
pub(crate) fn compare(what: &str, mut sides: [Side; 2], extent: Extent, whole: bool) {
    let Extent { rounds, requests } = if whole { extent } else { Extent::ONCE };
    let mut costs = [Vec::new(), Vec::new()];
    for round in 0..=rounds {
        for place in [0, 1] {
            let at = (round + place) % 2;
            let cost = turn(&mut sides[at], round * requests, requests);
            // The first round is for code, caches and allocators.
            if round > 0 {
                costs[at].push(cost);
            }
        }
    }
    if !whole {
        return;
    }
    println!(
        "\n| {what} | started, ms | in memory, MB | µs CPU of the server per request, median | 10 % – 90 % |\n|---|---|---|---|---|"
    );
    let ratios: Vec<f64> = costs[0].iter().zip(&costs[1]).map(|(first, second)| second / first).collect();
    for (side, costs) in sides.iter().zip(costs) {
        let (low, median, high) = spread(costs);
        let (started, resident) = (side.served.started.as_millis(), side.served.resident / 1_000_000);
        println!("| {} | {started} | {resident} | {median:.2} | {low:.2} – {high:.2} |", side.name);
    }
    let (low, median, high) = spread(ratios);
    println!(
        "\nThe second over the first, round by round: median {median:.3}, 10 % – 90 % {low:.3} – {high:.3}; {rounds} rounds of {requests} requests."
    );
}

/// Microseconds of CPU that the server spent on each request.
fn turn(side: &mut Side, from: usize, requests: usize) -> f64 {
    let before = side.served.cpu();
    for number in from..from + requests {
        let answer = side.served.call(&side.requests[number % side.requests.len()]);
        assert_eq!(answer.status, StatusCode::OK, "{}: {:?}", side.name, answer.body);
    }
    thread::sleep(SETTLING);
    let spent = side.served.cpu().saturating_sub(before);
    spent.as_secs_f64() * 1e6 / f64::from(u32::try_from(requests).unwrap_or(u32::MAX))
}

fn spread(mut all: Vec<f64>) -> (f64, f64, f64) {
    all.sort_unstable_by(f64::total_cmp);
    let tenth = |part: usize| all[part * (all.len() - 1) / 10];
    (tenth(1), tenth(5), tenth(9))
}
