//! API keys: where they may stand.

use serde::{Deserialize, Serialize};

/// What mode `apikey` takes.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Apikey {
    /// Whether a key counts in the query (`?x-api-key=`) too. Whatever logs an address on the way keeps it then.
    pub dangerous_accept_in_query: bool,
}
