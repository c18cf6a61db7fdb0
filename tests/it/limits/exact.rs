//! As many as the plan says, however they come.
//!
//! A bucket of `burst` that fills by `rate` admits `burst + rate × time` from its first decision to its last one, and no more: it is
//! no longer than from the first request to the last answer. And whenever somebody is refused, all that had come by then was taken: that is
//! no earlier than from the first answer to the last request that was refused. There is no tolerance beside this.

use std::time::Duration;

use authbench::{caller::Protocol, mode::Mode};

use super::crowd::{Counted, Crowd};
use crate::lab::{Caller, Lab};

const RATE: u32 = 20;
const BURST: u32 = 30;
/// Long enough for the rate to matter beside the burst.
const DURING: Duration = Duration::from_millis(1200);

fn http1(connections: usize) -> Crowd {
    Crowd { protocol: Protocol::Http1, connections, streams: 1 }
}

fn http2(connections: usize, streams: usize) -> Crowd {
    Crowd { protocol: Protocol::Http2, connections, streams }
}

fn is_exact(what: &str, counted: &Counted, rate: u32, burst: u32) {
    let filled = |time: Duration| burst + u32::try_from(time.as_nanos() * u128::from(rate) / 1_000_000_000).unwrap();
    let (least, most) = (filled(counted.at_least), filled(counted.at_most));
    assert!((least..=most).contains(&counted.served), "{what}: not {least} to {most}: {counted:?}");
    assert!(counted.refused > 0, "{what}: nobody was refused: {counted:?}");
}

#[test]
fn k8_exact_over_connections_and_streams() {
    let lab = Lab::new();
    lab.configure(&format!("[plans.small]\nrate = {RATE}\nburst = {BURST}\n"));
    let server = lab.serve("apikey");
    let crowds = [http1(1), http1(8), http1(64), http2(1, 1), http2(8, 1), http2(64, 1), http2(1, 64), http2(8, 8)];
    for (at, crowd) in crowds.into_iter().enumerate() {
        let caller = Caller::new(&lab, &server, Mode::Apikey, &format!("partner-{at}"), &["--plan", "small"]);
        let counted = crowd.ask(&server, &caller, DURING);
        is_exact(&format!("{crowd:?}"), &counted, RATE, BURST);
    }
}

#[test]
fn k8_of_65_at_once_one_is_too_many() {
    let lab = Lab::new();
    lab.configure("[plans.small]\nrate = 1\nburst = 64\n");
    let server = lab.serve("apikey");
    for (at, crowd) in [http2(1, 65), http2(13, 5), http1(65)].into_iter().enumerate() {
        let caller = Caller::new(&lab, &server, Mode::Apikey, &format!("partner-{at}"), &["--plan", "small"]);
        let counted = crowd.ask_once(&server, &caller);
        // On a machine that takes a second for 65 requests, one more has come.
        let more = u32::try_from(counted.at_most.as_secs()).unwrap();
        assert!((64..=64 + more).contains(&counted.served), "{crowd:?}: {counted:?}");
    }
}

#[test]
fn k8_exact_behind_every_lock() {
    for mode in [Mode::Jwt, Mode::Mtls] {
        let lab = Lab::new();
        lab.configure(&format!("[plans.small]\nrate = {RATE}\nburst = {BURST}\n"));
        let server = lab.serve(mode.as_str());
        let caller = Caller::new(&lab, &server, mode, "partner", &["--plan", "small"]);
        let counted = http1(8).ask(&server, &caller, DURING);
        is_exact(mode.as_str(), &counted, RATE, BURST);
    }
}

#[test]
fn k8_exact_for_one_operation_and_for_all_callers() {
    let lab = Lab::new();
    lab.configure(&format!(
        "[plans.wide]\nrate = 10000\nburst = 10000\n\
         [plans.narrow]\nrate = 10000\nburst = 10000\n\
         [plans.narrow.methods.\"GET /hello-world\"]\nrate = {RATE}\nburst = {BURST}\n\
         [all_callers]\nrate = 40\nburst = 50\n"
    ));
    let server = lab.serve("apikey");
    let caller = |name: &str, plan: &str| Caller::new(&lab, &server, Mode::Apikey, name, &["--plan", plan]);
    let narrow = caller("narrow", "narrow");
    is_exact("one operation", &http2(8, 8).ask(&server, &narrow, DURING), RATE, BURST);
    let wide = caller("wide", "wide");
    // Full again: nothing was taken for nothing while the first caller was refused.
    std::thread::sleep(Duration::from_millis(1300));
    let counted = http1(8).ask(&server, &wide, DURING);
    is_exact("all callers", &counted, 40, 50);
}
