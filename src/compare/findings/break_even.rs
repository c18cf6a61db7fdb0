//! From how many calls on two locks cost the same, as it was found.

use serde::{Deserialize, Serialize};

use super::{Measure, Over};
use crate::{mode::Mode, words::words};

words! {
    /// What is paid for once, before a number of calls.
    pub enum Per {
        /// A new token, for calls on a connection that is open.
        Token = "token",
        /// A new connection with a full handshake.
        Connection = "connection",
    }
}

words! {
    /// Whether the lock that pays more at the start ever makes up for it.
    pub enum Answer {
        /// At a number of calls.
        At = "at",
        /// At none: it pays more for each call too.
        Never = "never",
        /// From the first call on.
        Always = "always",
        /// The calls differ by less than can be told here: perhaps at some number, perhaps never.
        Undecided = "undecided",
    }
}

/// One lock that pays more at the start, beside another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BreakEven {
    /// What is paid for at the start.
    pub per: Per,
    /// Who pays more for it.
    pub starter: Mode,
    /// Who is compared.
    pub other: Mode,
    /// What is counted: `server_cpu` or `wire_bytes`.
    pub measure: Measure,
    /// How much more the start costs the one than the other; absent when it is void.
    pub start: Option<Over>,
    /// How much less each call then costs it; negative when it costs more.
    pub saving: Option<Over>,
    /// The answer; absent when it is void.
    pub answer: Option<Answer>,
    /// At how many calls both cost the same: the median over the repeats; absent when at none.
    pub calls: Option<f64>,
    /// The least that it may be, with a confidence of 95 %; absent when at none.
    pub least: Option<f64>,
    /// The most that it may be, likewise; absent when it may be none.
    pub most: Option<f64>,
    /// The point at which it was tried.
    pub tried: Option<Confirmed>,
    /// Why there is no answer.
    pub void: Option<String>,
}

impl BreakEven {
    /// A question that nobody has answered yet.
    pub fn between(per: Per, starter: Mode, other: Mode, measure: Measure) -> Self {
        Self {
            per,
            starter,
            other,
            measure,
            start: None,
            saving: None,
            answer: None,
            calls: None,
            least: None,
            most: None,
            tried: None,
            void: None,
        }
    }
}

/// A number of calls that both locks made, each after a start of its own, in turns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Confirmed {
    /// Calls per start.
    pub calls: u32,
    /// What they cost the one that pays more at the start, the start included: the median over the repeats.
    pub starter: f64,
    /// What they cost the other.
    pub other: f64,
    /// How many times as much the one cost as the other: the median over the repeats, with its interval.
    pub ratio: Over,
    /// Whether that is as the answer says; absent when the answer says nothing about this point.
    pub agrees: Option<bool>,
}
