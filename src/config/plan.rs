//! Usage plans: the same in every mode.

use std::{collections::BTreeMap, num::NonZeroU32};

use serde::{Deserialize, Deserializer, Serialize, de::Error};

use super::Quota;
use crate::wire::Operation;

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Requests per second, in the long run.
    pub rate: NonZeroU32,
    /// Requests at once after a pause.
    pub burst: NonZeroU32,
}

/// What each caller of the plan may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Requests per second, in the long run.
    pub rate: NonZeroU32,
    /// Requests at once after a pause.
    pub burst: NonZeroU32,
    /// Whether what is too much is only counted.
    #[serde(default)]
    pub shadow: bool,
    /// Requests in a day, a week or a month.
    pub quota: Option<Quota>,
    /// Narrower buckets for single operations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub methods: BTreeMap<Operation, Rate>,
}

impl Default for Plan {
    fn default() -> Self {
        const RATE: NonZeroU32 = NonZeroU32::new(100).unwrap();
        const BURST: NonZeroU32 = NonZeroU32::new(200).unwrap();
        Self { rate: RATE, burst: BURST, shadow: false, methods: BTreeMap::new(), quota: None }
    }
}

/// What a plan may be called: it stands in `RateLimit` fields and in metrics.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Name(String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        if super::is_scope(&name) {
            return Ok(Self(name));
        }
        let shown = name.escape_debug();
        Err(D::Error::custom(format!("`{shown}` is no name of a plan; use letters, digits, `-`, `.` and `_`, at most 64")))
    }
}

/// Reads the plans by name.
pub(super) fn by_name<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, Plan>, D::Error> {
    let plans = BTreeMap::<Name, Plan>::deserialize(from)?;
    Ok(plans.into_iter().map(|(Name(name), plan)| (name, plan)).collect())
}
