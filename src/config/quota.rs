//! How much a plan gives for a day, a week or a month.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::{
    calendar::Per,
    document::{Document, Fault},
};

/// A number of requests for each period: a day, a week from Monday on, or a month, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Requests in a period.
    pub requests: NonZeroU32,
    /// How long a period is.
    pub per: Per,
    /// How many fewer they are in the period in which a caller was first served.
    #[serde(default)]
    pub offset: u32,
}

impl Quota {
    /// Nobody could ever be served by a plan whose first period is empty.
    pub(super) fn check(&self, plan: &str, document: &Document<'_>) -> Result<(), Fault> {
        if self.offset < self.requests.get() {
            return Ok(());
        }
        let why = format!("the offset of {} leaves nothing of {} requests", self.offset, self.requests);
        Err(document.fault_at_key(&format!("plans.{plan}.quota"), why, "write an offset that is smaller than the requests"))
    }
}
