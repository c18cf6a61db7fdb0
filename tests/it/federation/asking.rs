//! A token that names a key which is not there: its issuer is asked once, and nobody can make that a burden to others.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    Caller, ISSUER, SOON, Signer, age, jwks, lab,
    publisher::{Manner, Publisher},
    ready, younger,
};
use crate::lab::Server;

const PARTNER: &str = "127.0.0.2";

/// Strangers who go on asking with keys that nobody has, each on one connection from its address.
struct Strangers {
    stop: Arc<AtomicBool>,
    calls: Arc<AtomicUsize>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Strangers {
    fn from(addresses: impl IntoIterator<Item = String>, server: &Arc<Server>) -> Self {
        let (stop, calls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let one = |from| tokio::spawn(invent_names(Arc::clone(server), from, Arc::clone(&stop), Arc::clone(&calls)));
        let tasks = addresses.into_iter().map(one).collect();
        Self { stop, calls, tasks }
    }

    /// One of each of forty addresses.
    fn from_many_addresses(server: &Arc<Server>) -> Self {
        Self::from((1..=40).map(|host| format!("127.0.1.{host}")), server)
    }

    /// How often they have asked so far.
    fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Ends them, and fails when one of them was answered otherwise than a stranger should be.
    async fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.unwrap();
        }
    }
}

