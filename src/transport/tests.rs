//! A real server on port 0 and real clients: what is refused, with which reason, and what is closed, when.

mod callers;
mod deadlines;
mod entering;
mod handshakes;
mod identities;
mod resumption;
mod revoking;
mod settings;
mod tools;

use std::{net::SocketAddr, path::PathBuf, sync::Mutex};
use std::{sync::Arc, time::SystemTime};

use axum::{Extension, Router, routing::get};
use axum_server::Handle;
use tokio::sync::{Notify, watch};

use self::identities::{Ca, Identity, ca};
use super::*;
use crate::{
    peer::Shown,
    revocation::{Revocation, RevocationList},
};

/// Remembers how connections began.
#[derive(Debug, Default)]
struct Recorder {
    refused: Mutex<Vec<RefusedHandshake>>,
    changed: Notify,
    accepted: watch::Sender<usize>,
}

impl Handshakes for Recorder {
    fn refused(&self, refusal: RefusedHandshake) {
        self.refused.lock().unwrap().push(refusal);
        self.changed.notify_one();
    }

    fn accepted(&self, _: &Peer) {
        self.accepted.send_modify(|accepted| *accepted += 1);
    }
}

/// A server with its CA, and what it did.
struct Lab {
    address: SocketAddr,
    entrances: Option<Arc<LiveEntrances>>,
    server_ca: Ca,
    client_ca: Ca,
    revocations: Arc<RevocationLists>,
    registry: Arc<Registry>,
    recorder: Arc<Recorder>,
    handle: Handle<SocketAddr>,
    directory: tempfile::TempDir,
}

/// What a server is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lock {
    Plain,
    Tls,
    Mutual,
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}

impl Lab {
    fn mutual() -> Self {
        Self::start(Lock::Mutual, Deadlines::default(), Limits::default())
    }

    fn start(lock: Lock, deadlines: Deadlines, limits: Limits) -> Self {
        let (server_ca, client_ca) = (ca("server CA"), ca("client CA"));
        let directory = tempfile::tempdir().unwrap();
        let revocations = Arc::new(RevocationLists::default());
        revocations.replace(vec![empty_list(&client_ca)]).unwrap();
        let revocation: Arc<dyn Revocation> = Arc::clone(&revocations) as _;
        let (cert, key) = server_ca.server().write(directory.path(), "server");
        let verifier = || ClientVerifier::new(&[client_ca.der()], revocation, crate::clock::now()).unwrap();
        let client = (lock == Lock::Mutual).then(|| Arc::new(verifier()));
        let identity = ServerIdentity::read(&cert, &key).unwrap();
        let entrances = (lock != Lock::Plain).then(|| Entrances::new(tls::server_config(&identity, client).unwrap()).live());
        let (registry, recorder) = (Arc::new(Registry::default()), Arc::new(Recorder::default()));
        let acceptor = Acceptor::new(
            entrances.clone(),
            Arc::default(),
            Arc::clone(&registry),
            Arc::clone(&recorder) as _,
            Arc::new(Capacity::new(&limits)),
            deadlines,
            limits,
        );
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, handle) = (listener.local_addr().unwrap(), Handle::new());
        let server = http::server(listener, acceptor).unwrap().handle(handle.clone());
        tokio::spawn(server.serve(application().into_make_service()));
        Self { address, entrances, server_ca, client_ca, revocations, registry, recorder, handle, directory }
    }

    /// The next refusal that was recorded.
    async fn refusal(&self) -> RefusedHandshake {
        loop {
            if let Some(refusal) = self.recorder.refused.lock().unwrap().pop() {
                return refusal;
            }
            within(self.recorder.changed.notified()).await;
        }
    }

    /// Revokes as the server does: in force first, then cut.
    fn revoke(&self, identity: &Identity) -> usize {
        self.revocations.revoke(&self.client_ca.name(), identity.serial());
        self.registry.cut(&self.client_ca.name(), &identity.serial())
    }

    fn client_ca_file(&self) -> PathBuf {
        self.directory.path().join("server.ca.pem")
    }
}

fn empty_list(ca: &Ca) -> RevocationList {
    let next_update = crate::clock::now() + Duration::from_secs(3600);
    let revoked = std::collections::HashMap::new();
    let (issuer, signer, this_update) = (ca.name(), ca.name(), crate::clock::now());
    RevocationList { issuer, signer, this_update, number: [1].into(), next_update, revoked }
}

fn application() -> Router {
    let peer = |Extension(peer): Extension<Arc<Peer>>| async move { told(&peer) };
    Router::new()
        .route("/", get(async || "hello"))
        .route("/peer", get(peer))
        .route("/slow", get(async || std::future::pending::<String>().await))
        .fallback(async || "fallback")
}

/// What the application knows of the other end.
fn told(peer: &Peer) -> String {
    let Some(tls) = &peer.tls else { return format!("{} plain", peer.ip()) };
    let shown = match &tls.shown {
        Shown::Nothing => String::new(),
        Shown::Refused { reason, .. } => format!("refused: {reason}"),
        Shown::Verified(read) => {
            let names: Vec<_> = read.names.iter().map(crate::peer::Name::text).collect();
            format!("{} {names:?} {}", read.common_name().map_or("", |name| name), read.serial)
        }
    };
    format!("{} resumed={} {shown}", peer.ip(), tls.resumed)
}

/// Nothing in these tests takes long, unless it hangs.
async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("it hangs")
}

/// Waits for something that another task is about to do.
async fn until(mut holds: impl FnMut() -> bool) {
    within(async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

fn seconds_from_now(seconds: i64) -> SystemTime {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { crate::clock::now() - distance } else { crate::clock::now() + distance }
}
