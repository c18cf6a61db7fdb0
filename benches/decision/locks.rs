//! One decision behind each lock: from what a request presents to the permit, HTTP and TLS not counted.

use std::{
    collections::BTreeMap,
    fs,
    hint::black_box,
    num::NonZeroU32,
    path::Path,
    process::Command,
    sync::{Arc, OnceLock},
    time::Duration,
};

use authbench::{
    authn::{
        Authenticate, Presented,
        apikey::ApiKeys,
        jwt::Tokens,
        mtls::{Certificates, OwnIssuers, Rules},
        open::Open,
    },
    clock,
    peer::{ClientCertificate, Entrance, Peer, Serial, Shown, TlsPeer},
    pki::{self, Pki},
    policy::{Accounts, Bucket, Guessing, NetworkPolicy, Plan, Plans, Policy, Quota, Scopes},
    store::{Memory, feed},
    transport::RevocationLists,
    wire::{HELLO_PATH, HELLO_SCOPE, Operation},
};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header::AUTHORIZATION};
use serde_json::Value;

use crate::{
    measure::{Case, Round},
    mint::Mint,
    tokens::{self, IDENTIFIER},
};

/// A state directory as commands leave it, with one caller of each kind, and its memory.
pub(crate) struct Lab {
    pub(crate) memory: Arc<Memory>,
    /// The client's id.
    pub(crate) client: String,
    key: String,
    serial: Serial,
    lists: Arc<RevocationLists>,
    issuer: Arc<[u8]>,
    _feed: feed::Feed,
}

impl Lab {
    pub(crate) fn new(directory: &Path) -> Self {
        fs::write(directory.join("authbench.toml"), "[plans.wide]\nrate = 1000000000\nburst = 1000000000\n").expect("a file");
        let run = |arguments: &[&str]| -> Value {
            let mut command = Command::new(env!("CARGO_BIN_EXE_authbench"));
            command.current_dir(directory).args(arguments).args(["--json", "--state", "state", "--certs", "certs"]);
            let output = command.output().expect("the binary starts");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            serde_json::from_slice(&output.stdout).expect("one JSON document")
        };
        let client = run(&["client", "add", "bench", "--plan", "wide"]);
        let key = run(&["key", "add", "bench", "--plan", "wide"]);
        let issued = run(&["cert", "issue", "bench", "--plan", "wide"]);
        let text = |of: &Value, name: &str| of[name].as_str().expect("a text").to_owned();
        let (memory, feed) = feed::follow(&directory.join("state"), |_| ()).expect("the store opens");
        let pki = Pki::open(&directory.join("certs")).expect("the CAs open");
        Self {
            client: text(&client, "client_id"),
            key: text(&key, "key"),
            serial: Serial::from_hex(&text(&issued, "serial")).expect("a serial"),
            lists: lists(&pki),
            issuer: pki.client_issuers().expect("the client CA opens").remove(0),
            memory,
            _feed: feed,
        }
    }

    /// The id of that key, which is no secret.
    pub(crate) fn key_id(&self) -> &str {
        self.key.split('_').nth(1).expect("a key has an id")
    }

    /// What the caller with the key sends.
    pub(crate) fn key(&self) -> HeaderMap {
        headers(HeaderName::from_static("x-api-key"), &self.key)
    }

    /// A connection after a handshake with the client's certificate.
    fn peer_with_certificate(&self) -> Peer {
        let certificate = ClientCertificate {
            serial: self.serial.clone(),
            issuer: Arc::clone(&self.issuer),
            subject: Vec::new(),
            names: Vec::new(),
            key: [0; 32],
            not_after: clock::now() + Duration::from_secs(3600),
            intermediates: Vec::new(),
            anchor: [].into(),
            ruled: OnceLock::new(),
        };
        let shown = Shown::Verified(Arc::new(certificate));
        peer(Some(TlsPeer { server_name: None, entrance: Entrance::Lock, resumed: false, shown }))
    }
}

