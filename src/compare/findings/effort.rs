//! The operated part of the findings: what a task takes, counted from what was done.

use serde::{Deserialize, Serialize};

use super::Step;
use crate::{mode::Mode, words::words};

/// One task behind one lock. Every count is the length of a list of what was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Effort {
    /// What was to be done.
    pub task: Task,
    /// The lock.
    pub mode: Mode,
    /// How many callers it concerned.
    pub callers: u32,
    /// The command lines that the operator typed, in order.
    pub commands: Vec<String>,
    /// How many of them name a caller, and are typed for each one.
    pub for_callers: u32,
    /// What went from one side to the other.
    pub handed: Vec<Handed>,
    /// What the callers had to do.
    pub deeds: Vec<Deed>,
    /// Files that are other than before.
    pub files: Vec<Touched>,
    /// How often the server was started again.
    pub restarts: u32,
    /// From the first command until the calls ended as they should, once per round, in milliseconds.
    pub waited_ms: Vec<f64>,
    /// Every step of the first round with what was seen. Secrets are shortened.
    pub proof: Vec<Step>,
}

words! {
    /// What an operator has to do now and then.
    pub enum Task {
        /// A new caller is served.
        Onboard = "onboard",
        /// The same, with a private key that the caller makes and keeps.
        OnboardOwnKey = "onboard_own_key",
        /// A caller's credential is replaced while it goes on calling.
        Rotate = "rotate",
        /// A caller is refused from now on.
        Revoke = "revoke",
        /// A caller's files were copied: the thief is refused, and the caller is served.
        RecoverFiles = "recover_files",
        /// The key that makes credentials was copied: what it made is refused, and every caller is served.
        RecoverMaker = "recover_maker",
    }
}

words! {
    /// One of the two who have to do something.
    pub enum Side {
        /// Who runs the server.
        Operator = "operator",
        /// Who calls it.
        Caller = "caller",
    }
}

/// Something that went from one side to the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Handed {
    /// What: `client secret`, `certificate`, `certificate request`.
    pub what: String,
    /// Whether who reads it on the way can call in the caller's name.
    pub secret: bool,
    /// Who receives it.
    pub to: Side,
}

/// Something that a caller did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Deed {
    /// Of which kind.
    pub kind: DeedKind,
    /// What.
    pub what: String,
}

words! {
    /// What callers do.
    pub enum DeedKind {
        /// Puts what it received where its program finds it.
        Keeps = "keeps",
        /// Makes a key of its own, and what others need of it.
        Makes = "makes",
        /// Asks a service beside the resource.
        Asks = "asks",
    }
}

/// A file that is other than before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Touched {
    /// Whose.
    pub side: Side,
    /// Its path in that side's directory.
    pub path: String,
    /// What happened to it.
    pub how: Change,
}

words! {
    /// What happened to a file.
    pub enum Change {
        /// It was not there before.
        Appeared = "appeared",
        /// It holds something else.
        Changed = "changed",
        /// It is not there any more.
        Went = "went",
    }
}

impl Effort {
    /// How many secrets had to travel.
    pub fn secrets(&self) -> usize {
        self.handed.iter().filter(|handed| handed.secret).count()
    }

    /// How many files of one side are other than before.
    pub fn files_of(&self, side: Side) -> usize {
        self.files.iter().filter(|file| file.side == side).count()
    }
}
