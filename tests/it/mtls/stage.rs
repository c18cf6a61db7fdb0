//! A server with its laboratory, and what it recorded of each caller. Every call comes from an address of its own, so that the
//! record of one is never taken for that of another.

use std::{
    net::Ipv4Addr,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use serde_json::Value;

use super::call::{Call, Files};
use crate::lab::{Lab, Server, eventually, text};

pub(super) struct Stage {
    pub(super) lab: Lab,
    pub(super) server: Server,
    ca: PathBuf,
    next: AtomicU32,
}

impl Stage {
    /// A server in mode `mtls` with this configuration.
    pub(super) fn new(toml: &str) -> Self {
        let lab = Lab::new();
        lab.configure(toml);
        Self::on(lab)
    }

    /// The same where something was made already.
    pub(super) fn on(lab: Lab) -> Self {
        let server = lab.serve("mtls");
        let ca = server.ca.clone();
        Self { lab, server, ca, next: AtomicU32::new(u32::from(Ipv4Addr::new(127, 1, 0, 1))) }
    }

    /// The same, where this verifies the server.
    pub(super) fn verified_by(self, ca: PathBuf) -> Self {
        Self { ca, ..self }
    }

    /// A usual call to this server, from an address that nobody else calls from.
    pub(super) fn call(&self, tls: &'static str, files: Option<&Files>) -> Call {
        let from = Ipv4Addr::from(self.next.fetch_add(1, Ordering::Relaxed));
        let (port, ca) = (self.server.port, self.ca.clone());
        Call { port, ca, from, tls, files: files.cloned(), name: Some("localhost"), alpn: None, resume: false }
    }

    /// Everything that the server recorded, one line each: address, outcome, and who it was.
    pub(super) fn recorded(&self) -> Vec<(Ipv4Addr, String)> {
        let records = self.server.records();
        let records = records.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        records.filter(|record| record["address"].is_string()).map(|record| (address(&record), summary(&record))).collect()
    }

    /// The same, once there are so many.
    pub(super) fn recorded_when(&self, count: usize) -> Vec<(Ipv4Addr, String)> {
        eventually("every call is recorded", || self.recorded().len() >= count);
        self.recorded()
    }

    /// What was recorded of one address, once it is so much.
    pub(super) fn recorded_of(&self, from: Ipv4Addr, count: usize) -> Vec<String> {
        let of = || self.recorded().into_iter().filter(|(other, _)| *other == from).map(|(_, record)| record).collect::<Vec<_>>();
        eventually("every call is recorded", || of().len() >= count);
        of()
    }

    /// How many handshakes were refused for that reason.
    pub(super) fn refused(&self, reason: &str) -> u64 {
        self.server.metric(&format!("authbench_handshakes_refused_total{{reason=\"{reason}\"}}"))
    }
}

fn address(record: &Value) -> Ipv4Addr {
    text(record, "address").parse().unwrap()
}

/// `allowed partner`, `403 expired`, or `TLS expired CN=partner 4cb3…`.
fn summary(record: &Value) -> String {
    let or_nobody = |member: &str| record[member].as_str().unwrap_or("nobody").to_owned();
    match text(record, "event") {
        "request" if record["outcome"] == "allowed" => format!("allowed {}", or_nobody("caller")),
        "request" => format!("{} {}", record["status"], or_nobody("outcome")),
        _ => format!("TLS {} {} {}", or_nobody("reason"), or_nobody("subject"), or_nobody("serial")),
    }
}
