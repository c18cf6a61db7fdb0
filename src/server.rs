//! One server: a lock, the resource behind it, and an admin listener beside it.
//!
//! The way of a request: [`observe`] opens its record, the router finds the route, [`enforce`] decides, [`resource`] or
//! [`reply`] answers, and the record is closed with what came of it.

mod admin;
mod door;
mod enforce;
mod life;
mod observe;
mod rate_limit;
mod reply;
mod resource;
mod token;
mod trust;

use std::{collections::BTreeSet, net::TcpListener, sync::Arc};

use axum::{Router, middleware, routing};

use self::door::Door;
pub use self::life::{Ready, Running};
use crate::{
    algorithm::Algorithm,
    audit::{Audit, Writer},
    authn::{
        Authenticate,
        apikey::ApiKeys,
        jwt::{KeySet, Tokens, TrustedIssuer},
        mtls::Certificates,
        open::Open,
    },
    cli::{Common, Serve},
    config::{self, Config},
    exit::Failure,
    issuer::{Issuer, Metadata, Names, Signer},
    metrics::Metrics,
    mode::Mode,
    policy::{Bucket, Guessing, NetworkPolicy, Policy, Quota, Scopes},
    revocation::Revocation,
    store::{Memory, Which},
    wire::{HELLO_PATH, JWKS_PATH, METADATA_PATH, OPENID_PATH, TOKEN_PATH},
};

/// Opens everything that a server needs and starts to listen. When this returns, callers can connect.
///
/// # Errors
/// Exit 2 for the configuration, exit 3 for ports, files and state: nothing is half-open then.
pub fn start(common: &Common, serve: &Serve, mode: Mode) -> Result<Running, Failure> {
    let config = Config::load_for(common, serve)?;
    let (api, admin) = (life::bind(config.listen.api, "--listen")?, life::bind(config.listen.admin, "--admin")?);
    let url = public_url(&config, serve, &api)?;
    let trust = trust::open(common, &config, mode, serve.insecure_http)?;
    let (memory, feed) = trust.follow(&common.state)?;
    let names = names(&config, &url);
    let issuer = match mode {
        Mode::Jwt => {
            let signer = Signer::open(&common.state)?;
            Some(Issuer::new(Arc::clone(&memory), signer, names.clone(), config.jwt.token_ttl.0))
        }
        Mode::Open | Mode::Mtls | Mode::Apikey => None,
    };
    let authn = lock(mode, &memory, trust.revocation(), &config, issuer.as_ref(), &names)?;
    let (audit, writer): (Audit, Writer) =
        Audit::to_stderr().map_err(|error| Failure::environment(format!("no thread for the records: {error}")))?;
    let door = Arc::new(Door {
        mode,
        policy: policy(&config, authn, &memory, &names)?,
        issuer,
        metrics: Metrics::new(mode),
        audit,
        limits: config.limits.clone(),
        body_deadline: config.deadlines.body.0,
        ids: door::RequestIds::new()?,
    });
    let metadata = door.issuer.as_ref().map(|issuer| Metadata::new(issuer.names(), &url));
    let router = router(&door, metadata, &config.listen.stage);
    life::run(life::Parts { door, router, api, admin, url, trust, feed, writer, config })
}

/// The only place that knows which lock belongs to which mode.
fn lock(
    mode: Mode,
    memory: &Arc<Memory>,
    revocation: Arc<dyn Revocation>,
    config: &Config,
    issuer: Option<&Issuer>,
    names: &Names,
) -> Result<Box<dyn Authenticate>, Failure> {
    let memory = Arc::clone(memory);
    Ok(match (mode, issuer) {
        (Mode::Jwt, Some(issuer)) => {
            Box::new(Tokens::new(memory, trusted_issuers(config, issuer, names)?, Arc::clone(&names.identifier)))
        }
        (Mode::Jwt, None) => return Err(Failure::environment("the jwt mode has no token service")),
        (Mode::Mtls, _) => Box::new(Certificates::new(memory, revocation)),
        (Mode::Apikey, _) => Box::new(ApiKeys::new(memory)),
        (Mode::Open, _) => Box::new(Open),
    })
}

