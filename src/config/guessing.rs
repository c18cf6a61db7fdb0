//! Failure budgets: the same in every mode.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

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
