//! The checks that make a number void, and a whole measurement against a small server.

use hdrhistogram::Histogram;

use super::{book::Book, *};
use crate::compare::{
    findings::{Figure, Measure},
    load::{Burst, Steady, tests::server},
};

const STILL: Drift = Ok(0.01);

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
    for server in [9.0, 11.0, 10.0, 9.5, 10.5, 10.0] {
        book.burst(closed_loop(), Ok(server));
        book.steady(open_loop(200, 0.2), 1200);
    }
    book
}

fn told(book: &Book, drift: &Drift) -> String {
    let line = |figure: &Figure| match (figure.value, &figure.void) {
        (Some(value), None) => {
            let interval = figure.interval.map(|(low, high)| format!(" ({low} to {high})")).unwrap_or_default();
            format!("{} {value}{interval} of {}", figure.name, figure.samples)
        }
        (None, Some(why)) => format!("{} void: {why}", figure.name),
        both => format!("{} broken: {both:?}", figure.name),
    };
    book.figures(None, drift).iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_quiet_machine_gives_every_figure() {
    insta::assert_snapshot!(told(&book(), &STILL), @"
    p50 109.95 (108.86 to 111.08) of 1200
    p99 119.74 (118.55 to 120.99) of 1200
    server_cpu 10 (8.91 to 11.11) of 600
    client_cpu 30 (29.7 to 30.3) of 600
    wire_bytes 400 (400 to 400) of 600
    ");
}

#[test]
fn a_figure_that_cannot_be_trusted_is_void_and_says_why() {
    insta::assert_snapshot!(told(&book(), &Ok(-0.31)), @"
    p50 109.95 (83.93 to 144.07) of 1200
    p99 119.74 (91.4 to 156.92) of 1200
    server_cpu void: the baseline changed by -31 % between the opening and the closing run
    client_cpu void: the baseline changed by -31 % between the opening and the closing run
    wire_bytes 400 (400 to 400) of 600
    ");
    insta::assert_snapshot!(told(&book(), &Err("no clock".into())), @"
    p50 109.95 (109.95 to 109.98) of 1200
    p99 119.74 (119.74 to 119.79) of 1200
    server_cpu void: nothing says whether the machine held still: no clock
    client_cpu void: nothing says whether the machine held still: no clock
    wire_bytes 400 (400 to 400) of 600
    ");
    let mut saturated = book();
    saturated.steady(open_loop(400, 0.97), 1200);
    insta::assert_snapshot!(told(&saturated, &STILL), @"
    p50 void: the caller was busy for more than 90 % of the time: its own queue would be measured
    p99 void: the caller was busy for more than 90 % of the time: its own queue would be measured
    server_cpu 10 (8.91 to 11.11) of 600
    client_cpu 30 (29.7 to 30.3) of 600
    wire_bytes 400 (400 to 400) of 600
    ");
    let mut displaced = book();
    displaced.steady(Steady { displaced: Some(0.4), ..open_loop(400, 0.2) }, 1200);
    insta::assert_snapshot!(told(&displaced, &STILL), @"
    p50 void: other programs took the caller's processor for more than 10 % of the time
    p99 void: other programs took the caller's processor for more than 10 % of the time
    server_cpu 10 (8.91 to 11.11) of 600
    client_cpu 30 (29.7 to 30.3) of 600
    wire_bytes 400 (400 to 400) of 600
    ");
    let mut few = Book::default();
    few.burst(Burst { cpu: None, ..closed_loop() }, Err("no such clock".into()));
    few.steady(open_loop(999, 0.1), 1000);
    insta::assert_snapshot!(told(&few, &STILL), @"
    p50 150.01 of 999
    p99 void: 999 calls are too few for what 99 % stay below: it takes 1000
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
    assert_eq!(told(&Book::default(), &STILL), "");
}

#[test]
fn a_tail_that_was_never_meant_to_be_measured_is_left_out() {
    let mut book = Book::default();
    book.steady(open_loop(100, 0.1), 600);
    assert_eq!(told(&book, &STILL), "p50 104.96 of 100");
}

#[test]
fn a_connection_costs_what_a_call_on_a_new_one_costs_more() {
    let mut fresh = Book::default();
    for server in [109.0, 121.0, 130.0, 99.5, 110.5, 90.0] {
        fresh.burst(Burst { bytes: 240_000, ..closed_loop() }, Ok(server));
    }
    let mut derived = Book::default();
    derived.put(Measure::ConnectionServerCpu, fresh.more(&book(), Measure::ServerCpu));
    derived.put(Measure::ConnectionBytes, fresh.more(&book(), Measure::WireBytes));
    insta::assert_snapshot!(told(&derived, &STILL), @"
    connection_server_cpu 100 (79.21 to 121.2) of 600
    connection_bytes 2000 (2000 to 2000) of 600
    ");
    fresh.fail(Some("answered 503".into()));
    derived.put(Measure::ConnectionBytes, fresh.more(&book(), Measure::WireBytes));
    insta::assert_snapshot!(told(&derived, &Ok(0.4)), @"
    connection_server_cpu void: the baseline changed by 40 % between the opening and the closing run
    connection_bytes void: a call failed: answered 503
    ");
}

fn small() -> Plan {
    let limit = Duration::from_millis(50);
    let amount = |burst, steady| Amount { burst, burst_limit: Duration::from_secs(1), steady, steady_limit: limit };
    let more = More {
        resumed: amount(2, 2),
        http2: amount(2, 2),
        tokens: amount(2, 0),
        flood: limit,
        idle: 3,
        confirming: Duration::from_millis(1),
    };
    Plan { repeats: 2, first_calls: 1, kept: amount(20, 10), fresh: amount(5, 10), more: Some(more) }
}

fn stand(mode: Mode, tls: bool, target: &crate::compare::load::Target) -> Stand {
    Stand { mode, tls, pid: std::process::id(), target: target.clone() }
}

async fn rounds(stands: &[Stand], plan: Plan, stop: bool) -> Result<Measured, String> {
    let mut measuring = Measuring::new(plan);
    for _ in 0..plan.repeats {
        measuring.round(stands, false, &Arc::new(AtomicBool::new(stop)), || {}).await?;
    }
    Ok(measuring.done())
}

#[tokio::test]
async fn every_stand_gets_its_figures_in_every_shape() {
    let target = server(200, u32::MAX, Duration::ZERO).await.target;
    let plan = Plan { more: None, ..small() };
    let stands = [stand(Mode::Open, true, &target), stand(Mode::Apikey, true, &target)];
    let measured = rounds(&stands, plan, false).await.unwrap();
    let shapes: Vec<_> = measured.costs.iter().map(|cost| format!("{} {}", cost.mode, cost.shape)).collect();
    assert_eq!(shapes, ["open first", "open fresh", "open kept", "apikey first", "apikey fresh", "apikey kept"]);
    let p50 = measured.costs[1].figure(Measure::P50).unwrap();
    // Whether it may be told depends on what else runs on this machine.
    assert_eq!(p50.samples, 20, "{p50:?}");
    let over = |index: usize| measured.costs[index].figure(Measure::WireBytes).unwrap().over;
    assert!(over(2).is_none() && over(5).is_some(), "the lock stands beside the open door, and that beside nothing");
    assert_eq!((measured.load.repeats, measured.load.tls, measured.break_even.len()), (2, None, 0));
}

#[tokio::test]
async fn what_cannot_be_had_here_is_void_and_says_why() {
    let target = server(200, u32::MAX, Duration::ZERO).await.target;
    // A server without TLS resumes nothing.
    let measured = rounds(&[stand(Mode::Open, true, &target)], small(), false).await.unwrap();
    let void = |shape, name| {
        let cost = measured.costs.iter().find(|cost| cost.shape == shape).unwrap();
        cost.figure(name).unwrap().void.clone().unwrap_or_default()
    };
    assert_eq!(void(Shape::Resumed, Measure::WireBytes), "a call failed: the server did not resume the TLS session");
    assert_eq!(void(Shape::Kept, Measure::Capacity), "the server and its caller could not be given a processor each");
    assert!(void(Shape::Http2, Measure::WireBytes).starts_with("a call failed: "));
}

#[tokio::test]
async fn a_caller_that_is_not_served_ends_the_measurement() {
    let target = server(403, u32::MAX, Duration::ZERO).await.target;
    let plan = Plan { more: None, ..small() };
    let ended = rounds(&[stand(Mode::Jwt, true, &target)], plan, false).await.unwrap_err();
    assert_eq!(ended, "jwt: the caller is not served: answered 403 Forbidden");
    assert!(rounds(&[], plan, false).await.is_err());
    assert!(rounds(&[stand(Mode::Open, false, &target)], plan, false).await.is_err(), "the control is one over TLS");
}

#[tokio::test]
async fn an_interrupted_measurement_gives_no_numbers() {
    let target = server(200, u32::MAX, Duration::ZERO).await.target;
    let plan = Plan { more: None, ..small() };
    assert_eq!(rounds(&[stand(Mode::Open, true, &target)], plan, true).await.unwrap_err(), "it was interrupted");
}
