//! Good clients, 200 new connections a second in an open loop: the next one is due whether or not the last one was quick. What
//! a busy machine cannot begin in time is left out, and counted.

use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rustls::{ClientConfig, client::Resumption};
use tokio::{
    runtime,
    task::JoinSet,
    time::{interval, timeout},
};

use super::{
    call::{Call, Files, outcome},
    stage::Stage,
    through_rustls::{broken, config, exchange},
};
use crate::lab::eventually;

const PERIOD: Duration = Duration::from_millis(5);
const PATIENCE: Duration = Duration::from_secs(20);
/// More are not under way at once.
const AT_ONCE: usize = 64;
/// No test goes on for longer, whatever happens.
const AT_MOST: usize = 12_000;
/// Two loads at once would measure one another.
static ONE: Mutex<()> = Mutex::new(());

/// What the clients share, and what came of their connections.
pub(super) struct Load {
    call: Call,
    /// Who calls, in turn: every other one resumes its sessions.
    clients: Mutex<Vec<Arc<ClientConfig>>>,
    stop: AtomicBool,
    sent: AtomicUsize,
    resumed: AtomicUsize,
    left_out: AtomicUsize,
    done: AtomicUsize,
    failed: Mutex<Vec<String>>,
    /// The certificate of the server in the last connection.
    server: Mutex<Vec<u8>>,
}

impl Load {
    /// Calls beside `operate`, which must let every one of them in.
    pub(super) fn during(stage: &Stage, clients: &[&Files], operate: impl FnOnce(&Self)) {
        let _alone = ONE.lock();
        let load = Arc::new(Self {
            call: stage.call("1.3", None),
            clients: Mutex::default(),
            stop: false.into(),
            sent: 0.into(),
            resumed: 0.into(),
            left_out: 0.into(),
            done: 0.into(),
            failed: Mutex::default(),
            server: Mutex::default(),
        });
        load.call_as(clients);
        let began = Instant::now();
        let running = thread::spawn({
            let load = Arc::clone(&load);
            move || runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(load.run())
        });
        load.wait_for(100);
        operate(&load);
        load.wait_for(100);
        load.stop.store(true, Ordering::Relaxed);
        running.join().unwrap();
        let (sent, took) = (load.sent.load(Ordering::Relaxed), began.elapsed().as_secs_f64());
        let failed = load.failed.lock().unwrap();
        let [resumed, left_out] = [&load.resumed, &load.left_out].map(|count| count.load(Ordering::Relaxed));
        println!("{sent} new connections in {took:.1} s, {resumed} resumed, {} failed; {left_out} more were due", failed.len());
        assert_eq!(*failed, Vec::<String>::new(), "of {sent}");
    }

    /// From now on these call, in both versions of TLS, with full handshakes and resumed ones.
    pub(super) fn call_as(&self, clients: &[&Files]) {
        self.call_trusting(&self.call.ca, clients);
    }

    /// The same, and this verifies the server.
    pub(super) fn call_trusting(&self, ca: &Path, clients: &[&Files]) {
        let both = clients.iter().flat_map(|files| super::call::VERSIONS.map(|tls| (*files, tls)));
        let configs = both.flat_map(|(files, tls)| {
            let resuming = config(&Call { tls, files: Some(files.clone()), ca: ca.into(), ..self.call.clone() });
            let mut full = resuming.clone();
            full.resumption = Resumption::disabled();
            [resuming, full].map(Arc::new)
        });
        *self.clients.lock().unwrap() = configs.collect();
    }

    async fn run(self: Arc<Self>) {
        let (mut beat, mut calls) = (interval(PERIOD), JoinSet::new());
        while !self.stop.load(Ordering::Relaxed) && self.sent.load(Ordering::Relaxed) < AT_MOST {
            beat.tick().await;
            if self.sent.load(Ordering::Relaxed) - self.done.load(Ordering::Relaxed) >= AT_ONCE {
                self.left_out.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            let turn = self.sent.fetch_add(1, Ordering::Relaxed);
            let load = Arc::clone(&self);
            calls.spawn(async move { load.one(turn).await });
        }
        calls.join_all().await;
    }

    async fn one(&self, turn: usize) {
        let client = {
            let clients = self.clients.lock().unwrap();
            Arc::clone(&clients[turn % clients.len()])
        };
        let said = match timeout(PATIENCE, exchange(client, &self.call)).await {
            Ok(Ok(answered)) => {
                *self.server.lock().unwrap() = answered.server.to_vec();
                outcome(&answered.answer, answered.resumed)
            }
            Ok(Err(error)) => broken(&error),
            Err(_) => format!("no answer within {PATIENCE:?}"),
        };
        match said.as_str() {
            "allowed" => {}
            "allowed, resumed" => drop(self.resumed.fetch_add(1, Ordering::Relaxed)),
            _ => self.failed.lock().unwrap().push(format!("{turn}: {said}")),
        }
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits until so many more were begun and ended from now on.
    pub(super) fn wait_for(&self, more: usize) {
        let until = self.sent.load(Ordering::Relaxed) + more;
        eventually("the clients call", || self.done.load(Ordering::Relaxed) >= until);
    }

    /// The certificate that the server presented last.
    pub(super) fn server(&self) -> Vec<u8> {
        self.server.lock().unwrap().clone()
    }
}
