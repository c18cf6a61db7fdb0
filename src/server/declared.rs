//! What the configuration declares, as the policy takes it: networks, plans, failure budgets.

use std::{num::NonZeroU32, sync::Arc};

use super::door::Door;
use crate::{
    authn::Authenticate,
    config::{self, Config, Rate},
    issuer::Names,
    mode::Profile,
    policy::{Accounts, Bucket, Guessing, NetworkPolicy, Plan, Plans, Policy, Quota, Scopes},
    store::{
        Memory,
        usage::{Ledger, Term},
    },
    wire::Operation,
};

/// Cognito's quota for the grant: 150 requests per second, of all clients of a pool.
const COGNITO: Bucket = {
    let rate = NonZeroU32::new(150).unwrap();
    Bucket { rate, burst: rate }
};

/// The policy behind the lock.
pub(super) fn policy(
    config: &Config,
    authn: Box<dyn Authenticate>,
    memory: &Arc<Memory>,
    ledger: &Arc<Ledger>,
    names: &Names,
) -> Policy {
    Policy {
        authn,
        network: Arc::new(NetworkPolicy::new(config.network.access().clone(), config.network.proxies().cloned())),
        guessing: Arc::new(Guessing::new(budget(config))),
        scopes: Scopes::new(Arc::clone(&names.identifier)),
        accounts: Arc::new(Accounts::default()),
        quota: Arc::new(Quota::new(&plans(config))),
        ledger: Arc::clone(ledger),
        memory: Arc::clone(memory),
        stale_after: config.deadlines.store.0,
    }
}

/// Puts in force what differs in what a running server takes: nothing else loses what it has counted.
pub(super) fn put_in_force(old: &Config, new: &Config, door: &Door) {
    let policy = &door.policy;
    if (old.network.access(), old.network.proxies()) != (new.network.access(), new.network.proxies()) {
        policy.network.replace(new.network.access().clone(), new.network.proxies().cloned());
        tracing::info!("new lists of networks are in force");
    }
    if old.network.proxy_protocol() != new.network.proxy_protocol() {
        door.proxies.store(new.network.proxy_protocol().cloned().map(Arc::new));
        tracing::info!("new connections from other addresses begin with a PROXY header");
    }
    if (&old.plans, old.all_callers) != (&new.plans, new.all_callers) {
        policy.quota.replace(&plans(new));
        tracing::info!("new plans are in force");
    }
    if old.guessing != new.guessing {
        policy.guessing.replace(budget(new));
        tracing::info!("new failure budgets are in force");
    }
}

fn plans(config: &Config) -> Plans {
    Plans {
        by_name: config.plans.iter().map(|(name, plan)| (name.clone(), self::plan(plan))).collect(),
        all_callers: config.all_callers.map(bucket),
        all_tokens: (config.profile == Profile::Aws).then_some(COGNITO),
    }
}

fn plan(written: &config::Plan) -> Plan {
    let bucket_of = |(operation, rate): (&Operation, &Rate)| (*operation, bucket(*rate));
    Plan {
        bucket: Bucket { rate: written.rate, burst: written.burst },
        operations: written.methods.iter().map(bucket_of).collect(),
        shadow: written.shadow,
        quota: written.quota.map(|quota| term(quota, written.shadow)),
    }
}

/// The plans that have a quota, with it.
pub(super) fn terms(config: &Config) -> Vec<(String, Term)> {
    let with_quota = config.plans.iter().filter_map(|(name, plan)| Some((name, plan, plan.quota?)));
    with_quota.map(|(name, plan, quota)| (name.clone(), term(quota, plan.shadow))).collect()
}

fn term(quota: config::Quota, shadow: bool) -> Term {
    Term { requests: quota.requests.get(), per: quota.per, offset: quota.offset, shadow }
}

fn bucket(written: Rate) -> Bucket {
    Bucket { rate: written.rate, burst: written.burst }
}

fn budget(config: &Config) -> Bucket {
    Bucket { rate: config.guessing.refill_per_second, burst: config.guessing.failures }
}
