//! What a caller may, by scope.

use std::sync::Arc;

use crate::{
    denial::{Denial, Reason},
    guard::Guard,
    principal::Principal,
};

/// The scopes of the resource server.
#[derive(Debug, Clone)]
pub struct Scopes {
    prefix: Arc<str>,
}

impl Scopes {
    /// Scopes are `{prefix}/{short name}` on the wire.
    pub fn new(prefix: Arc<str>) -> Self {
        Self { prefix }
    }

    /// Whether the principal's grant holds the scope that the route needs.
    ///
    /// # Errors
    /// `scope_insufficient`, with the scope as it is on the wire.
    pub fn cover(&self, principal: &Principal, needed: &str) -> Result<(), Denial> {
        match &principal.grant.scopes {
            Some(granted) if Guard::Scope.stands() && !granted.iter().any(|scope| scope == needed) => {
                let denial = Denial::new(Reason::ScopeInsufficient, "the caller was not given this scope");
                Err(denial.scope(format!("{}/{needed}", self.prefix)).claimed(&principal.id))
            }
            _ => Ok(()),
        }
    }
}
