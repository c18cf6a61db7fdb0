//! `--scope`, `--plan` and `--allow`: the same for clients, certificates and keys, checked against the configuration.

use serde_json::{Value, json};

use crate::{cli::Grants, config::Config, exit::Failure, network::Networks, principal::Grant};

/// Reads the options into a grant.
///
/// # Errors
/// Exit 2 for a scope or plan that is not configured, or a network that is none.
pub(super) fn read(grants: &Grants, config: &Config) -> Result<Grant, Failure> {
    if let Some(unknown) = grants.scopes.iter().find(|scope| !config.scopes.contains_key(*scope)) {
        let known: Vec<_> = config.scopes.keys().map(String::as_str).collect();
        return Err(Failure::usage(format!("there is no scope `{unknown}`"))
            .remedy(format!("use one of {}, or add it below [scopes] in authbench.toml", known.join(", "))));
    }
    if let Some(unknown) = grants.plan.as_ref().filter(|plan| !config.plans.contains_key(*plan)) {
        let known: Vec<_> = config.plans.keys().map(String::as_str).collect();
        return Err(Failure::usage(format!("there is no plan `{unknown}`"))
            .remedy(format!("use one of {}, or add [plans.{unknown}] to authbench.toml", known.join(", "))));
    }
    let networks = Some(&grants.allow).filter(|allow| !allow.is_empty()).map(|allow| Networks::parse(allow));
    let networks = networks.transpose().map_err(|why| {
        Failure::usage(format!("--allow: {why}"))
            .remedy("name networks in CIDR form, such as 192.0.2.0/24, 2001:db8::/32 or a single address")
    })?;
    let scopes = Some(&grants.scopes).filter(|scopes| !scopes.is_empty()).map(|scopes| scopes.as_slice().into());
    Ok(Grant { scopes, plan: grants.plan.as_deref().map(Into::into), networks })
}

/// A grant as `--json` shows it.
pub(super) fn json(grant: &Grant) -> Value {
    json!({
        "scopes": grant.scopes.as_deref(),
        "plan": grant.plan.as_deref(),
        "allow": grant.networks.as_ref().map(Networks::texts),
    })
}

/// A grant in one cell, for people.
pub(super) fn text(grant: &Grant) -> String {
    let scopes = grant.scopes.as_ref().map_or("all scopes".into(), |scopes| scopes.join(" "));
    let plan = grant.plan.as_ref().map(|plan| format!(", plan {plan}")).unwrap_or_default();
    let networks = grant.networks.as_ref().map(|networks| format!(", from {}", networks.texts().join(" "))).unwrap_or_default();
    format!("{scopes}{plan}{networks}")
}
