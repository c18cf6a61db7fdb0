//! One server: a lock, the resource behind it, and an admin listener beside it.
//!
//! The way of a request: [`observe`] opens its record, the router finds the route, [`enforce`] decides, [`resource`] or
//! [`reply`] answers, and the record is closed with what came of it.

mod admin;
mod declared;
mod docs;
mod door;
mod enforce;
mod handshakes;
mod hosts;
pub mod issuers;
mod life;
mod live;
pub mod next;
mod observe;
mod origin;
mod rate_limit;
mod reply;
mod resource;
mod scrape;
mod signing;
mod token;
mod trust;
mod unread;
mod watched;

use std::{net::TcpListener, sync::Arc};

use axum::{Router, middleware, routing};

use self::{docs::Docs, door::Door, hosts::Hosts, live::Live, reply::Habits, scrape::LastCensus, signing::Signing, trust::Trust};
pub use self::{
    docs::document,
    life::{Ready, Running},
};
use crate::{
    audit::{Log, LogWriter, Records},
    authn::{
        Authenticate,
        apikey::{Accepted, ApiKeys},
        jwt::Tokens,
        mtls::{CallerRule, Certificates, Rules},
        open::Open,
    },
    cli::{Common, Serve},
    config::{self, Config},
    exit::Failure,
    federation::Federation,
    issuer::{Issuer, Metadata, Names},
    metrics::Metrics,
    mode::{Mode, Profile},
    principal::Grant,
    store::{
        self, Memory, Store,
        usage::{self, Ledger},
    },
    transport::{Capacity, Proxies},
    wire::{HELLO_PATH, INTROSPECTION_PATH, REVOCATION_PATH, TOKEN_PATH},
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
    let signing = match mode {
        Mode::Jwt => Some(Signing::open(&common.state, &config)?),
        Mode::Open | Mode::Mtls | Mode::Apikey => None,
    };
    let (memory, feed) = trust.follow(&common.state, signing.clone())?;
    let names = issuers::names(&config, &url);
    let issuer = signing
        .as_ref()
        .map(|signing| Issuer::new(Arc::clone(&memory), Arc::clone(&signing.signer), names.clone(), config.jwt.token_ttl.0));
    let mut federation = Federation::default();
    let tokens = signing.as_ref().map(|signing| verifier(&memory, &config, signing, &names, &mut federation)).transpose()?;
    let ledger = Arc::<Ledger>::default();
    let writer = store::Writer::start(&common.state, &memory, &ledger)?;
    let authn = lock(mode, &memory, &trust, tokens.as_ref(), &config)?;
    let policy = declared::policy(&config, authn, &memory, &ledger, &names);
    for meter in usage::running(&common.state, &declared::terms(&config), ledger.now())? {
        policy.accounts.resume(meter);
    }
    let writer = Arc::new(writer);
    let (records, record_writer) =
        Records::to_stderr().map_err(|error| Failure::environment(format!("no thread for the records: {error}")))?;
    let (log, log_writer) = log(common, &config, &writer)?;
    let door = Arc::new(Door {
        mode,
        habits: Habits::new(&config),
        proxies: Arc::new(Proxies::new(config.network.proxy_protocol().cloned().map(Arc::new))),
        unlocked: policy.behind(Box::new(Open)),
        policy,
        hosts: hosts(&config, mode, &url, &api, &trust)?,
        certificates: Arc::clone(&trust.view),
        issuer,
        federation,
        tokens,
        writer,
        metrics: config.observe.metrics.then(|| Metrics::new(mode, config.profile)),
        api: Arc::new(Capacity::new(&life::limits(&config))),
        admin: Arc::new(Capacity::new(&life::limits(&config))),
        census: LastCensus::default(),
        records,
        observe: config.observe,
        log,
        limits: config.limits.clone(),
        body_deadline: config.deadlines.body.0,
        ids: door::RequestIds::new(config.profile)?,
    });
    let metadata = door.issuer.as_ref().map(|issuer| Metadata::new(issuer.names(), &url));
    let docs = Docs::new(&config, mode, &url, &trust.ca, common);
    let router = router(&door, metadata, &docs, &config.listen.stage);
    let live = Live::new(common, serve, &config);
    life::run(life::Parts {
        door,
        router,
        docs,
        api,
        admin,
        url,
        trust,
        signing,
        feed,
        records: record_writer,
        log: log_writer,
        config,
        live,
    })
}

/// The audit log of this process. Its end is kept by who writes the store.
fn log(common: &Common, config: &Config, writer: &Arc<store::Writer>) -> Result<(Log, LogWriter), Failure> {
    let (store, writer) = (Store::open(&common.state)?, Arc::clone(writer));
    Log::begin(&store, &common.state, config.observe.audit_bytes, move |name, head| writer.anchor(name, head))
}