async fn invent_names(server: Arc<Server>, from: String, stop: Arc<AtomicBool>, calls: Arc<AtomicUsize>) {
    let mut stranger = Caller::at(&server, &from).await;
    while !stop.load(Ordering::Relaxed) {
        let name = authbench::secret::random_text(12).unwrap();
        let seen = stranger.call(&Signer::es256(&name).token_from(ISSUER)).await;
        assert!(["credential_unknown", "guessing"].contains(&seen.as_str()), "{seen}");
        calls.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn the_first_call_with_a_new_key_is_served() {
    let (old, new) = (Signer::es256("old"), Signer::es256("new"));
    let publisher = Publisher::new(Manner::Keys(jwks(&[&old])));
    let lab = lab(&publisher, "");
    let server = lab.serve("jwt");
    ready(&server).await;
    let mut caller = Caller::at(&server, PARTNER).await;
    publisher.now(Manner::Keys(jwks(&[&old, &new])));
    let before = publisher.fetches();
    assert_eq!(caller.call(&new.token_from(ISSUER)).await, "allowed");
    assert_eq!(publisher.fetches(), before + 1);
    assert_eq!(caller.call(&new.token_from(ISSUER)).await, "allowed");
    assert_eq!(publisher.fetches(), before + 1, "a key that is there is not asked for");
}

#[tokio::test]
async fn many_who_need_one_key_cause_one_fetch() {
    let (old, new) = (Signer::es256("old"), Signer::es256("new"));
    let publisher = Publisher::new(Manner::Keys(jwks(&[&old])));
    let lab = lab(&publisher, "");
    let server = lab.serve("jwt");
    let mut callers = Vec::new();
    for host in 10..40 {
        callers.push(Caller::at(&server, &format!("127.0.0.{host}")).await);
    }
    ready(&server).await;
    publisher.now(Manner::Slow(Duration::from_millis(200), jwks(&[&old, &new])));
    let before = publisher.fetches();
    let calls = callers.into_iter().map(|mut caller| {
        let token = new.token_from(ISSUER);
        tokio::spawn(async move { caller.call(&token).await })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap(), "allowed");
    }
    assert_eq!(publisher.fetches(), before + 1);
}

#[tokio::test]
async fn nobody_waits_longer_than_a_second_and_who_leaves_takes_nothing_along() {
    let (old, new) = (Signer::es256("old"), Signer::es256("new"));
    let publisher = Publisher::new(Manner::Keys(jwks(&[&old])));
    let lab = lab(&publisher, "");
    let server = lab.serve("jwt");
    ready(&server).await;
    let mut caller = Caller::at(&server, PARTNER).await;
    publisher.now(Manner::Silent);
    let began = Instant::now();
    assert_eq!(caller.call(&new.token_from(ISSUER)).await, "credential_unknown");
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert_eq!(caller.call(&old.token_from(ISSUER)).await, "allowed", "the old keys stay");

    publisher.now(Manner::Slow(Duration::from_millis(300), jwks(&[&old, &new])));
    let before = publisher.fetches();
    let mut hasty = Caller::at(&server, "127.0.0.3").await;
    let token = new.token_from(ISSUER);
    let asked = Instant::now();
    let left = tokio::time::timeout(Duration::from_millis(100), hasty.call(&token)).await;
    assert!(left.is_err(), "{left:?}");
    drop(hasty);
    // The fetch goes on without whom it was for, and others have its keys.
    younger(&server, asked.elapsed().as_secs_f64()).await;
    assert_eq!(Caller::at(&server, PARTNER).await.call(&token).await, "allowed");
    assert_eq!(publisher.fetches(), before + 1);
}

#[tokio::test]
async fn what_would_be_refused_anyway_asks_for_nothing() {
    let key = Signer::es256("one");
    let publisher = Publisher::new(Manner::Keys(jwks(&[&key])));
    let lab = lab(&publisher, "[network]\nallow = [\"127.0.0.2\"]\n");
    let server = lab.serve("jwt");
    let mut caller = Caller::at(&server, PARTNER).await;
    ready(&server).await;
    let before = publisher.fetches();
    let strange = Signer::es256("strange").token_from(ISSUER);
    assert_eq!(Caller::at(&server, "127.0.0.3").await.call(&strange).await, "address_denied");
    let (_, rest) = strange.split_once('.').unwrap();
    // {"alg":"none","kid":"x","typ":"at+jwt"}; no `kid` at all, {"alg":"ES256","typ":"at+jwt"}; another type, {"alg":"ES256","kid":"x"}.
    let [none, nameless, typeless] = [
        "eyJhbGciOiJub25lIiwia2lkIjoieCIsInR5cCI6ImF0K2p3dCJ9",
        "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9",
        "eyJhbGciOiJFUzI1NiIsImtpZCI6IngifQ",
    ];
    assert_eq!(caller.call(&format!("{none}.{rest}")).await, "algorithm_refused");
    assert_eq!(caller.call(&format!("{nameless}.{rest}")).await, "credential_unknown");
    assert_eq!(caller.call(&format!("{typeless}.{rest}")).await, "type_mismatch");
    assert_eq!(caller.call(&Signer::es256("strange").token_from("https://nobody.example")).await, "issuer_mismatch");
    assert_eq!(caller.call("a.b.c").await, "credential_malformed");
    assert_eq!(publisher.fetches(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strangers_invented_names_do_not_use_up_a_partners_budget() {
    let first = Signer::es256("first");
    let publisher = Publisher::new(Manner::Keys(jwks(&[&first])));
    let lab = lab(&publisher, "");
    let server = Arc::new(lab.serve("jwt"));
    ready(&server).await;
    let mut partner = Caller::at(&server, PARTNER).await;
    let (before, began) = (publisher.fetches(), Instant::now());
    let strangers = Strangers::from(["127.0.0.66"; 4].map(str::to_owned), &server);
    while strangers.calls() < 100 {
        assert!(began.elapsed() < SOON);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // The partner's issuer rotates twice under the flood; no call with a valid token fails.
    let mut signers = vec![first];
    for name in ["second", "third"] {
        signers.push(Signer::es256(name));
        publisher.now(Manner::Keys(jwks(&signers.iter().collect::<Vec<_>>())));
        let newest = &signers[signers.len() - 1];
        for _ in 0..50 {
            assert_eq!(partner.call(&newest.token_from(ISSUER)).await, "allowed", "{name}");
        }
    }
    let invented = strangers.calls();
    strangers.stop().await;
    // Two at once for each of the two addresses, and one more in ten seconds.
    let most = 2 * (2 + usize::try_from(began.elapsed().as_secs() / 10).unwrap());
    let fetches = publisher.fetches() - before;
    println!("{invented} invented names, {fetches} fetches in {:?}", began.elapsed());
    assert!((2..=most).contains(&fetches), "{fetches}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_who_keep_asking_do_not_keep_the_keys_of_a_slow_issuer_away() {
    let key = Signer::es256("one");
    let publisher = Publisher::new(Manner::Slow(Duration::from_secs(2), jwks(&[&key])));
    let lab = lab(&publisher, "jwks_refresh = \"1s\"\njwks_keep = \"8s\"\n");
    let server = Arc::new(lab.serve("jwt"));
    ready(&server).await;
    let strangers = Strangers::from_many_addresses(&server);
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(12) {
        assert!(age(&server).is_finite(), "the keys ran out after {:?}", began.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    strangers.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_at_many_addresses_do_not_make_this_server_a_hammer() {
    let first = Signer::es256("first");
    let publisher = Publisher::new(Manner::Keys(jwks(&[&first])));
    let lab = lab(&publisher, "");
    let server = Arc::new(lab.serve("jwt"));
    ready(&server).await;
    let mut partner = Caller::at(&server, PARTNER).await;
    let (before, began) = (publisher.fetches(), Instant::now());
    let strangers = Strangers::from_many_addresses(&server);
    let second = Signer::es256("second");
    publisher.now(Manner::Keys(jwks(&[&first, &second])));
    let (old, new) = (first.token_from(ISSUER), second.token_from(ISSUER));
    while began.elapsed() < Duration::from_secs(2) {
        assert_eq!([partner.call(&old).await, partner.call(&new).await], ["allowed"; 2]);
    }
    let invented = strangers.calls();
    strangers.stop().await;
    let (fetches, took) = (publisher.fetches() - before, began.elapsed());
    println!("{invented} invented names, {fetches} fetches in {took:?}");
    assert!(fetches <= usize::try_from(took.as_millis() / 250).unwrap() + 1, "{fetches} in {took:?}");
}
