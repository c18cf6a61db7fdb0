//! From bound listeners to the last answered request.

use std::{
    io::{self, ErrorKind},
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use axum::Router;
use axum_server::Handle;
use serde::Serialize;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::{JoinHandle, JoinSet, spawn_blocking},
    time::interval,
};

use super::{admin, docs::Docs, door::Door, handshakes::Handshaken, live::Live, signing::Signing, trust::Trust};
use crate::{
    audit,
    calendar::Day,
    config::Config,
    deed::Event,
    exit::Failure,
    mode::Mode,
    store::{self, feed::Feed},
    transport::{self, Acceptor, Capacity, LiveEntrances, Proxies},
};

/// What `start` has put together.
pub(super) struct Parts {
    pub(super) door: Arc<Door>,
    pub(super) router: Router,
    pub(super) docs: Docs,
    pub(super) api: TcpListener,
    pub(super) admin: TcpListener,
    pub(super) url: String,
    pub(super) trust: Trust,
    pub(super) signing: Option<Signing>,
    pub(super) feed: Feed,
    pub(super) records: audit::RecordWriter,
    pub(super) log: audit::LogWriter,
    pub(super) config: Config,
    pub(super) live: Option<Live>,
}

/// What `--json` prints when callers can connect.
#[derive(Debug, Clone, Serialize)]
pub struct Ready {
    /// Always true.
    pub ready: bool,
    /// Where the API is.
    pub url: String,
    /// Where metrics and health are.
    pub admin: String,
    /// The lock.
    pub mode: Mode,
    /// The file that verifies the server; empty on plain HTTP.
    pub ca: PathBuf,
    /// The process.
    pub pid: u32,
    /// Where a browser without a client certificate finds the documentation.
    #[serde(skip)]
    pub docs: String,
}

/// A server that runs.
#[derive(Debug)]
pub struct Running {
    ready: Ready,
    handles: [Handle<SocketAddr>; 2],
    tasks: Vec<JoinHandle<io::Result<()>>>,
    stop: [Signal; 2],
    reload: [Signal; 3],
    drain: Duration,
    trust: Trust,
    signing: Option<Signing>,
    live: Option<Live>,
    door: Arc<Door>,
    _feed: Feed,
    federation: JoinSet<()>,
    writer: Arc<store::Writer>,
    records: audit::RecordWriter,
    log: audit::LogWriter,
}

/// Takes an address, or says what takes it.
pub(super) fn bind(address: SocketAddr, option: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|error| {
        let what = if error.kind() == ErrorKind::AddrInUse {
            "is taken by another process".to_owned()
        } else {
            format!("cannot be used: {error}")
        };
        Failure::environment(format!("the address {address} {what}"))
            .remedy(format!("stop that process, or choose another address: `{option} 127.0.0.1:0` takes a free port"))
    })
}

pub(super) fn run(parts: Parts) -> Result<Running, Failure> {
    let Parts { door, router, docs, api, admin, url, trust, signing, feed, records, log, config, live } = parts;
    let address = |listener: &TcpListener| listener.local_addr().map_err(|error| Failure::environment(error.to_string()));
    let admin_url = format!("http://{}", address(&admin)?);
    let ready = Ready {
        ready: true,
        docs: docs.address(door.mode, &url, &admin_url),
        url,
        admin: admin_url,
        mode: door.mode,
        ca: trust.ca.clone(),
        pid: std::process::id(),
    };
    door.log.tell(Event::ServerStarted, format!("mode {} at {}", door.mode, ready.url));
    let writer = Arc::clone(&door.writer);
    let handles = [Handle::new(), Handle::new()];
    let tasks = vec![
        serve(
            api,
            router,
            Way { entrances: trust.entrances.clone(), proxies: Arc::clone(&door.proxies), capacity: Arc::clone(&door.api) },
            &trust,
            &door,
            &config,
            handles[0].clone(),
        )?,
        serve(
            admin,
            admin::router(Arc::clone(&door), &docs),
            Way { entrances: None, proxies: Arc::default(), capacity: Arc::clone(&door.admin) },
            &trust,
            &door,
            &config,
            handles[1].clone(),
        )?,
    ];
    let federation = door.federation.start();
    let drain = config.deadlines.drain.0;
    // Before anybody is told that the server is ready: from then on it may be told to stop.
    let on = |kind| signal(kind).map_err(|error| Failure::environment(format!("no signals: {error}")));
    let (stop, reload) = (
        [on(SignalKind::terminate())?, on(SignalKind::interrupt())?],
        [on(SignalKind::hangup())?, on(SignalKind::hangup())?, on(SignalKind::hangup())?],
    );
    Ok(Running {
        ready,
        handles,
        tasks,
        stop,
        reload,
        drain,
        trust,
        signing,
        live,
        door,
        _feed: feed,
        federation,
        writer,
        records,
        log,
    })
}

