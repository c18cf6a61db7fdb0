//! The order of checks, the same behind every lock. A request crosses [`Policy::decide`] once.

mod account;
mod bucket;
mod guessing;
mod level;
mod limit;
mod network;
mod permit;
mod plan;
mod quota;
mod scope;
mod term;

use std::{net::IpAddr, sync::Arc, time::Duration};

pub use self::{
    account::{Account, Accounts},
    bucket::Bucket,
    guessing::Guessing,
    network::NetworkPolicy,
    permit::Permit,
    plan::{Plan, Plans},
    quota::Quota,
    scope::Scopes,
};
use self::{limit::Spent, quota::Asked};
use crate::{
    authn::{Authenticate, Presented},
    calendar::Day,
    denial::{Denial, Reason},
    principal::{Grant, Kind, Principal},
    store::{Memory, usage::Ledger},
    wire::Operation,
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
    /// What is remembered of each caller.
    pub accounts: Arc<Accounts>,
    /// How much each caller may, and all of them together.
    pub quota: Arc<Quota>,
    /// Who was served how much.
    pub ledger: Arc<Ledger>,
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
            accounts: Arc::clone(&self.accounts),
            quota: Arc::clone(&self.quota),
            ledger: Arc::clone(&self.ledger),
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
        let spent = self.count(&principal, presented.operation)?; // only a known caller spends, and only who is served is counted
        Ok(Permit::new(principal, spent))
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
        self.spend(&self.accounts.of(Kind::Client, id), id, grant, Asked::Token).map(drop)
    }

    /// One look-up for all that is remembered of the caller.
    fn count(&self, caller: &Principal, operation: Operation) -> Result<Spent, Denial> {
        let (account, now) = (self.accounts.of(caller.kind, &caller.id), self.ledger.now());
        let asked = Asked::Call(operation, now);
        if caller.kind == Kind::Anyone {
            return self.spend(&account, &caller.id, &caller.grant, asked);
        }
        let meter = account.meter_of(caller);
        let spent = self.spend(&account, &caller.id, &caller.grant, asked)?;
        let plan = caller.grant.plan.as_ref().map(|plan| (plan, spent.term));
        self.ledger.count(meter, operation, Day::of(now), plan);
        Ok(spent)
    }

    fn spend(&self, account: &Account, id: &Arc<str>, grant: &Grant, asked: Asked) -> Result<Spent, Denial> {
        let spent = self.quota.spend(account, grant.plan.as_ref(), asked, self.accounts.now());
        spent.map_err(|denial| denial.claimed(id))
    }

    fn fresh(&self) -> Result<(), Denial> {
        if self.memory.age() <= self.stale_after {
            return Ok(());
        }
        Err(Denial::new(Reason::Unavailable, "the store is lost for longer than decisions may go on")
            .retry_after(Duration::from_secs(1)))
    }
}
