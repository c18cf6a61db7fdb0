//! Resource servers beside the default one: tokens are issued for them, and they are served elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Jwt, is_scope, jwt::is_identifier};
use crate::document::{Document, Fault};

/// A resource server beside the default one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceServer {
    /// `aud` of its tokens, and the prefix of its scopes.
    pub identifier: String,
    /// Its scopes: short name = description.
    pub scopes: BTreeMap<String, String>,
}

impl ResourceServer {
    /// Whether each can be told from the others and from the default one.
    pub(super) fn check_all(all: &[Self], jwt: &Jwt, document: &Document<'_>) -> Result<(), Fault> {
        let mut known: Vec<&str> = jwt.identifier.as_deref().into_iter().collect();
        for server in all {
            server.check(document)?;
            if known.contains(&&*server.identifier) {
                let message = format!("`{}` is there twice", server.identifier);
                return Err(document.fault_at_key("resource_servers.identifier", message, "give each another identifier"));
            }
            known.push(&server.identifier);
        }
        Ok(())
    }

    fn check(&self, document: &Document<'_>) -> Result<(), Fault> {
        if !is_identifier(&self.identifier) || self.identifier.ends_with('/') {
            let remedy = "write an https URL without query, fragment and slash at its end";
            return Err(document.fault_at_key("resource_servers.identifier", "is not an https URL", remedy));
        }
        if self.scopes.is_empty() || !self.scopes.keys().all(|scope| is_scope(scope)) {
            let remedy = "name at least one scope, with letters, digits, `-`, `.` and `_`: { read = \"Read orders\" }";
            return Err(document.fault_at_key("resource_servers.scopes", "names no scope, or one that cannot be", remedy));
        }
        Ok(())
    }
}