/// How connections of a listener begin, as plain HTTP without `entrances`, and how many there may be.
struct Way {
    entrances: Option<Arc<LiveEntrances>>,
    proxies: Arc<Proxies>,
    capacity: Arc<Capacity>,
}

fn serve(
    listener: TcpListener,
    router: Router,
    way: Way,
    trust: &Trust,
    door: &Arc<Door>,
    config: &Config,
    handle: Handle<SocketAddr>,
) -> Result<JoinHandle<io::Result<()>>, Failure> {
    let handshakes = Arc::new(Handshaken(Arc::clone(door)));
    let Way { entrances, proxies, capacity } = way;
    let registry = Arc::clone(&trust.registry);
    let acceptor = Acceptor::new(entrances, proxies, registry, handshakes, capacity, deadlines(config), limits(config));
    let server = transport::http::server(listener, acceptor)?.handle(handle);
    Ok(tokio::spawn(server.serve(router.into_make_service())))
}

impl Running {
    /// How to reach it.
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Serves until SIGTERM or SIGINT, then answers what is under way, for as long as the drain deadline allows.
    ///
    /// # Errors
    /// Exit 3 when a listener fails.
    pub async fn until_stopped(self) -> Result<(), Failure> {
        let failed = |error: io::Error| Failure::environment(format!("the server stopped: {error}"));
        let ([mut terminate, mut interrupt], [hung_up, also_hung_up, hung_up_too]) = (self.stop, self.reload);
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = self.trust.keep(hung_up) => {}
            () = follow(self.live, &self.door, also_hung_up) => {}
            () = keep(self.signing.as_ref(), &self.door) => {}
            () = forget(&self.door) => {}
            () = reopen(&self.door, hung_up_too) => {}
        }
        tracing::info!("stopping: requests under way are answered");
        self.handles.iter().for_each(|handle| handle.graceful_shutdown(Some(self.drain)));
        for task in self.tasks {
            if let Ok(ended) = task.await {
                ended.map_err(failed)?;
            }
        }
        // Its last line is anchored by the store's writer.
        self.log.finish();
        self.writer.finish();
        // What holds the record open keeps its writer waiting.
        drop((self.door, self.signing, self.federation));
        self.records.finish();
        Ok(())
    }
}

/// Follows the configuration, if there is a file of it.
async fn follow(live: Option<Live>, door: &Door, hung_up: Signal) {
    match live {
        Some(live) => live.keep(door, hung_up).await,
        None => std::future::pending().await,
    }
}

/// Looks after the signing keys, if there are any.
async fn keep(signing: Option<&Signing>, door: &Door) {
    match signing {
        Some(signing) => signing.keep(&door.policy.memory).await,
        None => std::future::pending().await,
    }
}

/// Opens the audit log again, whenever it may have been moved away.
async fn reopen(door: &Door, mut hung_up: Signal) {
    while hung_up.recv().await.is_some() {
        door.log.reopen();
    }
    std::future::pending::<()>().await;
}

/// Forgets now and then what need not be remembered of callers; a million of them take a while, so off the runtime's threads.
async fn forget(door: &Door) {
    let mut turns = interval(FORGET);
    loop {
        turns.tick().await;
        let today = Day::of(door.policy.ledger.now());
        let (accounts, memory) = (Arc::clone(&door.policy.accounts), Arc::clone(&door.policy.memory));
        let _ = spawn_blocking(move || accounts.forget(today, |kind, id| memory.lacks(kind, id))).await;
    }
}

/// How often callers are forgotten of whom nothing need be remembered.
const FORGET: Duration = Duration::from_secs(60);

fn deadlines(config: &Config) -> transport::Deadlines {
    let of = &config.deadlines;
    transport::Deadlines {
        handshake: of.handshake.0,
        first_request: of.first_request.0,
        header: of.header.0,
        idle: of.idle.0,
        response: of.body.0 + of.idle.0,
    }
}

pub(super) fn limits(config: &Config) -> transport::Limits {
    let of = &config.limits;
    transport::Limits {
        connections: of.connections,
        connections_per_address: of.connections_per_address,
        header_bytes: of.header_bytes,
        streams: of.streams,
    }
}
