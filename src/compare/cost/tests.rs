//! The checks that make a number void, and a whole measurement against a small server.

use hdrhistogram::Histogram;

use super::*;
use crate::compare::load::{Steady, tests::server};

const STILL: Result<f64, String> = Ok(0.01);

fn open_loop(calls: u64, busy: f64) -> Steady {
    let mut latencies = Histogram::new_with_bounds(1, 60_000_000_000, 3).unwrap();
    for call in 0..calls {
        latencies.record(100_000 + call * 100).unwrap();
    }
    Steady { latencies, error: None, busy: Some(busy), displaced: Some(0.01) }
}

fn closed_loop() -> Burst {
    Burst { calls: 100, took: Duration::from_millis(10), cpu: Some(Duration::from_millis(3)), bytes: 40_000, error: None }
}

fn book() -> Book {
    let mut book = Book::default();
    for server in [9.0, 11.0, 10.0] {
        book.burst(closed_loop(), Ok(server));
        book.steady(open_loop(400, 0.2));
    }
    book
}

fn told(book: &Book, drift: &Result<f64, String>) -> String {
    let line = |figure: &Figure| match (figure.value, &figure.void) {
        (Some(value), None) => format!("{} {value} of {}", figure.name, figure.samples),
        (None, Some(why)) => format!("{} void: {why}", figure.name),
        both => format!("{} broken: {both:?}", figure.name),
    };
    book.figures(drift).iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_quiet_machine_gives_every_figure() {
    insta::assert_snapshot!(told(&book(), &STILL), @"
    p50 119.94 of 1200
    p99 139.52 of 1200
    server_cpu 10 of 300
    client_cpu 30 of 300
    wire_bytes 400 of 300
    ");
}

#[test]
fn a_figure_that_cannot_be_trusted_is_void_and_says_why() {
    insta::assert_snapshot!(told(&book(), &Ok(-0.31)), @"
    p50 119.94 of 1200
    p99 139.52 of 1200
    server_cpu void: the baseline changed by -31 % between the opening and the closing run
    client_cpu void: the baseline changed by -31 % between the opening and the closing run
    wire_bytes 400 of 300
    ");
    insta::assert_snapshot!(told(&book(), &Err("no clock".into())), @"
    p50 119.94 of 1200
    p99 139.52 of 1200
    server_cpu void: nothing says whether the machine held still: no clock
    client_cpu void: nothing says whether the machine held still: no clock
    wire_bytes 400 of 300
    ");
    let mut saturated = book();
    saturated.steady(open_loop(400, 0.97));
    insta::assert_snapshot!(told(&saturated, &STILL), @"
    p50 void: the caller was busy for more than 90 % of the time: its own queue would be measured
    p99 void: the caller was busy for more than 90 % of the time: its own queue would be measured
    server_cpu 10 of 300
    client_cpu 30 of 300
    wire_bytes 400 of 300
    ");
    let mut displaced = book();
    displaced.steady(Steady { displaced: Some(0.4), ..open_loop(400, 0.2) });
    insta::assert_snapshot!(told(&displaced, &STILL), @"
    p50 void: other programs took the caller's processor for more than 10 % of the time
    p99 void: other programs took the caller's processor for more than 10 % of the time
    server_cpu 10 of 300
    client_cpu 30 of 300
    wire_bytes 400 of 300
    ");
    let mut few = Book::default();
    few.burst(Burst { cpu: None, ..closed_loop() }, Err("no such clock".into()));
    few.steady(open_loop(999, 0.1));
    insta::assert_snapshot!(told(&few, &STILL), @"
    p50 150.02 of 999
    p99 void: 999 calls are too few for a 99th percentile: it takes 1000
    server_cpu void: no such clock
    client_cpu void: this system does not tell the CPU time of a thread in /proc
    wire_bytes 400 of 100
    ");
    let mut failed = book();
    failed.burst(Burst { error: Some("answered 503".into()), ..closed_loop() }, Ok(1.0));
    insta::assert_snapshot!(told(&failed, &STILL), @"
    p50 void: a call failed: answered 503
    p99 void: a call failed: answered 503
    server_cpu void: a call failed: answered 503
    client_cpu void: a call failed: answered 503
    wire_bytes void: a call failed: answered 503
    ");
    insta::assert_snapshot!(told(&Book::default(), &STILL), @"
    p50 void: nothing was observed
    p99 void: 0 calls are too few for a 99th percentile: it takes 1000
    server_cpu void: nothing was observed
    client_cpu void: this system does not tell the CPU time of a thread in /proc
    wire_bytes void: nothing was observed
    ");
}

fn small() -> Plan {
    let (burst_limit, steady_limit) = (Duration::from_secs(1), Duration::from_millis(50));
    Plan { repeats: 2, first_calls: 1, kept_burst: 20, fresh_burst: 5, burst_limit, steady_calls: 10, steady_limit }
}

#[tokio::test]
async fn every_stand_gets_its_figures_in_every_shape() {
    let target = server(200, u32::MAX, Duration::ZERO).await.target;
    let stand = |mode| Stand { mode, pid: std::process::id(), target: target.clone() };
    let stands = [stand(Mode::Open), stand(Mode::Apikey)];
    let told = std::sync::atomic::AtomicU64::new(0);
    let progress = || {
        told.fetch_add(1, Relaxed);
    };
    let measured = measure(&stands, small(), &AtomicBool::new(false), progress).await.unwrap();
    let shapes: Vec<_> = measured.costs.iter().map(|cost| format!("{} {}", cost.mode, cost.shape)).collect();
    assert_eq!(shapes, ["open first", "open fresh", "open kept", "apikey first", "apikey fresh", "apikey kept"]);
    assert_eq!(told.load(Relaxed), steps(2, small()));
    let p50 = measured.costs[1].figures.iter().find(|figure| figure.name == Measure::P50).unwrap();
    // Whether it may be told depends on what else runs on this machine.
    assert_eq!(p50.samples, 20, "{p50:?}");
}

#[tokio::test]
async fn a_caller_that_is_not_served_ends_the_measurement() {
    let target = server(403, u32::MAX, Duration::ZERO).await.target;
    let stand = Stand { mode: Mode::Jwt, pid: std::process::id(), target };
    let ended = measure(&[stand], small(), &AtomicBool::new(false), || {}).await.unwrap_err();
    assert_eq!(ended, "jwt: the caller is not served: answered 403 Forbidden");
    assert!(measure(&[], small(), &AtomicBool::new(false), || {}).await.is_err());
}

#[tokio::test]
async fn an_interrupted_measurement_gives_no_numbers() {
    let target = server(200, u32::MAX, Duration::ZERO).await.target;
    let stand = Stand { mode: Mode::Open, pid: std::process::id(), target };
    assert_eq!(measure(&[stand], small(), &AtomicBool::new(true), || {}).await.unwrap_err(), "it was interrupted");
}
