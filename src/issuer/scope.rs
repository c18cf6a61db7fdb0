//! Which scopes a client gets, and for which resource server: a token is for one of them (RFC 9068 §3).

use std::{collections::BTreeSet, sync::Arc};

use super::{Names, refusal::TokenRefusal};
use crate::{guard::Guard, store::Caller};

/// A resource server beside the default one.
#[derive(Debug, Clone)]
pub struct ResourceServer {
    /// `aud`, and the prefix of its scopes.
    pub identifier: Arc<str>,
    /// Its scopes by short name.
    pub scopes: BTreeSet<String>,
}

/// What a token is good for.
pub(super) struct Granted {
    pub(super) audience: Arc<str>,
    /// In full.
    pub(super) scope: String,
    /// Whether the client must be told, because it did not ask for exactly that (RFC 6749 §3.3).
    pub(super) told: bool,
}

/// What the client asked for, if it may have all of it.
pub(super) fn granted(names: &Names, client: &Caller, asked: Option<&str>) -> Result<Granted, TokenRefusal> {
    let may = may(names, client);
    let Some(asked) = asked else { return unasked(names, client, may) };
    let mut wanted: BTreeSet<&str> = asked.split(' ').collect();
    if names.ignores_other_scopes {
        wanted.retain(|scope| may.iter().any(|(_, scopes)| scopes.contains(*scope)));
        if wanted.is_empty() {
            return Ok(Granted { audience: Arc::clone(&names.identifier), scope: String::new(), told: true });
        }
    }
    let covers = |scopes: &BTreeSet<String>| wanted.iter().all(|scope| scopes.contains(*scope));
    let (audience, _) =
        may.into_iter().find(|(_, scopes)| covers(scopes)).ok_or_else(|| TokenRefusal::scope_not_given(&client.id))?;
    let scope = wanted.into_iter().collect::<Vec<_>>().join(" ");
    let told = scope != asked;
    Ok(Granted { audience, scope, told })
}

/// Everything of the default resource server, or of the only other one; a client that could mean several must say which.
fn unasked(names: &Names, client: &Caller, may: Vec<(Arc<str>, BTreeSet<String>)>) -> Result<Granted, TokenRefusal> {
    let several = may.len() > 1;
    let found = may.into_iter().find(|(audience, _)| !several || *audience == names.identifier);
    let (audience, scopes) =
        found.ok_or_else(|| TokenRefusal::invalid_scope(&client.id, "name the scopes of one resource server"))?;
    Ok(Granted { audience, scope: scopes.into_iter().collect::<Vec<_>>().join(" "), told: true })
}

/// All that the client may have, in full, by resource server; servers of which it may have nothing are not there.
fn may(names: &Names, client: &Caller) -> Vec<(Arc<str>, BTreeSet<String>)> {
    let own = client.grant.scopes.as_deref();
    let default = |short: &String| own.is_none_or(|own| own.contains(short)) || !Guard::ClientScope.stands();
    let default = names.scopes.iter().filter(|short| default(short)).map(|short| full(&names.identifier, short)).collect();
    let other = |server: &ResourceServer| {
        let all = server.scopes.iter().map(|short| full(&server.identifier, short));
        let scopes: BTreeSet<String> = all.filter(|scope| own.is_some_and(|own| own.contains(scope))).collect();
        (Arc::clone(&server.identifier), scopes)
    };
    let all = std::iter::once((Arc::clone(&names.identifier), default)).chain(names.others.iter().map(other));
    all.filter(|(_, scopes)| !scopes.is_empty()).collect()
}

/// A scope as it stands in requests and tokens.
pub fn full(identifier: &str, short: &str) -> String {
    format!("{identifier}/{short}")
}

#[cfg(test)]
mod tests;
