//! Who may call from where: lists, and whose word about an address counts. Real sources: all of 127.0.0.0/8 is this machine.

mod forged;
mod forwarded;
mod lists;
mod proxy_protocol;
mod real;
mod reload;

use serde_json::Value;

use crate::lab::{Answer, Caller, LOCKS, Server, eventually};

/// The record of the request that was answered so.
fn record_of(server: &Server, answer: &Answer) -> Value {
    let id = answer.header("x-request-id").unwrap();
    let mut found = None;
    eventually("the request is recorded", || {
        let records = server.records();
        found = records.lines().filter(|line| line.contains(id)).find_map(|line| serde_json::from_str(line).ok());
        found.is_some()
    });
    found.unwrap()
}
