//! `--scope`, `--plan`, `--allow` and `--deny`: the same for clients, certificates and keys, checked against the configuration.

use serde_json::{Value, json};

use crate::{
    cli::Grants,
    config::{Config, ResourceServer},
    exit::Failure,
    network::{Misfit, Networks},
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
    let (networks, denied) = (networks("--allow", &grants.allow)?, networks("--deny", &grants.deny)?);
    let scopes = Some(scopes).filter(|scopes| !scopes.is_empty()).map(Into::into);
    Ok(Grant { scopes, plan: grants.plan.as_deref().map(Into::into), networks, denied })
}

fn networks(option: &str, texts: &[String]) -> Result<Option<Networks>, Failure> {
    if texts.is_empty() {
        return Ok(None);
    }
    let misfit = |misfit: Misfit| Failure::usage(format!("{option}: {}", misfit.why)).remedy(misfit.remedy);
    Networks::parse(texts).map(Some).map_err(misfit)
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
        "deny": grant.denied.as_ref().map(Networks::texts),
    })
}

/// A grant in one cell, for people.
pub(super) fn text(grant: &Grant) -> String {
    let scopes = grant.scopes.as_ref().map_or("all scopes".into(), |scopes| scopes.join(" "));
    let plan = grant.plan.as_ref().map(|plan| format!(", plan {plan}")).unwrap_or_default();
    let listed = |what: &str, networks: &Networks| format!(", {what} {}", networks.texts().join(" "));
    let networks = grant.networks.as_ref().map(|networks| listed("from", networks)).unwrap_or_default();
    let denied = grant.denied.as_ref().map(|networks| listed("not from", networks)).unwrap_or_default();
    format!("{scopes}{plan}{networks}{denied}")
}