pub(crate) fn peer(tls: Option<TlsPeer>) -> Peer {
    Peer { address: ([127, 0, 0, 1], 1).into(), via: None, tls }
}

fn lists(pki: &Pki) -> Arc<RevocationLists> {
    let ca = pem::parse(fs::read(pki.client_ca()).expect("the CA is there")).expect("it is PEM").into_contents();
    let list = pki::crl::load(&pki.revocation_list(), &[ca], clock::now()).expect("the list is valid");
    let lists = RevocationLists::default();
    lists.replace(list).expect("the first list");
    Arc::new(lists)
}

/// The checks of a server, its plan so wide that it never refuses.
pub(crate) fn policy(memory: &Arc<Memory>, authn: Box<dyn Authenticate>) -> Policy {
    let most = NonZeroU32::new(1_000_000_000).expect("not zero");
    let wide = Plan { bucket: Bucket { rate: most, burst: most }, operations: BTreeMap::new(), shadow: false, quota: None };
    let plans = Plans { by_name: BTreeMap::from([("wide".to_owned(), wide)]), ..Plans::default() };
    Policy {
        authn,
        network: Arc::new(NetworkPolicy::default()),
        guessing: Arc::new(Guessing::new(Bucket { rate: most, burst: most })),
        scopes: Scopes::new(IDENTIFIER.into()),
        accounts: Arc::new(Accounts::default()),
        quota: Arc::new(Quota::new(&plans)),
        ledger: Arc::default(),
        memory: Arc::clone(memory),
        stale_after: Duration::from_secs(10),
    }
}

/// A call for the resource.
pub(crate) fn presented<'a>(peer: &'a Peer, headers: &'a HeaderMap, uri: &'a Uri) -> Presented<'a> {
    Presented { peer, address: peer.ip(), headers, uri, scope: HELLO_SCOPE, operation: Operation::Hello }
}

fn decision(name: &str, policy: Policy, peer: Peer, all: Vec<HeaderMap>) -> Case {
    let uri = Uri::from_static(HELLO_PATH);
    let mut all = Round::new(all);
    Case::new("one decision", name, move || {
        black_box(policy.decide(presented(&peer, all.next(), &uri))).expect("it is allowed");
    })
}

fn headers(name: HeaderName, value: &str) -> HeaderMap {
    HeaderMap::from_iter([(name, HeaderValue::from_str(value).expect("ASCII"))])
}

/// Every lock.
pub(crate) fn cases(lab: &Lab) -> Vec<Case> {
    let mint = Mint::all().into_iter().find(|mint| mint.algorithm() == "ES256").expect("there is one");
    let bearer: Vec<HeaderMap> =
        tokens::some(lab, &mint).iter().map(|token| headers(AUTHORIZATION, &format!("Bearer {token}"))).collect();
    let verifier = |remembered: usize| -> Box<Tokens> { Box::new(tokens::verifier(lab, &mint).remembering(remembered)) };
    let own = Arc::new(OwnIssuers::from_pointee(vec![Arc::clone(&lab.issuer)]));
    let certificates = Certificates::new(Arc::clone(&lab.memory), Arc::clone(&lab.lists) as _, own, Rules::default());
    let none = || vec![HeaderMap::new()];
    vec![
        decision("open", policy(&lab.memory, Box::new(Open)), peer(None), none()),
        decision("apikey", policy(&lab.memory, Box::new(ApiKeys::new(Arc::clone(&lab.memory)))), peer(None), vec![lab.key()]),
        decision("mtls, after the handshake", policy(&lab.memory, Box::new(certificates)), lab.peer_with_certificate(), none()),
        decision("jwt, ES256, remembered", policy(&lab.memory, verifier(1000)), peer(None), bearer.clone()),
        decision("jwt, ES256, verified", policy(&lab.memory, verifier(0)), peer(None), bearer),
    ]
}
