//! Who may call from where: lists, and whose word about an address counts. Real sources: all of 127.0.0.0/8 is this machine.

mod forged;
mod forwarded;
mod lists;
mod reload;

use authbench::mode::Mode;
use serde_json::Value;

use crate::lab::{Answer, Client, Identity, Lab, Line, PATH, Server, eventually, text};

/// The modes with a lock.
const LOCKS: [Mode; 3] = [Mode::Jwt, Mode::Mtls, Mode::Apikey];

/// A caller behind any lock: what it shows in TLS, and what it sends.
#[derive(Debug)]
struct Caller {
    identity: Option<Identity>,
    header: Option<(&'static str, String)>,
}

impl Caller {
    /// Made with these options, known to running servers. A token is fetched from `server`, at once.
    fn new(lab: &Lab, server: &Server, mode: Mode, name: &str, options: &[&str]) -> Self {
        let add = |words: &[&str]| lab.effective(&[words, &[name], options].concat());
        match mode {
            Mode::Open => Self { identity: None, header: None },
            Mode::Jwt => {
                let token = Client::of(&add(&["client", "add"])).token(&mut server.line(None));
                Self { identity: None, header: Some(("authorization", format!("Bearer {token}"))) }
            }
            Mode::Mtls => Self { identity: Some(Identity::issued(&add(&["cert", "issue"]))), header: None },
            Mode::Apikey => Self { identity: None, header: Some(("x-api-key", text(&add(&["key", "add"]), "key").into())) },
        }
    }

    /// One call from that address, with more headers.
    fn call(&self, server: &Server, from: &str, more: &[(&str, &str)]) -> Answer {
        self.on(&mut Line::open_from(server, self.identity.as_ref(), from).unwrap(), more)
    }

    /// One call on a connection that is open.
    fn on(&self, line: &mut Line, more: &[(&str, &str)]) -> Answer {
        let own = self.header.as_ref().map(|(name, value)| (*name, value.as_str()));
        let headers: Vec<_> = own.into_iter().chain(more.iter().copied()).collect();
        line.get(PATH, &headers).unwrap()
    }

    /// What came of it.
    fn outcome(&self, server: &Server, from: &str) -> String {
        self.call(server, from, &[]).outcome()
    }
}

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
