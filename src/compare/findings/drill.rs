//! The drilled half of the findings: what happened to callers that were at work meanwhile.

use serde::{Deserialize, Serialize};

use crate::{mode::Mode, words::words};

/// One drill in one mode: an event while many connections are busy, several times, each time with a fresh credential.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Drill {
    /// What ends the credential.
    pub event: Event,
    /// The lock.
    pub mode: Mode,
    /// How it ends: the command as a person types it, or what it was given as a life.
    pub how: String,
    /// How many connections were busy with it.
    pub busy: u64,
    /// Longer than this must nothing be accepted, in milliseconds.
    pub limit_ms: f64,
    /// One per kind of connection.
    pub lasted: Vec<Lasted>,
    /// How long the command took, once per round, in milliseconds; empty where time alone did it.
    pub command_ms: Vec<f64>,
    /// Requests that another caller made meanwhile, with a credential of its own.
    pub neighbour_calls: u64,
    /// How many of them were refused. None may be.
    pub neighbour_refused: u64,
    /// Why rounds do not count, once per round.
    pub void: Vec<String>,
}

words! {
    /// What ends a credential.
    pub enum Event {
        /// An operator takes it back.
        Revoked = "revoked",
        /// Its time is over.
        Expired = "expired",
    }
}

words! {
    /// How a busy caller uses connections.
    pub enum Kind {
        /// A new one for every call, with a full handshake.
        New = "new",
        /// One kept for all calls, HTTP/1.1.
        Kept = "kept",
        /// One kept for all calls, HTTP/2.
        Http2 = "http2",
        /// A new one for every call that resumes the TLS session of the call before.
        Resumed = "resumed",
    }
}

/// How long a credential went on over one kind of connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Lasted {
    /// The kind.
    pub kind: Kind,
    /// From the event to the end of the last accepted request, once per round, in milliseconds; 0 when that was before.
    pub samples_ms: Vec<f64>,
    /// From the end of the last accepted request to the event, once per round, in milliseconds; 0 when it was after. With
    /// `samples_ms` this says how near to its moment a credential went on.
    #[serde(default)]
    pub before_ms: Vec<f64>,
    /// Requests over this kind that were accepted, in all rounds.
    pub accepted: u64,
}

/// What it takes to renew a credential instead of withdrawing it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Renewal {
    /// The command as a person types it.
    pub command: String,
    /// How long it took, once per run, in milliseconds.
    pub wall_ms: Vec<f64>,
    /// CPU time of the command per run, in milliseconds; absent where the system does not tell.
    pub cpu_ms: Option<f64>,
}

impl Drill {
    /// How many rounds count.
    pub fn rounds(&self) -> usize {
        self.lasted.iter().map(|lasted| lasted.samples_ms.len()).max().unwrap_or(0)
    }

    /// What did not go as it must, in sentences; nothing when all did.
    pub fn faults(&self) -> Vec<String> {
        let (event, mode, limit) = (self.event, self.mode, self.limit_ms);
        let late = self.lasted.iter().filter_map(|lasted| {
            let longest = lasted.longest().filter(|longest| *longest > limit)?;
            let kind = lasted.kind;
            Some(format!(
                "{event}, {mode}: on {kind} connections a request was accepted {longest:.1} ms after; {limit:.0} ms are allowed"
            ))
        });
        let refused = self.neighbour_refused;
        let neighbour = (refused > 0).then(|| {
            format!("{event}, {mode}: {refused} of {} requests of another caller were refused meanwhile", self.neighbour_calls)
        });
        late.chain(neighbour).collect()
    }
}

impl Lasted {
    /// The shortest sample that half of the rounds do not exceed.
    pub fn median(&self) -> Option<f64> {
        median(&self.samples_ms)
    }

    /// The shortest sample.
    pub fn shortest(&self) -> Option<f64> {
        self.samples_ms.iter().copied().reduce(f64::min)
    }

    /// The longest sample.
    pub fn longest(&self) -> Option<f64> {
        self.samples_ms.iter().copied().reduce(f64::max)
    }
}

/// The smallest of `samples` that half of them do not exceed.
pub fn median(samples: &[f64]) -> Option<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lasted(samples: &[f64]) -> Lasted {
        Lasted { kind: Kind::Kept, samples_ms: samples.to_vec(), before_ms: Vec::new(), accepted: 100 }
    }

    fn drill(samples: &[f64], refused: u64) -> Drill {
        Drill {
            event: Event::Revoked,
            mode: Mode::Mtls,
            how: "authbench cert revoke partner".into(),
            busy: 50,
            limit_ms: 100.0,
            lasted: vec![lasted(samples)],
            command_ms: Vec::new(),
            neighbour_calls: 300,
            neighbour_refused: refused,
            void: Vec::new(),
        }
    }

    #[test]
    fn a_distribution_is_told_by_samples_that_were_seen() {
        let few = lasted(&[9.0, 0.0, 4.0]);
        assert_eq!((few.shortest(), few.median(), few.longest()), (Some(0.0), Some(4.0), Some(9.0)));
        assert_eq!(lasted(&[7.0, 8.0, 9.0, 1.0]).median(), Some(7.0));
        let none = lasted(&[]);
        assert_eq!((none.shortest(), none.median(), none.longest()), (None, None, None));
    }

    #[test]
    fn the_limit_may_be_reached_and_not_passed() {
        assert!(drill(&[0.0, 100.0], 0).faults().is_empty());
        insta::assert_snapshot!(drill(&[3.0, 100.3], 0).faults().join("\n"), @"revoked, mtls: on kept connections a request was accepted 100.3 ms after; 100 ms are allowed");
        insta::assert_snapshot!(drill(&[], 2).faults().join("\n"), @"revoked, mtls: 2 of 300 requests of another caller were refused meanwhile");
    }
}
