//! What happened to callers at work while something failed and came back.

use serde::{Deserialize, Serialize};

use crate::{mode::Mode, words::words};

/// One kind of failure behind one lock, some times over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Outage {
    /// What failed.
    pub what: Failure,
    /// The lock.
    pub mode: Mode,
    /// What was done to it, in words.
    pub how: String,
    /// How many callers were at work.
    pub busy: u64,
    /// For so long may calls be served without what failed, in milliseconds; absent where nothing was promised.
    pub limit_ms: Option<f64>,
    /// One per round.
    pub rounds: Vec<Gap>,
    /// How the calls ended that were not served, the most frequent first.
    pub ended: Vec<Ended>,
    /// Why rounds do not count, once per try.
    pub void: Vec<String>,
}

words! {
    /// What fails.
    pub enum Failure {
        /// The server is killed (SIGKILL) and started again.
        Killed = "killed",
        /// The server is told to stop (SIGTERM) and started again.
        Stopped = "stopped",
        /// The server's state directory is gone for a while.
        StoreLost = "store_lost",
        /// Who makes credentials is gone: the token service, the key of the CA.
        IssuerLost = "issuer_lost",
        /// The token service is gone for longer than its keys may be kept.
        KeysLost = "keys_lost",
        /// The token service is gone when a server starts that trusts it.
        StartedAlone = "started_alone",
    }
}

/// One failure and the return from it, as the callers saw it. Every call has its moment, whatever became of the ones before.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Gap {
    /// Calls that ended between the failure and the end of the round.
    pub calls: u64,
    /// How many of them were not served.
    pub unserved: u64,
    /// From the failure to the end of the last call that was served before the repair began, in milliseconds; 0 when none was.
    pub served_on_ms: f64,
    /// From the failure to the end of the first call that was not served, in milliseconds; absent when every call was.
    pub first_unserved_ms: Option<f64>,
    /// From the failure to the moment at which the repair began, in milliseconds.
    pub repair_ms: f64,
    /// From that moment until the server said that it was ready, in milliseconds; absent when it was not started again.
    pub ready_ms: Option<f64>,
    /// From that moment to the end of the first call that was served again, in milliseconds; absent when none was.
    pub back_ms: Option<f64>,
    /// From that moment to the end of the last call that was not served, in milliseconds; 0 when that was before, absent when
    /// calls still failed at the end of the round.
    pub all_back_ms: Option<f64>,
    /// The longest that a served call took, from its intended moment, in milliseconds.
    pub longest_ms: f64,
    /// Callers that resumed a TLS session with their first served call after the repair, of those that resumed one before.
    pub resumed: u64,
    /// Those that had to shake hands in full.
    pub full: u64,
    /// Calls with a credential that had been revoked just before the first failure.
    pub revoked_calls: u64,
    /// How many of them were served. None may be.
    pub revoked_served: u64,
}

/// A way in which calls ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Ended {
    /// In words.
    pub how: String,
    /// How many calls.
    pub calls: u64,
}

impl Outage {
    /// What did not go as it must, in sentences; nothing when all did.
    pub fn faults(&self) -> Vec<String> {
        let (what, mode) = (self.what, self.mode);
        let one = |gap: &Gap| {
            let gone = gap.back_ms.is_none().then(|| "nobody was served again".to_owned());
            let some = (gap.back_ms.is_some() && gap.all_back_ms.is_none()).then(|| "not everybody was served again".to_owned());
            let revoked = (gap.revoked_served > 0)
                .then(|| format!("{} of {} calls with a revoked credential were served", gap.revoked_served, gap.revoked_calls));
            let late = self
                .limit_ms
                .filter(|limit| gap.served_on_ms > *limit)
                .map(|limit| format!("a call was served {:.0} ms after it failed; {limit:.0} ms are allowed", gap.served_on_ms));
            [gone, some, revoked, late]
                .into_iter()
                .flatten()
                .map(|why| format!("{}, {mode}: {why}", what.name()))
                .collect::<Vec<_>>()
        };
        self.rounds.iter().flat_map(one).collect()
    }

    /// One figure of every round.
    pub fn each(&self, part: impl Fn(&Gap) -> Option<f64>) -> Vec<f64> {
        self.rounds.iter().filter_map(part).collect()
    }
}

impl Failure {
    /// In a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Killed => "the server killed",
            Self::Stopped => "the server told to stop",
            Self::StoreLost => "the store lost",
            Self::IssuerLost => "the maker of credentials lost",
            Self::KeysLost => "the keys of the token service lost",
            Self::StartedAlone => "a server started without the token service",
        }
    }
}

impl Gap {
    /// From the failure to the end of the first call that was served again, in milliseconds.
    pub fn down_ms(&self) -> Option<f64> {
        self.back_ms.map(|back| self.repair_ms + back)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Gap {
        Gap { served_on_ms: 990.0, back_ms: Some(30.0), all_back_ms: Some(40.0), revoked_calls: 20, ..Gap::default() }
    }

    #[test]
    fn what_must_not_happen_is_a_fault_each() {
        let outage = |gap: Gap| Outage {
            what: Failure::Killed,
            mode: Mode::Jwt,
            how: "SIGKILL".into(),
            busy: 12,
            limit_ms: Some(1100.0),
            rounds: vec![good(), gap],
            ended: Vec::new(),
            void: Vec::new(),
        };
        assert_eq!(outage(good()).faults(), [""; 0]);
        let bad = [
            Gap { back_ms: None, all_back_ms: None, ..good() },
            Gap { all_back_ms: None, ..good() },
            Gap { revoked_served: 3, ..good() },
            Gap { served_on_ms: 1100.4, ..good() },
        ];
        let faults: Vec<_> = bad.into_iter().map(|gap| outage(gap).faults().join(" | ")).collect();
        insta::assert_snapshot!(faults.join("\n"), @"
        the server killed, jwt: nobody was served again
        the server killed, jwt: not everybody was served again
        the server killed, jwt: 3 of 20 calls with a revoked credential were served
        the server killed, jwt: a call was served 1100 ms after it failed; 1100 ms are allowed
        ");
    }
}
