//! What is left of a caller's plan.

use std::{sync::Arc, time::Duration};

/// The state of one caller's bucket, for the `RateLimit` fields (draft-ietf-httpapi-ratelimit-headers-10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// The plan's name.
    pub plan: Arc<str>,
    /// Requests at once after a pause.
    pub burst: u32,
    /// The time in which an empty bucket fills.
    pub window: Duration,
    /// Requests that would pass now.
    pub remaining: u32,
    /// The time after which more would.
    pub reset: Duration,
}
