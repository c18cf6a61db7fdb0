//! What the configuration declares, as the policy takes it: networks, plans, failure budgets.

use std::{num::NonZeroU32, sync::Arc};

use crate::{
    authn::Authenticate,
    config::Config,
    issuer::Names,
    mode::Profile,
    policy::{Accounts, Bucket, Guessing, NetworkPolicy, Policy, Quota, Scopes, Shared},
    store::Memory,
};

/// Cognito's quota for the grant: 150 requests per second, of all clients of a pool.
const COGNITO: Bucket = {
    let rate = NonZeroU32::new(150).unwrap();
    Bucket { rate, burst: rate }
};

/// The policy behind the lock.
pub(super) fn policy(config: &Config, authn: Box<dyn Authenticate>, memory: &Arc<Memory>, names: &Names) -> Policy {
    Policy {
        authn,
        network: Arc::new(NetworkPolicy::new(config.network.access().clone())),
        guessing: Arc::new(Guessing::new(budget(config))),
        scopes: Scopes::new(Arc::clone(&names.identifier)),
        accounts: Arc::new(Accounts::default()),
        quota: Arc::new(Quota::new(plans(config))),
        all_tokens: Arc::new(Shared::new((config.profile == Profile::Aws).then_some(COGNITO))),
        memory: Arc::clone(memory),
        stale_after: config.deadlines.store.0,
    }
}

fn plans(config: &Config) -> impl Iterator<Item = (String, Bucket)> {
    config.plans.iter().map(|(name, plan)| (name.clone(), Bucket { rate: plan.rate, burst: plan.burst }))
}

fn budget(config: &Config) -> Bucket {
    Bucket { rate: config.guessing.refill_per_second, burst: config.guessing.failures }
}
