//! What a caller holds, and the connection and session that it has from its last call.

use crate::{
    caller::{Connection, Protocol, Tls},
    compare::credential::Credential,
};

/// A caller: rightful, thief or nobody.
#[derive(Debug, Default)]
pub(super) struct Holder {
    pub(super) credential: Credential,
    /// Several credentials that were made to be tried one after the other, with what is different about each.
    pub(super) made: Vec<(String, Credential)>,
    pub(super) session: Option<Session>,
    pub(super) connection: Option<Connection>,
}

/// What a caller can resume: the client that holds the tickets, and what it speaks.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) tls: Tls,
    pub(super) protocol: Protocol,
}
