//! Whose tokens count here, and what they must say: for the server, and for whoever asks what it would say.

use std::sync::Arc;

use serde_json::Value;

use crate::{
    algorithm::Algorithm,
    authn::jwt::{KeySet, LiveKeys, TrustedIssuer},
    config::{self, Config, UnknownScope},
    exit::Failure,
    issuer::Names,
    mode::Profile,
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
    }
}

/// This server's own issuer first, then those of the configuration, each with keys of its own.
///
/// # Errors
/// Exit 2, naming the issuer whose keys cannot be used.
pub fn trusted(config: &Config, own: Option<&Value>, names: &Names) -> Result<Vec<TrustedIssuer>, Failure> {
    let own = own.map(|jwks| own_issuer(jwks, names)).transpose()?;
    own.map(Ok).into_iter().chain(config.issuers.iter().map(|foreign| foreign_issuer(foreign, names))).collect()
}

fn own_issuer(jwks: &Value, names: &Names) -> Result<TrustedIssuer, Failure> {
    let keys = LiveKeys::new(KeySet::from_jwks(&jwks.to_string()).map_err(Failure::environment)?);
    let (issuer, audience) = (Arc::clone(&names.issuer), Arc::clone(&names.identifier));
    Ok(TrustedIssuer { issuer, audience, algorithms: vec![Algorithm::Es256], keys, own: true })
}

fn foreign_issuer(foreign: &config::Issuer, names: &Names) -> Result<TrustedIssuer, Failure> {
    let unusable = |why: &str| {
        Failure::usage(format!("the keys of issuer `{}` cannot be used: {}: {why}", foreign.issuer, foreign.jwks_file.display()))
            .remedy("put the issuer's JWK set there (public keys, each with a `kid`), or correct `issuers.jwks_file`")
    };
    if *foreign.issuer == *names.issuer {
        return Err(
            Failure::usage(format!("issuer `{}` is this server itself", foreign.issuer)).remedy("remove it from `issuers`")
        );
    }
    let text = std::fs::read_to_string(&foreign.jwks_file).map_err(|error| unusable(&error.to_string()))?;
    let keys = LiveKeys::new(KeySet::from_jwks(&text).map_err(|why| unusable(&why))?);
    let audience = foreign.audience.as_deref().unwrap_or(&names.identifier).into();
    Ok(TrustedIssuer {
        issuer: foreign.issuer.as_str().into(),
        audience,
        algorithms: foreign.algorithms.clone(),
        keys,
        own: false,
    })
}
