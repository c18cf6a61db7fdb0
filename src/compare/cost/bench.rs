//! The servers to measure: one child each, with a caller that may call as often as it likes.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use futures_util::future::join_all;
use http::{Request, header::AUTHORIZATION};

use crate::{
    caller::{Dial, Identity, Origin, Protocol, Tls, Trust, token},
    compare::{
        credential::Credential,
        launch::{Listeners, Place, Server},
        load::{Target, token_header},
    },
    mode::{Mode, Profile},
    wire::HELLO_PATH,
};

/// The caller's name, and that of its plan.
const CALLER: &str = "measured";
/// Calls a second that the plan allows: the limiter works, and never refuses.
const RATE: i64 = 1_000_000;
/// Within this time a running server honours what a command did.
const CHANGE_WITHIN: Duration = Duration::from_millis(100);

/// What is to be measured.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The lock.
    pub mode: Mode,
    /// Whether it is called over TLS. Plain HTTP is for what TLS itself costs; `mtls` has none.
    pub tls: bool,
    /// The server's `authbench.toml`; the caller's plan is added.
    pub settings: toml::Table,
    /// Further arguments of the command that provisions the caller.
    pub provisioning: Vec<String>,
}

/// A running server with its caller, ready to be called.
#[derive(Debug, Clone)]
pub struct Stand {
    /// The lock.
    pub mode: Mode,
    /// Whether it is called over TLS.
    pub tls: bool,
    /// The server's process, for its CPU time and its memory.
    pub pid: u32,
    /// What a call is.
    pub target: Target,
}

/// A child with what its caller needs. Dropping it kills the child.
#[derive(Debug)]
pub struct Bench {
    /// What is measured.
    pub stand: Stand,
    server: Server,
    /// Removed when dropped.
    _place: Place,
}

/// Starts the servers, all at once, and lets each caller be provisioned. One result per setup, in their order.
pub async fn benches(setups: &[Setup]) -> Vec<Result<Bench, String>> {
    let benches = join_all(setups.iter().map(Bench::open)).await;
    tokio::time::sleep(CHANGE_WITHIN).await;
    benches.into_iter().zip(setups).map(|(bench, setup)| bench.map_err(|why| format!("{}: {why}", setup.mode))).collect()
}

impl Setup {
    /// A lock as it comes, over TLS.
    pub fn of(mode: Mode) -> Self {
        Self { mode, tls: true, settings: toml::Table::new(), provisioning: Vec::new() }
    }

    /// The open door without TLS.
    pub fn plain() -> Self {
        Self { tls: false, ..Self::of(Mode::Open) }
    }
}

impl Bench {
    /// Starts one server and lets its caller be provisioned. What a command changed may take [`CHANGE_WITHIN`] to hold.
    ///
    /// # Errors
    /// A sentence when the server does not become ready, or a command fails.
    pub async fn open(setup: &Setup) -> Result<Self, String> {
        Self::open_in(Place::new(&with_plan(setup.settings.clone()))?, setup).await
    }

    /// The same in a place that is there already, with state, certificates and a configuration that has the caller's plan.
    ///
    /// # Errors
    /// See [`Bench::open`].
    pub async fn open_in(place: Place, setup: &Setup) -> Result<Self, String> {
        let listeners = if setup.tls { Listeners::default() } else { Listeners::plain() };
        let server = Server::start(&place, Profile::Standard, setup.mode, listeners).await?;
        let mut target = anonymous(&server)?;
        provision(setup, &place, &server, &mut target).await?;
        let stand = Stand { mode: setup.mode, tls: setup.tls, pid: server.ready.pid, target };
        Ok(Self { stand, server, _place: place })
    }

    /// Stops the server.
    ///
    /// # Errors
    /// A sentence when it does not end as it should.
    pub async fn close(mut self) -> Result<(), String> {
        self.server.stop().await
    }
}

/// The same plan behind every lock: a lock must not win by having no limiter.
pub fn with_plan(mut settings: toml::Table) -> toml::Table {
    let plan = toml::Table::from_iter([("rate".to_owned(), RATE.into()), ("burst".to_owned(), RATE.into())]);
    let plans = settings.entry("plans").or_insert_with(|| toml::Table::new().into());
    if let Some(plans) = plans.as_table_mut() {
        plans.insert(CALLER.to_owned(), plan.into());
    }
    settings
}

/// A caller that presents nothing.
fn anonymous(server: &Server) -> Result<Target, String> {
    let origin = Origin::parse(&server.ready.url)?;
    // The name is not looked up: that would be measured too.
    let address = SocketAddr::from(([127, 0, 0, 1], origin.port));
    let tls = if origin.secure { Some(tls(server, None)?) } else { None };
    let dial = Dial { connect_to: Some(address), ..Dial::new(origin, tls) };
    let call = Request::get(HELLO_PATH).body(Bytes::new()).map_err(|error| error.to_string())?;
    Ok(Target { dial, call, token: None })
}

fn tls(server: &Server, identity: Option<Identity>) -> Result<Tls, String> {
    let trust = Trust::Ca(read(&server.ready.ca.to_string_lossy())?);
    Ok(Tls::new(&trust, identity, Protocol::Http1, None)?.without_resumption())
}

async fn provision(setup: &Setup, place: &Place, server: &Server, target: &mut Target) -> Result<(), String> {
    let words = match setup.mode {
        Mode::Open => return Ok(()),
        Mode::Jwt => ["client", "add"],
        Mode::Mtls => ["cert", "issue"],
        Mode::Apikey => ["key", "add"],
    };
    let mut args: Vec<String> = words.into_iter().chain([CALLER, "--plan", CALLER]).map(str::to_owned).collect();
    args.extend(setup.provisioning.iter().cloned());
    let answer = place.ask(&args, None).await?.answer;
    let credential = Credential::received(setup.mode, &answer)?;
    credential.present(target.call.headers_mut())?;
    if let Some(client) = credential.client {
        target.token = Some(token::request(&client.id, &client.secret, &[])?);
        tokio::time::sleep(CHANGE_WITHIN).await;
        let value = token_header(target).await?;
        target.call.headers_mut().insert(AUTHORIZATION, value);
    }
    if let Some(identity) = credential.identity {
        target.dial.tls = Some(tls(server, Some(identity))?);
    }
    Ok(())
}

fn read(path: &str) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{path}: {error}"))
}
