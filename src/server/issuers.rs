//! Whose tokens count here, and what they must say: for the server, and for whoever asks what it would say.

use std::{fmt::Display, path::PathBuf, sync::Arc};

use serde_json::Value;

use crate::{
    algorithm::Algorithm,
    authn::jwt::{KeySet, LiveKeys, Refetch, TrustedIssuer},
    config::{self, Config},
    exit::Failure,
    federation::{Endpoint, Federation, Schedule},
    issuer::Names,
};

/// What the token service behind this URL is called.
pub fn names(config: &Config, url: &str) -> Names {
    let identifier = config.jwt.identifier.clone().unwrap_or_else(|| config.listen.identifier(url));
    Names {
        issuer: config.jwt.issuer.as_deref().unwrap_or(url).into(),
        identifier: identifier.into(),
        scopes: config.scopes.keys().cloned().collect(),
    }
}

/// This server's own issuer first, then those of the configuration, each with keys of its own. Who looks after keys that come
/// from elsewhere is added to `federation`.
///
/// # Errors
/// Exit 2, naming the issuer whose keys cannot be used.
pub fn trusted(
    config: &Config,
    own: Option<&Value>,
    names: &Names,
    federation: &mut Federation,
) -> Result<Vec<TrustedIssuer>, Failure> {
    let own = own.map(|jwks| own_issuer(jwks, names)).transpose()?;
    own.map(Ok).into_iter().chain(config.issuers.iter().map(|foreign| foreign_issuer(foreign, names, federation))).collect()
}

fn own_issuer(jwks: &Value, names: &Names) -> Result<TrustedIssuer, Failure> {
    let keys = LiveKeys::new(KeySet::from_jwks(&jwks.to_string()).map_err(Failure::environment)?);
    let (issuer, audience) = (Arc::clone(&names.issuer), Arc::clone(&names.identifier));
    Ok(TrustedIssuer { issuer, audience, algorithms: vec![Algorithm::Es256], keys, refetch: None, own: true })
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
