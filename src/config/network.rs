//! Addresses: the same in every mode.

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
