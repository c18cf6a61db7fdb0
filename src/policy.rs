//! The order of checks, the same behind every lock. A request crosses [`Policy::decide`] once.

mod guessing;
mod network;
mod permit;
mod quota;
mod scope;

use std::{net::IpAddr, sync::Arc, time::Duration};

pub use self::{
    guessing::Guessing,
    network::NetworkPolicy,
    permit::Permit,
    quota::{Bucket, Quota, Shared},
    scope::Scopes,
};
use crate::{
    authn::{Authenticate, Presented},
    denial::{Denial, Reason},
    principal::Grant,
    store::Memory,
};

/// Everything that a decision needs, in memory.
#[derive(Debug)]
pub struct Policy {
    /// The lock.
    pub authn: Box<dyn Authenticate>,
    /// Who may call at all.
    pub network: Arc<NetworkPolicy>,
    /// How much guessing is borne.
    pub guessing: Arc<Guessing>,
    /// What scopes are called on the wire.
    pub scopes: Scopes,
    /// How much each caller may.
    pub quota: Arc<Quota>,
    /// How much each client may ask of the token service.
    pub tokens: Arc<Quota>,
    /// How many tokens there are for all clients together.
    pub all_tokens: Arc<Shared>,
    /// The credentials, for their age.
    pub memory: Arc<Memory>,
    /// The greatest age at which decisions are still made.
    pub stale_after: Duration,
}

impl Policy {
    /// The same policy behind another lock: one set of budgets and buckets for both.
    #[must_use]
    pub fn behind(&self, authn: Box<dyn Authenticate>) -> Self {
        Self {
            authn,
            network: Arc::clone(&self.network),
            guessing: Arc::clone(&self.guessing),
            scopes: self.scopes.clone(),
            quota: Arc::clone(&self.quota),
            tokens: Arc::clone(&self.tokens),
            all_tokens: Arc::clone(&self.all_tokens),
            memory: Arc::clone(&self.memory),
            stale_after: self.stale_after,
        }
    }

    /// May this request have what it asks for?
    ///
    /// # Errors
    /// The first check that it does not pass.
    pub fn decide(&self, presented: Presented<'_>) -> Result<Permit, Denial> {
        let address = presented.address;
        self.admit(address)?; // address, cheapest first; then whether anybody can be judged at all
        let principal = self
            .authn // who; only failures spend the failure budget
            .authenticate(presented)
            .map_err(|denial| self.guessing.count(address, denial))?;
        self.network.admit_for(&principal.id, &principal.grant, address)?; // this caller's own networks
        self.scopes.cover(&principal, presented.scope)?; // what this caller may
        let allowance = self.quota.spend(&principal.id, &principal.grant)?; // only a known caller spends quota
        Ok(Permit::new(principal, allowance))
    }

    /// Waits for what must be in memory before [`Policy::decide`], for at most a second. Nobody waits who may not ask at all.
    pub async fn prepare(&self, presented: Presented<'_>) {
        if self.admit(presented.address).is_ok()
            && let Some(waiting) = self.authn.prepare(presented)
        {
            waiting.await;
        }
    }

    /// May anybody at this address ask anything? The first step of every decision, and all there is to public documents.
    ///
    /// # Errors
    /// `address_denied`, or `unavailable` when nobody knows who was revoked meanwhile.
    pub fn admit(&self, address: IpAddr) -> Result<(), Denial> {
        self.network.admit(address)?;
        self.fresh()
    }

    /// May this caller call from here?
    ///
    /// # Errors
    /// `address_denied`.
    pub fn admit_from(&self, id: &Arc<str>, grant: &Grant, address: IpAddr) -> Result<(), Denial> {
        self.network.admit_for(id, grant, address)
    }

    /// May this client, proven to the token service, ask it once more? Counted apart from calls, by the same plan; then what all
    /// clients share.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn admit_client(&self, id: &Arc<str>, grant: &Grant) -> Result<(), Denial> {
        self.tokens.spend(id, grant)?;
        self.all_tokens.spend()
    }

    fn fresh(&self) -> Result<(), Denial> {
        if self.memory.age() <= self.stale_after {
            return Ok(());
        }
        Err(Denial::new(Reason::Unavailable, "the store is lost for longer than decisions may go on")
            .retry_after(Duration::from_secs(1)))
    }
}
