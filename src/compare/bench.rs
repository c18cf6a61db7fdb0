//! A server to measure, in a private place, with a caller that may call as often as it likes.

use std::{
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::future::join_all;
use http::{Request, header::AUTHORIZATION};
use serde_json::Value;

use super::{
    credential::Credential,
    launch::{Listeners, Place, Server},
    load::{Target, token_header},
};
use crate::{
    caller::{Dial, Identity, Origin, Protocol, Tls, Trust, token},
    mode::{Mode, Profile},
    wire::HELLO_PATH,
};

/// The caller's name, and that of its plan.
const CALLER: &str = "measured";
/// Calls a second that the plan allows: the limiter works, and never refuses.
const RATE: i64 = 1_000_000;
/// Within this time a running server honours what a command did.
pub(super) const CHANGE_WITHIN: Duration = Duration::from_millis(100);

/// What is to be measured.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The lock.
    pub mode: Mode,
    /// Whose habits the server has.
    pub profile: Profile,
    /// Whether it is called over TLS. Plain HTTP is for what TLS itself costs; `mtls` has none.
    pub tls: bool,
    /// Further arguments of the command that provisions the caller.
    pub provisioning: Vec<&'static str>,
    /// What verifies the server, below the place's certificates; absent: what the server names.
    pub ca: Option<&'static str>,
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
    /// Where it is; removed when dropped.
    pub(super) place: Place,
    /// How long the server took to be ready.
    pub(super) ready: Duration,
    /// What verifies the server; absent without TLS.
    trust: Option<Trust>,
    server: Server,
}

/// Starts the servers, all at once, and lets each caller be provisioned. One result per setup, in their order.
pub async fn benches(setups: &[Setup]) -> Vec<Result<Bench, String>> {
    let benches = join_all(setups.iter().map(Bench::open)).await;
    tokio::time::sleep(CHANGE_WITHIN).await;
    benches.into_iter().zip(setups).map(|(bench, setup)| bench.map_err(|why| format!("{}: {why}", setup.mode))).collect()
}

/// A place with these settings and the caller's plan, before any server runs there. The same plan behind every lock: a lock must
/// not win by having no limiter.
pub(super) fn place(mut settings: toml::Table) -> Result<Place, String> {
    let plan = toml::Table::from_iter([("rate".to_owned(), RATE.into()), ("burst".to_owned(), RATE.into())]);
    settings.insert("plans".into(), toml::Table::from_iter([(CALLER.to_owned(), plan.into())]).into());
    Place::new(&settings)
}

impl Setup {
    /// A lock as it comes, over TLS.
    pub fn of(mode: Mode) -> Self {
        Self { mode, profile: Profile::Standard, tls: true, provisioning: Vec::new(), ca: None }
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
        Self::open_in(place(toml::Table::new())?, setup).await
    }

    /// The same in a place of [`place`], with what is there already.
    ///
    /// # Errors
    /// See [`Bench::open`].
    pub(super) async fn open_in(place: Place, setup: &Setup) -> Result<Self, String> {
        let listeners = if setup.tls { Listeners::default() } else { Listeners::plain() };
        let begun = Instant::now();
        let server = Server::start(&place, setup.profile, setup.mode, listeners).await?;
        let ready = begun.elapsed();
        let ca = setup.ca.map_or_else(|| server.ready.ca.clone(), |file| place.certs().join(file));
        let trust = if setup.tls { Some(Trust::Ca(read(&ca)?)) } else { None };
        let stand =
            Stand { mode: setup.mode, tls: setup.tls, pid: server.ready.pid, target: anonymous(&server, trust.as_ref())? };
        let mut bench = Self { stand, place, ready, trust, server };
        bench.stand.target = bench.caller(CALLER, &setup.provisioning).await?;
        Ok(bench)
    }

    /// Another caller of the same server, who may have to wait [`CHANGE_WITHIN`] until it is known.
    ///
    /// # Errors
    /// A sentence when the command fails, or no token is given.
    pub(super) async fn caller(&self, name: &str, more: &[&str]) -> Result<Target, String> {
        let mut target = anonymous(&self.server, self.trust.as_ref())?;
        let Some(answer) = self.provision(name, more).await? else { return Ok(target) };
        let credential = Credential::received(self.stand.mode, &answer)?;
        credential.present(target.call.headers_mut())?;
        if let Some(client) = credential.client {
            target.token = Some(token::request(&client.id, &client.secret, &[])?);
            tokio::time::sleep(CHANGE_WITHIN).await;
            let value = token_header(&target).await?;
            target.call.headers_mut().insert(AUTHORIZATION, value);
        }
        if let (Some(identity), Some(trust)) = (credential.identity, &self.trust) {
            target.dial.tls = Some(tls(trust, Some(identity))?);
        }
        Ok(target)
    }

    /// The answer of the command that makes a credential; nothing behind the open door.
    ///
    /// # Errors
    /// A sentence when the command fails.
    pub(super) async fn provision(&self, name: &str, more: &[&str]) -> Result<Option<Value>, String> {
        let words = match self.stand.mode {
            Mode::Open => return Ok(None),
            Mode::Jwt => ["client", "add"],
            Mode::Mtls => ["cert", "issue"],
            Mode::Apikey => ["key", "add"],
        };
        let args = words.into_iter().chain([name, "--plan", CALLER]).chain(more.iter().copied());
        let args: Vec<String> = args.map(str::to_owned).collect();
        Ok(Some(self.place.ask(&args, None).await?.answer))
    }

    /// Stops the server.
    ///
    /// # Errors
    /// A sentence when it does not end as it should.
    pub async fn close(mut self) -> Result<(), String> {
        self.server.stop().await
    }
}

/// A caller that presents nothing.
fn anonymous(server: &Server, trust: Option<&Trust>) -> Result<Target, String> {
    let origin = Origin::parse(&server.ready.url)?;
    // The name is not looked up: that would be measured too.
    let address = SocketAddr::from(([127, 0, 0, 1], origin.port));
    let tls = trust.map(|trust| tls(trust, None)).transpose()?;
    let dial = Dial { connect_to: Some(address), ..Dial::new(origin, tls) };
    let call = Request::get(HELLO_PATH).body(Bytes::new()).map_err(|error| error.to_string())?;
    Ok(Target { dial, call, token: None })
}

fn tls(trust: &Trust, identity: Option<Identity>) -> Result<Tls, String> {
    Ok(Tls::new(trust, identity, Protocol::Http1, None)?.without_resumption())
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}
