//! Two servers in turns, and what a request costs each.

use std::{ops::Range, thread, time::Duration};

use bytes::Bytes;
use http::{Request, StatusCode};

use crate::served::Served;

/// How often both are started, how many rounds they have then, and how many requests each has in one.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) starts: usize,
    pub(crate) rounds: usize,
    pub(crate) requests: usize,
}

impl Extent {
    /// For what differs by more than a few hundredths.
    pub(crate) const USUAL: Self = Self { starts: 1, rounds: 31, requests: 2_000 };
    /// To see that it works.
    const ONCE: Self = Self { starts: 1, rounds: 1, requests: 10 };
}

/// So many requests are in one turn. A round has many, so that whatever else the machine does meets both alike.
const TURN: usize = 20;
/// What a server still does after its last answer belongs to it.
const SETTLING: Duration = Duration::from_millis(70);

/// One of the two: what it is called, the server, and what is asked of it, in turns.
pub(crate) struct Side {
    pub(crate) name: String,
    pub(crate) served: Served,
    pub(crate) requests: Vec<Request<Bytes>>,
}

/// Starts both, gives them their turns and prints what a request costs, the first one's as the measure.
#[expect(clippy::print_stdout, reason = "this program's only result")]
pub(crate) fn compare(what: &str, start: impl Fn(usize) -> Side, extent: Extent, whole: bool) {
    let Extent { starts, rounds, requests } = if whole { extent } else { Extent::ONCE };
    let (mut costs, mut ratios, mut by_start, mut last) = ([Vec::new(), Vec::new()], Vec::new(), Vec::new(), None);
    for time in 0..starts {
        // Neither always first, in this too.
        let mut sides = [0, 1].map(|place| start((time + place) % 2));
        sides.rotate_left(time % 2);
        // The first round is for code, caches and allocators.
        let seen: Vec<_> = (0..=rounds).map(|number| round(&mut sides, number, requests)).skip(1).collect();
        by_start.push(spread(seen.iter().map(|[first, second]| second / first)).1);
        ratios.extend(seen.iter().map(|[first, second]| second / first));
        costs.iter_mut().enumerate().for_each(|(at, costs)| costs.extend(seen.iter().map(|cost| cost[at])));
        last = Some(sides);
    }
    let Some(sides) = last.filter(|_| whole) else { return };
    println!(
        "\n| {what} | started, ms | in memory, MB | µs CPU of the server per request, median | 10 % – 90 % |\n|---|---|---|---|---|"
    );
    for (side, costs) in sides.iter().zip(costs) {
        let (low, median, high) = spread(costs);
        let (started, resident) = (side.served.started.as_millis(), side.served.resident / 1_000_000);
        println!("| {} | {started} | {resident} | {median:.2} | {low:.2} – {high:.2} |", side.name);
    }
    let (low, median, high) = spread(ratios);
    println!(
        "\nThe second over the first, round by round: median {median:.3}, 10 % – 90 % {low:.3} – {high:.3}; {rounds} rounds of {requests} requests each."
    );
    if starts > 1 {
        by_start.sort_unstable_by(f64::total_cmp);
        let medians: Vec<_> = by_start.iter().map(|ratio| format!("{ratio:.3}")).collect();
        println!("Both were started {starts} times; the medians of the starts: {}.", medians.join(", "));
    }
}

/// Microseconds of CPU that each server spent on a request of this round, in which they take turns, neither always first.
fn round(sides: &mut [Side; 2], number: usize, requests: usize) -> [f64; 2] {
    let before = sides.each_ref().map(|side| side.served.cpu());
    for (turn, from) in (number * requests..(number + 1) * requests).step_by(TURN).enumerate() {
        for place in [0, 1] {
            ask(&mut sides[(number + turn + place) % 2], from..(from + TURN).min((number + 1) * requests));
        }
    }
    thread::sleep(SETTLING);
    let requests = f64::from(u32::try_from(requests).unwrap_or(u32::MAX));
    let spent = |at: usize| sides[at].served.cpu().saturating_sub(before[at]).as_secs_f64() * 1e6 / requests;
    [spent(0), spent(1)]
}

fn ask(side: &mut Side, numbers: Range<usize>) {
    for number in numbers {
        let answer = side.served.call(&side.requests[number % side.requests.len()]);
        assert_eq!(answer.status, StatusCode::OK, "{}: {:?}", side.name, answer.body);
    }
}

fn spread(all: impl IntoIterator<Item = f64>) -> (f64, f64, f64) {
    let mut all: Vec<f64> = all.into_iter().collect();
    all.sort_unstable_by(f64::total_cmp);
    let tenth = |part: usize| all[part * (all.len() - 1) / 10];
    (tenth(1), tenth(5), tenth(9))
}
