//! One caller's flood is that caller's affair.

use std::{
    thread,
    time::{Duration, Instant},
};

use authbench::{caller::Protocol, mode::Mode};

use super::crowd::Crowd;
use crate::lab::{Caller, LOCKS, Lab, PATH, Server};

const FLOOD: Crowd = Crowd { protocol: Protocol::Http1, connections: 8, streams: 1 };
const DURING: Duration = Duration::from_millis(1200);

/// A quiet caller asks now and then while another one floods.
fn beside_a_flood(server: &Server, flood: &Caller, quiet: &Caller) -> Vec<String> {
    thread::scope(|scope| {
        let flooding = scope.spawn(|| FLOOD.ask(server, flood, DURING));
        let (mut line, mut outcomes, end) = (quiet.line(server), Vec::new(), Instant::now() + DURING);
        while Instant::now() < end {
            outcomes.push(line.get(PATH, &quiet.headers()).unwrap().outcome());
            thread::sleep(Duration::from_millis(50));
        }
        assert!(flooding.join().unwrap().refused > 0, "the flood was none");
        outcomes
    })
}

#[test]
fn k8_a_flood_of_one_caller_refuses_no_other() {
    for mode in LOCKS {
        let lab = Lab::new();
        lab.configure("[plans.small]\nrate = 20\nburst = 30\n");
        let server = lab.serve(mode.as_str());
        let [flood, quiet] = ["flood", "quiet"].map(|name| Caller::new(&lab, &server, mode, name, &["--plan", "small"]));
        let outcomes = beside_a_flood(&server, &flood, &quiet);
        assert!(outcomes.len() > 5 && outcomes.iter().all(|outcome| outcome == "allowed"), "{mode}: {outcomes:?}");
    }
}

#[test]
fn k8_a_flood_beyond_its_own_plan_takes_nothing_from_what_all_share() {
    let lab = Lab::new();
    lab.configure("[plans.small]\nrate = 20\nburst = 30\n[all_callers]\nrate = 100\nburst = 100\n");
    let server = lab.serve("apikey");
    let [flood, quiet] = ["flood", "quiet"].map(|name| Caller::new(&lab, &server, Mode::Apikey, name, &["--plan", "small"]));
    let outcomes = beside_a_flood(&server, &flood, &quiet);
    assert!(outcomes.iter().all(|outcome| outcome == "allowed"), "{outcomes:?}");
    assert_eq!(server.metric("authbench_limited_total{plan=\"\",limit=\"all_callers\"}"), 0);
    assert!(server.metric("authbench_limited_total{plan=\"small\",limit=\"caller\"}") > 0);
}