/// What judges access tokens, our own and those of further issuers.
fn verifier(
    memory: &Arc<Memory>,
    config: &Config,
    signing: &Signing,
    names: &Names,
    federation: &mut Federation,
) -> Result<Arc<Tokens>, Failure> {
    let trusted = issuers::trusted(config, signing.keys.clone(), names, federation)?;
    let tokens = Tokens::new(Arc::clone(memory), trusted, Arc::clone(&names.identifier));
    Ok(Arc::new(tokens.remembering(config.jwt.token_cache)))
}

/// The only place that knows which lock belongs to which mode.
fn lock(
    mode: Mode,
    memory: &Arc<Memory>,
    trust: &Trust,
    tokens: Option<&Arc<Tokens>>,
    config: &Config,
) -> Result<Box<dyn Authenticate>, Failure> {
    let memory = Arc::clone(memory);
    Ok(match (mode, tokens) {
        (Mode::Jwt, Some(tokens)) => Box::new(Arc::clone(tokens)),
        (Mode::Jwt, None) => return Err(Failure::environment("the jwt mode has no token service")),
        (Mode::Mtls, _) => {
            let own_issuers = Arc::clone(&trust.own_issuers);
            Box::new(Certificates::new(memory, trust.revocation(), own_issuers, rules(&config.mtls)?))
        }
        (Mode::Apikey, _) => Box::new(ApiKeys::new(memory).accepting(keys(config))),
        (Mode::Open, _) => Box::new(Open),
    })
}

/// Which API keys count.
fn keys(config: &Config) -> Accepted {
    let in_query = config.apikey.dangerous_accept_in_query;
    if in_query {
        tracing::warn!("keys are accepted in the query, where every log and history on the way keeps them");
    }
    Accepted { opaque: config.profile == Profile::Aws, in_query }
}

/// The only list of layers, outermost last.
fn router(door: &Arc<Door>, metadata: Option<Metadata>, docs: &Docs, stage: &str) -> Router {
    let mut router = Router::new()
        .route(HELLO_PATH, routing::get(resource::hello))
        .route(&format!("/{stage}{HELLO_PATH}"), routing::get(resource::hello))
        .merge(docs.on_api());
    if let (Some(metadata), Some(issuer)) = (metadata, &door.issuer) {
        let document = token::document(&metadata);
        let names = issuer.names();
        let [inserted, behind] = Metadata::paths(names);
        router = router
            .route(TOKEN_PATH, routing::post(token::grant))
            .route(REVOCATION_PATH, routing::post(token::revoke))
            .route(&Metadata::jwks_path(names), routing::get(token::jwks))
            .route(&inserted, routing::get(document.clone()))
            .route(&behind, routing::get(document));
        if names.profile == Profile::Standard {
            router = router.route(INTROSPECTION_PATH, routing::post(token::introspect));
        }
    }
    let router = router
        .fallback(reply::not_found)
        .method_not_allowed_fallback(reply::method_not_allowed)
        // The record is opened before anything else and closed after everything else.
        .layer(middleware::from_fn_with_state(Arc::clone(door), observe::request))
        .with_state(Arc::clone(door));
    match door.habits {
        Habits::Standard => router,
        // What the router adds last, a second one around it takes away.
        Habits::Aws(_) => Router::new().fallback_service(router).layer(middleware::map_response(reply::gateway::no_allow)),
    }
}

/// Who is known by which certificate.
fn rules(written: &config::Mtls) -> Result<Rules, Failure> {
    let caller = |rule: &config::CallerRule| {
        let scopes = rule.scopes.as_deref().map(Into::into);
        let grant =
            Grant { scopes, plan: rule.plan.as_deref().map(Into::into), networks: rule.networks()?, denied: rule.denied()? };
        Ok(CallerRule { caller: rule.caller.as_str().into(), names: rule.names.clone(), keys: rule.pins()?, grant })
    };
    let callers = written.callers.iter().map(caller).collect::<Result<_, String>>();
    let callers = callers.map_err(|why| Failure::usage(format!("mtls.callers: {why}")))?;
    Ok(Rules { accepted: written.accept.clone(), callers })
}

fn hosts(config: &Config, mode: Mode, url: &str, api: &TcpListener, trust: &Trust) -> Result<Hosts, Failure> {
    let address = api.local_addr().map_err(|error| Failure::environment(error.to_string()))?;
    Ok(Hosts::new(&config.listen, mode, url, address.ip(), Arc::clone(&trust.names)))
}

fn public_url(config: &Config, serve: &Serve, api: &TcpListener) -> Result<String, Failure> {
    let address = api.local_addr().map_err(|error| Failure::environment(format!("the listener has no address: {error}")))?;
    let scheme = if serve.insecure_http { "http" } else { "https" };
    Ok(config.listen.url(scheme, address.port()))
}
