//! The caller's trace in the record, and nowhere else.

use serde_json::Value;

use crate::lab::{Caller, Lab, PATH, Server, eventually};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// The record of the only request to this path.
fn record(server: &Server, path: &str) -> Value {
    let find = || {
        let lines = server.records();
        let records = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        records.into_iter().find(|record| record["target"] == format!("GET {path}"))
    };
    eventually("the request is recorded", || find().is_some());
    find().unwrap()
}

#[test]
fn the_trace_of_a_served_and_of_a_refused_request_is_in_its_record() {
    let lab = Lab::new();
    let server = lab.serve("apikey");
    let caller = Caller::with_key(lab.effective(&["key", "add", "partner"])["key"].as_str().unwrap());
    let traceparent = format!("00-{TRACE}-{PARENT}-01");
    let answer = caller.on(&mut caller.line(&server), &[("traceparent", &traceparent)]);
    assert_eq!(answer.outcome(), "allowed");
    assert!(answer.header("traceparent").is_none(), "{answer:?}");
    server.line(None).get("/hello-world", &[("traceparent", &traceparent)]).unwrap();
    for (path, outcome) in [(PATH, "allowed"), ("/hello-world", "credential_missing")] {
        let record = record(&server, path);
        assert_eq!(record["outcome"], outcome);
        assert_eq!((&record["trace_id"], &record["parent_id"]), (&TRACE.into(), &PARENT.into()), "{record}");
    }
}

#[test]
fn what_is_no_trace_is_left_away_and_changes_nothing() {
    let lab = Lab::new();
    let server = lab.serve("open");
    let right = format!("00-{TRACE}-{PARENT}-01");
    for (at, wrong) in [
        vec![("traceparent", "00-zz-zz-01")],
        vec![("traceparent", right.as_str()), ("traceparent", right.as_str())],
        vec![("traceparent", "")],
        vec![],
    ]
    .iter()
    .enumerate()
    {
        let path = format!("/nowhere-{at}");
        assert_eq!(server.line(None).get(&path, wrong).unwrap().status, 404, "{wrong:?}");
        let record = record(&server, &path);
        assert!(record.get("trace_id").is_none() && record.get("parent_id").is_none(), "{record}");
    }
}
