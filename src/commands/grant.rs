//! `--scope`, `--plan` and `--allow`: the same for clients, certificates and keys, checked against the configuration.

use serde_json::{Value, json};

use crate::{
    cli::Grants,
    config::{Config, ResourceServer},
    exit::Failure,
    network::Networks,
    principal::Grant,
    server::issuers,
};

/// Reads the options into a grant.
///
/// # Errors
/// Exit 2 for a scope or plan that is not configured, or a network that is none.
pub(super) fn read(grants: &Grants, config: &Config) -> Result<Grant, Failure> {
    let scopes = grants.scopes.iter().map(|scope| known(scope, config)).collect::<Result<Vec<_>, _>>()?;
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
    let scopes = Some(scopes).filter(|scopes| !scopes.is_empty()).map(Into::into);
    Ok(Grant { scopes, plan: grants.plan.as_deref().map(Into::into), networks })
}

/// A scope as it is kept: short for this resource server, in full for another one.
fn known(scope: &str, config: &Config) -> Result<String, Failure> {
    let names = issuers::names(config, &config.listen.url("https", config.listen.api.port()));
    let short = scope.strip_prefix(&*names.identifier).and_then(|rest| rest.strip_prefix('/')).unwrap_or(scope);
    if config.scopes.contains_key(short) {
        return Ok(short.to_owned());
    }
    if description(scope, config).is_some() {
        return Ok(scope.to_owned());
    }
    let others = config.resource_servers.iter();
    let others = others.flat_map(|server| server.scopes.keys().map(|short| format!("{}/{short}", server.identifier)));
    let all: Vec<_> = config.scopes.keys().cloned().chain(others).collect();
    Err(Failure::usage(format!("there is no scope `{scope}`"))
        .remedy(format!("use one of {}, or add it below [scopes] in authbench.toml", all.join(", "))))
}

/// What the configuration says that a scope, as it is kept, is good for.
pub(super) fn description<'a>(scope: &str, config: &'a Config) -> Option<&'a str> {
    let other = |server: &'a ResourceServer| {
        server.scopes.get(scope.strip_prefix(&*server.identifier)?.strip_prefix('/')?).map(String::as_str)
    };
    let own = config.scopes.get(scope).map(String::as_str);
    own.or_else(|| config.resource_servers.iter().find_map(other))
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
