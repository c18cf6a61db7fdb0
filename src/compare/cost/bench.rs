//! The servers to measure: one child per mode, each with a caller that may call as often as it likes.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use futures_util::future::join_all;
use http::{Request, header::AUTHORIZATION};

use super::Stand;
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

/// A child with what its caller needs. Dropping it kills the child.
#[derive(Debug)]
pub struct Bench {
    /// What is measured.
    pub stand: Stand,
    server: Server,
    /// Removed when dropped.
    _place: Place,
}

/// Starts one server per mode, all at once, and lets each caller be provisioned. One result per mode, in their order.
pub async fn benches(modes: &[Mode]) -> Vec<Result<Bench, String>> {
    let benches = join_all(modes.iter().map(|mode| Bench::open(*mode))).await;
    tokio::time::sleep(CHANGE_WITHIN).await;
    benches.into_iter().zip(modes).map(|(bench, mode)| bench.map_err(|why| format!("{mode}: {why}"))).collect()
}

impl Bench {
    async fn open(mode: Mode) -> Result<Self, String> {
        let place = Place::new(&settings())?;
        let server = Server::start(&place, Profile::Standard, mode, Listeners::default()).await?;
        let mut target = anonymous(&server)?;
        provision(mode, &place, &server, &mut target).await?;
        Ok(Self { stand: Stand { mode, pid: server.ready.pid, target }, server, _place: place })
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
fn settings() -> toml::Table {
    let plan = toml::Table::from_iter([("rate".to_owned(), RATE.into()), ("burst".to_owned(), RATE.into())]);
    let plans = toml::Table::from_iter([(CALLER.to_owned(), plan.into())]);
    toml::Table::from_iter([("plans".to_owned(), plans.into())])
}

/// A caller that presents nothing.
fn anonymous(server: &Server) -> Result<Target, String> {
    let origin = Origin::parse(&server.ready.url)?;
    // The name is not looked up: that would be measured too.
    let address = SocketAddr::from(([127, 0, 0, 1], origin.port));
    let dial = Dial { connect_to: Some(address), ..Dial::new(origin, Some(tls(server, None)?)) };
    let call = Request::get(HELLO_PATH).body(Bytes::new()).map_err(|error| error.to_string())?;
    Ok(Target { dial, call, token: None })
}

fn tls(server: &Server, identity: Option<Identity>) -> Result<Tls, String> {
    let trust = Trust::Ca(read(&server.ready.ca.to_string_lossy())?);
    Ok(Tls::new(&trust, identity, Protocol::Http1, None)?.without_resumption())
}

async fn provision(mode: Mode, place: &Place, server: &Server, target: &mut Target) -> Result<(), String> {
    let words = match mode {
        Mode::Open => return Ok(()),
        Mode::Jwt => ["client", "add"],
        Mode::Mtls => ["cert", "issue"],
        Mode::Apikey => ["key", "add"],
    };
    let args: Vec<String> = words.into_iter().chain([CALLER, "--plan", CALLER]).map(str::to_owned).collect();
    let answer = place.ask(&args, None).await?.answer;
    let credential = Credential::received(mode, &answer)?;
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
