//! What happened to callers at work while something they rely on was replaced.

use serde::{Deserialize, Serialize};

use crate::{mode::Mode, words::words};

/// One replacement behind one lock, some times over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Rotation {
    /// What was replaced.
    pub what: Replaced,
    /// The lock.
    pub mode: Mode,
    /// The command as a person types it.
    pub how: String,
    /// How many times.
    pub rounds: u64,
    /// Requests that were made meanwhile: with the old credential, with a new one, and with a neighbour's.
    pub calls: u64,
    /// How many of them were not served. None may be.
    pub failed: u64,
    /// How the first of them ended.
    pub first_failure: Option<String>,
}

words! {
    /// What is replaced.
    pub enum Replaced {
        /// A caller's credential, with an overlap.
        Credential = "credential",
        /// The key that makes credentials; what it made goes on.
        Maker = "maker",
        /// The certificate by which callers know the server.
        ServerCertificate = "server_certificate",
    }
}

impl Rotation {
    /// What did not go as it must, in a sentence; nothing when all did.
    pub fn fault(&self) -> Option<String> {
        let Self { what, mode, calls, failed, .. } = self;
        let first = self.first_failure.as_deref().unwrap_or("nobody knows how");
        let what = what.as_str().replace('_', " ");
        (*failed > 0)
            .then(|| format!("{what} replaced, {mode}: {failed} of {calls} requests were not served, the first: {first}"))
    }
}
