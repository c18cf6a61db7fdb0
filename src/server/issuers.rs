//! Whose tokens count here, and what they must say: for the server, and for whoever asks what it would say.

use std::{fmt::Display, path::PathBuf, sync::Arc, time::Duration};

use crate::{
    algorithm::Algorithm,
    authn::jwt::{KeySet, LiveKeys, Refetch, TrustedIssuer},
    config::{self, Config, UnknownScope},
    exit::Failure,
    federation::{Endpoint, Federation, Schedule},
    issuer::{Names, ResourceServer, Rotation},
    mode::Profile,
    store::SigningKey,
    wire::TOKEN_PATH,
};

/// What the token service behind this URL is called.
pub fn names(config: &Config, url: &str) -> Names {
    let identifier = config.jwt.identifier.clone().unwrap_or_else(|| config.listen.identifier(url));
    let issuer = config.jwt.issuer.clone().unwrap_or_else(|| match config.profile {
        Profile::Standard => url.to_owned(),
        Profile::Aws => format!("{url}/{}", config.aws.pool_id),
    });
    Names {
        profile: config.profile,
        issuer: issuer.into(),
        identifier: identifier.into(),
        scopes: config.scopes.keys().cloned().collect(),
        ignores_other_scopes: config.profile == Profile::Aws && config.aws.unknown_scope == UnknownScope::Ignore,
        token_endpoint: format!("{url}{TOKEN_PATH}").into(),
        others: config.resource_servers.iter().map(resource_server).collect(),
    }
}

fn resource_server(written: &config::ResourceServer) -> ResourceServer {
    let identifier = written.identifier.as_str().into();
    ResourceServer { identifier, scopes: written.scopes.keys().cloned().collect() }
}

/// This server's own issuer first, then those of the configuration, each with keys of its own. Who looks after keys that come
/// from elsewhere is added to `federation`.
///
/// # Errors
/// Exit 2, naming the issuer whose keys cannot be used.
pub fn trusted(
    config: &Config,
    own: LiveKeys,
    names: &Names,
    federation: &mut Federation,
) -> Result<Vec<TrustedIssuer>, Failure> {
    let foreign = config.issuers.iter().map(|foreign| foreign_issuer(foreign, names, federation));
    std::iter::once(Ok(own_issuer(own, names))).chain(foreign).collect()
}

/// The public side of our own signing keys, retired ones left out.
///
/// # Errors
/// Exit 3, naming the key that cannot be used.
pub fn own_keys(keys: &[SigningKey]) -> Result<KeySet, Failure> {
    let live: Vec<&str> = keys.iter().filter(|key| key.retired.is_none()).map(|key| &*key.jwk).collect();
    if live.is_empty() {
        return Ok(KeySet::default());
    }
    KeySet::from_jwks(&format!(r#"{{"keys":[{}]}}"#, live.join(",")))
        .map_err(|why| Failure::environment(format!("the signing keys in the database cannot be used: {why}")))
}

/// How signing keys follow one another under this configuration.
pub fn rotation(config: &Config, profile: Profile) -> Rotation {
    let jwt = &config.jwt;
    Rotation {
        kind: jwt.key_kind(profile),
        spare: profile == Profile::Aws,
        wait: jwt.key_wait.0,
        age: jwt.key_age.0,
        longest: jwt.token_ttl.0,
    }
}

/// Whatever keys this server has had: each of them is for one algorithm, and counts for no other.
fn own_issuer(keys: LiveKeys, names: &Names) -> TrustedIssuer {
    let (issuer, audience) = (Arc::clone(&names.issuer), Arc::clone(&names.identifier));
    TrustedIssuer {
        issuer,
        audience,
        algorithms: Algorithm::ALL.to_vec(),
        keys,
        refetch: None,
        own: true,
        profile: names.profile,
        clients: None,
        leeway: Duration::ZERO,
    }
}

fn foreign_issuer(foreign: &config::Issuer, names: &Names, federation: &mut Federation) -> Result<TrustedIssuer, Failure> {
    if *foreign.issuer == *names.issuer {
        return Err(
            Failure::usage(format!("issuer `{}` is this server itself", foreign.issuer)).remedy("remove it from `issuers`")
        );
    }
    let (keys, refetch) = foreign_keys(foreign, federation)?;
    let audience = foreign.audience.as_deref().unwrap_or(&names.identifier).into();
    Ok(TrustedIssuer {
        issuer: foreign.issuer.as_str().into(),
        audience,
        algorithms: foreign.algorithms.clone(),
        keys,
        refetch,
        own: false,
        profile: foreign.profile,
        clients: foreign.client_ids.as_ref().map(|ids| ids.iter().map(|id| id.as_str().into()).collect()),
        leeway: foreign.leeway.0,
    })
}

fn foreign_keys(foreign: &config::Issuer, federation: &mut Federation) -> Result<(LiveKeys, Option<Arc<dyn Refetch>>), Failure> {
    let unusable = |place: &dyn Display, why: String| {
        Failure::usage(format!("the keys of issuer `{}` cannot be used: {place}: {why}", foreign.issuer))
    };
    let Some(url) = &foreign.jwks_url else {
        let path = foreign.jwks_file.clone().unwrap_or_default();
        let keys = federation.add_file(&foreign.issuer, path.clone()).map_err(|why| {
            unusable(&path.display(), why)
                .remedy("put the issuer's JWK set there (public keys, each with a `kid`), or correct `issuers.jwks_file`")
        })?;
        return Ok((keys, None));
    };
    let read = |ca: &PathBuf| std::fs::read(ca).map_err(|error| format!("{}: {error}", ca.display()));
    let ca = foreign.ca.as_ref().map(read).transpose();
    let endpoint = ca
        .and_then(|ca| Endpoint::new(url, ca))
        .map_err(|why| unusable(url, why).remedy("name a PEM file with whoever signs that server's certificate: `issuers.ca`"))?;
    let schedule = Schedule { refresh: foreign.jwks_refresh.0, keep: foreign.jwks_keep.0 };
    let (keys, refetch) = federation.add_url(&foreign.issuer, endpoint, schedule);
    Ok((keys, Some(refetch)))
}
