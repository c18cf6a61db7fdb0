//! One server of a sweep, in a private place, with a caller that may call as often as it likes.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, header::AUTHORIZATION};
use serde_json::Value;
use tokio::time::sleep;

use crate::{
    caller::{Dial, Identity, Origin, Protocol, Tls, Trust, token},
    compare::{
        credential::Credential,
        findings::{Grown, Quantity},
        launch::{Listeners, Place, Server},
        load::{Target, token_header},
        memory,
    },
    files,
    mode::{Mode, Profile},
    wire::HELLO_PATH,
};

/// The caller's name, and that of its plan.
const CALLER: &str = "measured";
/// Calls a second that the plan allows: the limiter works, and never refuses.
const RATE: i64 = 1_000_000;
/// Within this time a running server honours what a command did.
const CHANGE_WITHIN: Duration = Duration::from_millis(100);

/// A running server with its caller. Dropping it kills the server.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) mode: Mode,
    pub(super) place: Place,
    pub(super) server: Server,
    /// What a call is.
    pub(super) target: Target,
    /// How long the server took to be ready.
    ready: Duration,
}

/// A place with this configuration and the caller's plan, before any server runs there.
pub(super) fn place(mut settings: toml::Table) -> Result<Place, String> {
    let plan = toml::Table::from_iter([("rate".to_owned(), RATE.into()), ("burst".to_owned(), RATE.into())]);
    settings.insert("plans".into(), toml::Table::from_iter([(CALLER.to_owned(), plan.into())]).into());
    Place::new(&settings)
}

impl Site {
    /// Starts a server and provisions its caller, with further arguments for that command.
    pub(super) async fn open(place: Place, profile: Profile, mode: Mode, options: &[&str]) -> Result<Self, String> {
        let begun = Instant::now();
        let server = Server::start(&place, profile, mode, Listeners::default()).await?;
        let ready = begun.elapsed();
        let origin = Origin::parse(&server.ready.url)?;
        // The name is not looked up: that would be measured too.
        let address = SocketAddr::from(([127, 0, 0, 1], origin.port));
        let dial = Dial { connect_to: Some(address), ..Dial::new(origin, Some(tls(&place, None)?)) };
        let call = Request::get(HELLO_PATH).body(Bytes::new()).map_err(|error| error.to_string())?;
        let mut site = Self { mode, place, server, target: Target { dial, call, token: None }, ready };
        site.target = site.caller(CALLER, options).await?;
        Ok(site)
    }

    /// Another caller of the same server.
    pub(super) async fn caller(&self, name: &str, more: &[&str]) -> Result<Target, String> {
        let mut target = self.target.clone();
        let Some(answer) = self.provision(name, more).await? else { return Ok(target) };
        let credential = Credential::received(self.mode, &answer)?;
        credential.present(target.call.headers_mut())?;
        sleep(CHANGE_WITHIN).await;
        if let Some(client) = credential.client {
            target.token = Some(token::request(&client.id, &client.secret, &[])?);
            let value = token_header(&target).await?;
            target.call.headers_mut().insert(AUTHORIZATION, value);
        }
        if let Some(identity) = credential.identity {
            target.dial.tls = Some(tls(&self.place, Some(identity))?);
        }
        Ok(target)
    }

    /// The answer of the command that makes a credential; nothing behind the open door.
    pub(super) async fn provision(&self, name: &str, more: &[&str]) -> Result<Option<Value>, String> {
        let words = match self.mode {
            Mode::Open => return Ok(None),
            Mode::Jwt => ["client", "add"],
            Mode::Mtls => ["cert", "issue"],
            Mode::Apikey => ["key", "add"],
        };
        let args: Vec<&str> = words.into_iter().chain([name, "--plan", CALLER]).chain(more.iter().copied()).collect();
        ask(&self.place, &args).await.map(Some)
    }

    /// How long the start took, and what is in memory now.
    pub(super) fn size(&self) -> Vec<Grown> {
        let memory = match memory::resident(self.server.ready.pid) {
            Ok(octets) => Grown::once(Quantity::Memory, megabytes(octets)),
            Err(why) => Grown::void(Quantity::Memory, 0, why),
        };
        vec![Grown::once(Quantity::Ready, milliseconds(self.ready)), memory]
    }
}

/// The answer of a command.
pub(super) async fn ask(place: &Place, args: &[&str]) -> Result<Value, String> {
    let args: Vec<String> = args.iter().map(ToString::to_string).collect();
    Ok(place.ask(&args, None).await?.answer)
}

pub(super) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// To the kilobyte.
pub(super) fn megabytes(octets: u64) -> f64 {
    f64::from(u32::try_from(octets / 1000).unwrap_or(u32::MAX)) / 1e3
}

fn tls(place: &Place, identity: Option<Identity>) -> Result<Tls, String> {
    let ca = files::read(&place.certs().join("server-ca/cert.pem")).map_err(|error| error.to_string())?;
    Ok(Tls::new(&Trust::Ca(ca), identity, Protocol::Http1, None)?.without_resumption())
}
