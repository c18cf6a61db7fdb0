//! The order of checks, the same behind every lock. A request crosses [`Policy::decide`] once.

mod guessing;
mod network;
mod permit;
mod quota;
mod scope;

use std::{sync::Arc, time::Duration};

pub use self::{
    guessing::Guessing,
    network::NetworkPolicy,
    permit::Permit,
    quota::{Bucket, Quota},
    scope::Scopes,
};
use crate::{
    authn::{Authenticate, Presented},
    denial::{Denial, Reason},
    store::Memory,
};

/// Everything that a decision needs, in memory.
#[derive(Debug)]
pub struct Policy {
    /// The lock.
    pub authn: Box<dyn Authenticate>,
    /// Who may call at all.
    pub network: NetworkPolicy,
    /// How much guessing is borne.
    pub guessing: Guessing,
    /// What scopes are called on the wire.
    pub scopes: Scopes,
    /// How much each caller may.
    pub quota: Quota,
    /// The credentials, for their age.
    pub memory: Arc<Memory>,
    /// The greatest age at which decisions are still made.
    pub stale_after: Duration,
}

impl Policy {
    /// May this request have what it asks for?
    ///
    /// # Errors
    /// The first check that it does not pass.
    pub fn decide(&self, presented: Presented<'_>) -> Result<Permit, Denial> {
        self.network.admit(presented.peer.ip())?; // address, cheapest first
        self.fresh()?; // fail closed when nobody knows who was revoked meanwhile
        let principal = self
            .authn // who; only failures spend the failure budget
            .authenticate(presented)
            .map_err(|denial| self.guessing.count(presented.peer.ip(), denial))?;
        self.network.admit_for(&principal, presented.peer.ip())?; // this caller's own networks
        self.scopes.cover(&principal, presented.scope)?; // what this caller may
        let allowance = self.quota.spend(&principal)?; // only a known caller spends quota
        Ok(Permit::new(principal, allowance))
    }

    fn fresh(&self) -> Result<(), Denial> {
        if self.memory.age() <= self.stale_after {
            return Ok(());
        }
        Err(Denial::new(Reason::Unavailable, "the store is lost for longer than decisions may go on")
            .retry_after(Duration::from_secs(1)))
    }
}