/// The only list of layers, outermost last.
fn router(door: &Arc<Door>, metadata: Option<Metadata>, stage: &str) -> Router {
    let mut router = Router::new()
        .route(HELLO_PATH, routing::get(resource::hello))
        .route(&format!("/{stage}{HELLO_PATH}"), routing::get(resource::hello));
    if let Some(metadata) = metadata {
        let document = token::document(&metadata);
        router = router
            .route(TOKEN_PATH, routing::post(token::grant))
            .route(JWKS_PATH, routing::get(token::jwks))
            .route(METADATA_PATH, routing::get(document.clone()))
            .route(OPENID_PATH, routing::get(document));
    }
    router
        .fallback(reply::not_found)
        .method_not_allowed_fallback(reply::method_not_allowed)
        // The record is opened before anything else and closed after everything else.
        .layer(middleware::from_fn_with_state(Arc::clone(door), observe::request))
        .with_state(Arc::clone(door))
}

fn policy(config: &Config, authn: Box<dyn Authenticate>, memory: &Arc<Memory>, names: &Names) -> Result<Policy, Failure> {
    let networks = config.network.networks().map_err(|why| Failure::usage(format!("network.allow: {why}")))?;
    let plans = config.plans.iter().map(|(name, plan)| (name.clone(), Bucket { rate: plan.rate, burst: plan.burst }));
    let budget = Bucket { rate: config.guessing.refill_per_second, burst: config.guessing.failures };
    let which = if authn.challenge() == Some(crate::authn::Challenge::ApiKey) { Which::Key } else { Which::Client };
    Ok(Policy {
        authn,
        network: NetworkPolicy::new(networks),
        guessing: Guessing::new(budget, Arc::clone(memory), which),
        scopes: Scopes::new(Arc::clone(&names.identifier)),
        quota: Quota::new(plans),
        memory: Arc::clone(memory),
        stale_after: config.deadlines.store.0,
    })
}

fn names(config: &Config, url: &str) -> Names {
    let identifier = config.jwt.identifier.clone().unwrap_or_else(|| config.listen.identifier(url));
    Names {
        issuer: config.jwt.issuer.as_deref().unwrap_or(url).into(),
        identifier: identifier.into(),
        scopes: config.scopes.keys().cloned().collect::<BTreeSet<_>>(),
    }
}

/// This server's own issuer first, then those of the configuration, each with keys of its own.
fn trusted_issuers(config: &Config, own: &Issuer, names: &Names) -> Result<Vec<TrustedIssuer>, Failure> {
    let keys = KeySet::from_jwks(&own.jwks().to_string()).map_err(Failure::environment)?;
    let (issuer, audience) = (Arc::clone(&names.issuer), Arc::clone(&names.identifier));
    let mut all = vec![TrustedIssuer { issuer, audience, algorithms: vec![Algorithm::Es256], keys, own: true }];
    for foreign in &config.issuers {
        all.push(trusted_issuer(foreign, names)?);
    }
    Ok(all)
}

fn trusted_issuer(foreign: &config::Issuer, names: &Names) -> Result<TrustedIssuer, Failure> {
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
    let keys = KeySet::from_jwks(&text).map_err(|why| unusable(&why))?;
    let audience = foreign.audience.as_deref().unwrap_or(&names.identifier).into();
    Ok(TrustedIssuer {
        issuer: foreign.issuer.as_str().into(),
        audience,
        algorithms: foreign.algorithms.clone(),
        keys,
        own: false,
    })
}

fn public_url(config: &Config, serve: &Serve, api: &TcpListener) -> Result<String, Failure> {
    let address = api.local_addr().map_err(|error| Failure::environment(format!("the listener has no address: {error}")))?;
    let scheme = if serve.insecure_http { "http" } else { "https" };
    Ok(config.listen.url(scheme, address.port()))
}
