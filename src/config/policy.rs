//! Addresses, plans and failure budgets: the same in every mode.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::network::Networks;

/// Who may call at all.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// Networks in CIDR form; absent is everyone.
    pub allow: Option<Vec<String>>,
}

impl Network {
    /// The networks, canonical; `None` is everyone.
    ///
    /// # Errors
    /// What is wrong with the list, with the remedy.
    pub fn networks(&self) -> Result<Option<Networks>, String> {
        self.allow.as_deref().map(Networks::parse).transpose()
    }
}

/// A token bucket per caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Requests per second, in the long run.
    pub rate: NonZeroU32,
    /// Requests at once after a pause.
    pub burst: NonZeroU32,
}

impl Default for Plan {
    fn default() -> Self {
        const RATE: NonZeroU32 = NonZeroU32::new(100).unwrap();
        const BURST: NonZeroU32 = NonZeroU32::new(200).unwrap();
        Self { rate: RATE, burst: BURST }
    }
}

/// How many wrong credentials one address may present for one caller. A right one always passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Guessing {
    /// Failures at once.
    pub failures: NonZeroU32,
    /// Failures that are forgiven per second.
    pub refill_per_second: NonZeroU32,
}

impl Default for Guessing {
    fn default() -> Self {
        const FAILURES: NonZeroU32 = NonZeroU32::new(20).unwrap();
        Self { failures: FAILURES, refill_per_second: NonZeroU32::MIN }
    }
}
