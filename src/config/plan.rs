//! Usage plans: the same in every mode.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

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
