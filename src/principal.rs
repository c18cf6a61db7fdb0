//! Who the server is convinced that the caller is, and what that caller was given.

use std::{sync::Arc, time::SystemTime};

use crate::{network::Networks, words::words};

words! {
    /// By which kind of credential a principal is known.
    pub enum Kind {
        /// Nobody in particular: `open` mode.
        Anyone = "anyone",
        /// An `OAuth` client.
        Client = "client",
        /// A client certificate.
        Certificate = "certificate",
        /// An API key.
        Key = "key",
    }
}

/// What a caller may, provisioned alike for clients, certificates and keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grant {
    /// Short scope names; `None` is every scope of the default resource server.
    pub scopes: Option<Arc<[String]>>,
    /// The usage plan by name.
    pub plan: Option<Arc<str>>,
    /// Where the caller may call from; `None` is everywhere.
    pub networks: Option<Networks>,
    /// Where it may not call from, even if it is within `networks`; `None` is nowhere.
    pub denied: Option<Networks>,
}

/// A proven caller. Made only in `authn`.
#[derive(Debug, Clone)]
pub struct Principal {
    /// How it was proven.
    pub kind: Kind,
    /// The stable id: client id, certificate name, key id.
    pub id: Arc<str>,
    /// The name that the operator gave.
    pub name: Arc<str>,
    /// What it was given.
    pub grant: Grant,
    /// When the proof itself ends, if it does.
    pub expires: Option<SystemTime>,
}
