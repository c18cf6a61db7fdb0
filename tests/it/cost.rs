//! What the costs are counted with, held against other people's instruments: the kernel's own sum, `perf`, `tcpdump`.

mod capture;
mod perf;

use std::{fs, time::Duration};

use authbench::{
    caller::{Dial, Origin, Protocol, Tls, Trust},
    compare::{
        cost::watched,
        findings::Shape,
        load::{Burst, Target, burst, first_call, on_own_thread},
    },
    mode::Mode,
};
use bytes::Bytes;
use capture::Capture;
use http::Request;
use perf::Perf;

use crate::lab::{Caller, Lab, PATH, Server};

/// A server behind the lock of API keys, and a caller that may call as often as it likes.
fn stand(lab: &Lab) -> (Server, Target) {
    lab.configure("[plans.measured]\nrate = 1000000\nburst = 1000000\n");
    let server = lab.serve("apikey");
    let caller = Caller::new(lab, &server, Mode::Apikey, "measured", &["--plan", "measured"]);
    let trust = Trust::Ca(fs::read(&server.ca).unwrap());
    let tls = Tls::new(&trust, None, Protocol::Http1, None).unwrap().without_resumption();
    let origin = Origin::parse(&server.url).unwrap();
    let dial = Dial { connect_to: Some(([127, 0, 0, 1], server.port).into()), ..Dial::new(origin, Some(tls)) };
    let (name, key) = caller.header.unwrap();
    let call = Request::get(PATH).header(name, key).body(Bytes::new()).unwrap();
    (server, Target { dial, call, token: None })
}

/// A closed loop to its end, every call of it served, with its connections closed.
async fn served(target: &Target, shape: Shape, calls: u32, limit: Duration) -> Burst {
    let target = target.clone();
    let work = on_own_thread(async move || burst(&target, shape, calls, limit, &false.into()).await);
    let seen = work.await.unwrap();
    assert_eq!(seen.error, None);
    seen
}

const LONG: Duration = Duration::from_secs(30);

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_processor_time_of_a_server_is_what_the_kernel_and_perf_count() {
    let lab = Lab::new();
    let (server, target) = stand(&lab);
    let perf = Perf::watching(server.id());
    let before = perf::ticks(server.id());
    let work = served(&target, Shape::Kept, 1_000_000, Duration::from_secs(2));
    let (seen, per_call) = watched(server.id(), work).await;
    let summed = perf::ticks(server.id()).saturating_sub(before);
    let counted = perf.map(Perf::stop);

    let ours = Duration::from_secs_f64(per_call.unwrap() * f64::from(seen.calls) / 1e6);
    println!("{} calls: {ours:?} here, {summed:?} in /proc/PID/stat, {counted:?} by perf", seen.calls);
    assert!(ours > perf::TICK * 10, "{ours:?} is too little to compare");
    assert!(ours.abs_diff(summed) <= (summed / 20).max(perf::TICK * 2), "{ours:?}, and {summed:?} in /proc/PID/stat");
    // It leaves out a part of every switch between threads, and counts what a hypervisor took away meanwhile: the more, the busier
    // the machine is. The kernel's own sum above is the strict one.
    let near = |counted: Duration| ours.abs_diff(counted) <= (counted / 5).max(perf::TICK * 2);
    assert!(counted.is_none_or(near), "{ours:?}, and {counted:?} by perf");
}

#[tokio::test]
async fn the_bytes_of_an_exchange_are_those_on_the_wire() {
    let lab = Lab::new();
    let (server, target) = stand(&lab);

    let Some(capture) = Capture::of(&lab, server.port) else { return };
    let (_, first) = {
        let target = target.clone();
        on_own_thread(async move || first_call(&target).await).await.unwrap().unwrap()
    };
    let wire = capture.until_closed(1);
    println!("first: {first} bytes counted, {} on the wire", wire.payload(0));
    assert_eq!(first, wire.payload(0));

    // The first connection of a loop is before the count.
    let capture = Capture::of(&lab, server.port).unwrap();
    let fresh = served(&target, Shape::Fresh, 2, LONG).await.bytes;
    let wire = capture.until_closed(3);
    println!("fresh: {fresh} bytes of 2 counted, {} on the wire", wire.payload(1) + wire.payload(2));
    assert_eq!(fresh, wire.payload(1) + wire.payload(2));

    // So is the first call of a kept connection.
    let capture = Capture::of(&lab, server.port).unwrap();
    let kept = served(&target, Shape::Kept, 5, LONG).await.bytes;
    let wire = capture.until_closed(1);
    println!("kept: {kept} bytes of 5 counted, {} on the wire", wire.payload_of_last(5));
    assert_eq!(kept, wire.payload_of_last(5));
}
