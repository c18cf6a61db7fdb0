//! One server: a lock, the resource behind it, and an admin listener beside it.
//!
//! The way of a request: [`observe`] opens its record, the router finds the route, [`enforce`] decides, [`resource`] or
//! [`reply`] answers, and the record is closed with what came of it.

mod admin;
mod door;
mod enforce;
pub mod issuers;
mod life;
mod observe;
mod rate_limit;
mod reply;
mod resource;
mod token;
mod trust;

use std::{net::TcpListener, sync::Arc};

use axum::{Router, middleware, routing};

pub use self::life::{Ready, Running};
use self::{door::Door, trust::Trust};
use crate::{
    audit::{Audit, Writer},
    authn::{Authenticate, apikey::ApiKeys, jwt::Tokens, mtls::Certificates, open::Open},
    cli::{Common, Serve},
    config::Config,
    exit::Failure,
    issuer::{Issuer, Metadata, Names, Signer},
    metrics::Metrics,
    mode::Mode,
    policy::{Bucket, Guessing, NetworkPolicy, Policy, Quota, Scopes},
    store::{self, Memory},
    wire::{HELLO_PATH, INTROSPECTION_PATH, JWKS_PATH, REVOCATION_PATH, TOKEN_PATH},
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
    let names = issuers::names(&config, &url);
    let issuer = match mode {
        Mode::Jwt => {
            let signer = Signer::open(&common.state)?;
            Some(Issuer::new(Arc::clone(&memory), signer, names.clone(), config.jwt.token_ttl.0))
        }
        Mode::Open | Mode::Mtls | Mode::Apikey => None,
    };
    let tokens = match &issuer {
        Some(issuer) => Some(verifier(&memory, &config, issuer, &names)?),
        None => None,
    };
    let left_behind = tokens.is_some().then(|| store::Writer::start(&common.state, &memory)).transpose()?;
    let authn = lock(mode, &memory, &trust, tokens.as_ref())?;
    let (audit, writer): (Audit, Writer) =
        Audit::to_stderr().map_err(|error| Failure::environment(format!("no thread for the records: {error}")))?;
    let door = Arc::new(Door {
        mode,
        policy: policy(&config, authn, &memory, &names)?,
        issuer,
        tokens,
        writer: left_behind.map(Arc::new),
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

/// Verifies tokens: for the lock, and for the token service when it is asked about one.
fn verifier(memory: &Arc<Memory>, config: &Config, issuer: &Issuer, names: &Names) -> Result<Arc<Tokens>, Failure> {
    let trusted = issuers::trusted(config, Some(issuer.jwks()), names)?;
    Ok(Arc::new(Tokens::new(Arc::clone(memory), trusted, Arc::clone(&names.identifier))))
}

/// The only place that knows which lock belongs to which mode.
fn lock(mode: Mode, memory: &Arc<Memory>, trust: &Trust, tokens: Option<&Arc<Tokens>>) -> Result<Box<dyn Authenticate>, Failure> {
    let memory = Arc::clone(memory);
    Ok(match (mode, tokens) {
        (Mode::Jwt, Some(tokens)) => Box::new(Arc::clone(tokens)),
        (Mode::Jwt, None) => return Err(Failure::environment("the jwt mode has no token service")),
        (Mode::Mtls, _) => Box::new(Certificates::new(memory, trust.revocation(), trust.own_issuer()?)),
        (Mode::Apikey, _) => Box::new(ApiKeys::new(memory)),
        (Mode::Open, _) => Box::new(Open),
    })
}

/// The only list of layers, outermost last.
fn router(door: &Arc<Door>, metadata: Option<Metadata>, stage: &str) -> Router {
    let mut router = Router::new()
        .route(HELLO_PATH, routing::get(resource::hello))
        .route(&format!("/{stage}{HELLO_PATH}"), routing::get(resource::hello));
    if let (Some(metadata), Some(issuer)) = (metadata, &door.issuer) {
        let document = token::document(&metadata);
        let [inserted, behind] = Metadata::paths(issuer.names());
        router = router
            .route(TOKEN_PATH, routing::post(token::grant))
            .route(REVOCATION_PATH, routing::post(token::revoke))
            .route(INTROSPECTION_PATH, routing::post(token::introspect))
            .route(JWKS_PATH, routing::get(token::jwks))
            .route(&inserted, routing::get(document.clone()))
            .route(&behind, routing::get(document));
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
    Ok(Policy {
        authn,
        network: NetworkPolicy::new(networks),
        guessing: Guessing::new(budget),
        scopes: Scopes::new(Arc::clone(&names.identifier)),
        quota: Quota::new(plans.clone()),
        tokens: Quota::new(plans),
        memory: Arc::clone(memory),
        stale_after: config.deadlines.store.0,
    })
}

fn public_url(config: &Config, serve: &Serve, api: &TcpListener) -> Result<String, Failure> {
    let address = api.local_addr().map_err(|error| Failure::environment(format!("the listener has no address: {error}")))?;
    let scheme = if serve.insecure_http { "http" } else { "https" };
    Ok(config.listen.url(scheme, address.port()))
}
