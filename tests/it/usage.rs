//! Quotas by the calendar, and the book of who was served how much.

mod book;
mod callers;
mod clock;
mod edge;
mod killed;
mod servers;

use serde_json::Value;

use crate::lab::{Answer, Lab, Line, PATH, Server, eventually, text};

/// A plan that limits by the month alone; midnight seldom comes between.
fn small(requests: u32) -> String {
    format!("[plans.small]\nrate = 10000\nburst = 10000\nquota = {{ requests = {requests}, per = \"month\" }}\n")
}

/// A caller with a key.
#[derive(Debug)]
struct Holder {
    key: String,
    line: Line,
}

impl Holder {
    fn new(lab: &Lab, server: &Server, options: &[&str]) -> Self {
        let made = lab.effective(&[&["key", "add", "partner"], options].concat());
        Self::of(text(&made, "key"), server)
    }

    fn of(key: &str, server: &Server) -> Self {
        Self { key: key.to_owned(), line: server.line(None) }
    }

    fn ask(&mut self) -> Answer {
        self.line.get(PATH, &[("x-api-key", &self.key)]).unwrap()
    }

    fn outcomes(&mut self, times: usize) -> Vec<String> {
        (0..times).map(|_| self.ask().outcome()).collect()
    }

    /// How many of so many requests were served; the rest were beyond the quota.
    fn served(&mut self, times: usize) -> usize {
        let outcomes = self.outcomes(times);
        let served = outcomes.iter().filter(|outcome| *outcome == "allowed").count();
        assert!(outcomes.iter().all(|outcome| ["allowed", "quota_exhausted"].contains(&outcome.as_str())), "{outcomes:?}");
        served
    }
}

/// What `… usage partner` says of the first of that name.
fn usage(lab: &Lab, kind: &str) -> Value {
    lab.json(&[kind, "usage", "partner"])["callers"][0].clone()
}

/// Waits until the book says that so many were served. It is written every second.
fn written(lab: &Lab, kind: &str, requests: u64) {
    eventually("it is written down", || usage(lab, kind)["requests"] == requests);
}
