//! How costs grow with one thing that is different.

use serde::{Deserialize, Serialize};

use super::figure::{Unit, rounded};
use crate::{
    compare::statistics::{interval, median, widened},
    mode::Mode,
    words::words,
};

/// What one thing costs more when there is more of it, or another kind of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Sweep {
    /// What is different from point to point.
    pub of: Axis,
    /// The lock; `open` where it is about the server's own certificate.
    pub mode: Mode,
    /// In the order of the axis.
    pub points: Vec<Point>,
    /// Whether the servers had one processor and the caller another.
    pub pinned: bool,
    /// Server CPU of the closing run over that of the opening run of the first point, minus one; absent when it could not be read.
    pub drift: Option<f64>,
    /// Why there is nothing to measure here, or nothing could be.
    pub void: Option<String>,
}

words! {
    /// What is different from point to point.
    pub enum Axis {
        /// What tokens are signed with.
        TokenKey = "token_key",
        /// The key of the caller's certificate.
        ClientKey = "client_key",
        /// The key of the server's certificate.
        ServerKey = "server_key",
        /// How many credentials the server knows.
        Credentials = "credentials",
        /// How many certificates the revocation list names.
        Revoked = "revoked",
    }
}

/// One server that was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Point {
    /// Where on the axis: a kind of key, or a number.
    pub at: String,
    /// The number, where it is one.
    pub number: Option<u64>,
    /// What was measured there.
    pub figures: Vec<Grown>,
}

/// One measured number of a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Grown {
    /// What it is.
    pub name: Quantity,
    /// What it counts in.
    pub unit: Unit,
    /// The median of the turns; absent when the number is void.
    pub value: Option<f64>,
    /// Where the true value lies with a confidence of 95 %; absent when there were fewer than six turns.
    pub interval: Option<(f64, f64)>,
    /// How many calls, or other observations, stand behind it.
    pub samples: u64,
    /// Why there is no number.
    pub void: Option<String>,
}

words! {
    /// What a number is.
    pub enum Quantity {
        /// Server CPU of a call that begins with a full handshake.
        FreshServer = "fresh_server_cpu",
        /// Caller CPU of the same.
        FreshClient = "fresh_client_cpu",
        /// Server CPU of a call on a kept connection.
        KeptServer = "kept_server_cpu",
        /// Caller CPU of the same.
        KeptClient = "kept_client_cpu",
        /// Server CPU of a call on a kept connection with a token that the server does not remember.
        UnseenServer = "unseen_server_cpu",
        /// Server CPU of giving out one token, on a kept connection.
        IssueServer = "issue_server_cpu",
        /// Caller CPU of the same.
        IssueClient = "issue_client_cpu",
        /// From the start of the process until it said that it was ready.
        Ready = "ready",
        /// Memory of the process after the calls (resident set).
        Memory = "memory",
        /// How long the command took that made all of them.
        MakeAll = "make_all",
        /// How long the command took that made one more.
        MakeOne = "make_one",
        /// From a new list in its place until the first refused handshake of a certificate that it adds.
        InForce = "in_force",
        /// The size of the list's file.
        Size = "size",
    }
}

impl Quantity {
    /// The unit of every number of this kind.
    pub fn unit(self) -> Unit {
        match self {
            Self::Memory | Self::Size => Unit::Bytes,
            _ => Unit::Microseconds,
        }
    }
}

impl Grown {
    /// From one observation per turn: their median and its interval. Void when there is none.
    pub fn of(name: Quantity, turns: &[f64], samples: u64) -> Self {
        let observed: Vec<f64> = turns.iter().copied().filter(|value| value.is_finite()).collect();
        let Some(value) = median(&observed) else { return Self::void(name, samples, "nothing was observed") };
        let interval = interval(&observed).map(both);
        Self { name, unit: name.unit(), value: Some(rounded(value)), interval, samples, void: None }
    }

    /// A number that was read once.
    pub fn once(name: Quantity, value: f64) -> Self {
        Self::of(name, &[value], 1)
    }

    /// The same number on a machine that changed by the share `by` while it was taken.
    #[must_use]
    pub fn less_certain(mut self, by: f64) -> Self {
        self.interval = self.interval.map(|interval| both(widened(interval, by)));
        self
    }

    /// A number that is not given, and why.
    pub fn void(name: Quantity, samples: u64, why: impl Into<String>) -> Self {
        Self { name, unit: name.unit(), value: None, interval: None, samples, void: Some(why.into()) }
    }
}

fn both((low, high): (f64, f64)) -> (f64, f64) {
    (rounded(low), rounded(high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_median_of_its_turns_with_its_interval() {
        let turns = [9.0, 7.123_4, 8.0, 8.5, 7.5, 8.25, 7.75];
        let grown = Grown::of(Quantity::KeptServer, &turns, 300);
        // Of seven, all but 2 in 128 times, the median lies between the lowest and the highest.
        assert_eq!((grown.value, grown.interval, grown.unit), (Some(8.0), Some((7.12, 9.0)), Unit::Microseconds));
        assert_eq!(grown.less_certain(-0.1).interval, Some((6.47, 9.9)));
        let few = Grown::of(Quantity::InForce, &turns[..3], 3);
        assert_eq!((few.value, few.interval), (Some(8.0), None), "three say too little");
        assert_eq!(Grown::once(Quantity::Memory, 17.456).value, Some(17.46));
    }

    #[test]
    fn a_number_of_nothing_is_void_and_says_so() {
        for turns in [&[][..], &[f64::NAN], &[f64::INFINITY]] {
            let grown = Grown::of(Quantity::Ready, turns, 0);
            assert_eq!((grown.value, grown.interval), (None, None));
            assert!(grown.void.is_some());
        }
    }
}
