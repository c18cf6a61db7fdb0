mod book;

use super::*;
use crate::{
    clock,
    principal::Grant,
    secret::Digest,
    store::{Caller, State, Store, StoredSecret, Which, feed},
};

fn once(jti: &str) -> Once {
    Once { client: "a-client".into(), jti: jti.into(), until: clock::now() + Duration::from_secs(60) }
}

fn by() -> By {
    let source = Source { address: std::net::Ipv4Addr::LOCALHOST.into(), via: None, request: Some("id-1".into()) };
    By { who: Who { caller: Some("a-client".into()), ..Who::default() }, source }
}

struct Desk {
    state: tempfile::TempDir,
    memory: Arc<Memory>,
    ledger: Arc<Ledger>,
    _feed: feed::Feed,
    writer: Writer,
}

impl Desk {
    fn new() -> Self {
        let state = tempfile::tempdir().unwrap();
        let (memory, feed) = feed::follow(state.path(), |_| ()).unwrap();
        let ledger = Arc::default();
        let writer = Writer::start(state.path(), &memory, &ledger).unwrap();
        Self { state, memory, ledger, _feed: feed, writer }
    }
}

#[tokio::test]
async fn a_revocation_is_honoured_here_when_it_is_acknowledged_and_is_on_disk() {
    let desk = Desk::new();
    let until = clock::now() + Duration::from_secs(60);
    for round in 0..200 {
        let jti = format!("jti-{round}");
        desk.writer.revoke(&jti, until, by()).await.unwrap();
        assert!(desk.memory.is_token_revoked("", &jti), "{jti}");
    }
    let (again, _feed) = feed::follow(desk.state.path(), |_| ()).unwrap();
    assert!((0..200).all(|round| again.is_token_revoked("", &format!("jti-{round}"))));
}

#[tokio::test]
async fn an_assertion_is_used_once_by_all_servers_and_after_a_restart() {
    let desk = Desk::new();
    let other = Writer::start(desk.state.path(), &desk.memory, &desk.ledger).unwrap();
    assert_eq!(desk.writer.use_once(once("a")).await, Ok(true));
    assert_eq!(desk.writer.use_once(once("a")).await, Ok(false));
    assert_eq!(other.use_once(once("a")).await, Ok(false), "another server");
    assert_eq!(other.use_once(once("b")).await, Ok(true));
    assert_eq!(other.use_once(Once { client: "other".into(), ..once("a") }).await, Ok(true), "another client's name");
    drop((desk.writer, other));
    let again = Writer::start(desk.state.path(), &desk.memory, &desk.ledger).unwrap();
    assert_eq!(again.use_once(once("a")).await, Ok(false), "after a restart");
}

#[tokio::test]
async fn of_many_at_once_one_wins() {
    let desk = Arc::new(Desk::new());
    let all: Vec<_> = (0..64)
        .map(|_| {
            let desk = Arc::clone(&desk);
            tokio::spawn(async move { desk.writer.use_once(once("same")).await.unwrap() })
        })
        .collect();
    let mut first = 0;
    for one in all {
        first += usize::from(one.await.unwrap());
    }
    assert_eq!(first, 1);
}

#[tokio::test]
async fn nothing_is_acknowledged_when_the_database_is_gone() {
    let desk = Desk::new();
    let path = path(&desk);
    std::fs::rename(&path, desk.state.path().join("moved")).unwrap();
    assert!(desk.writer.revoke("a", clock::now(), by()).await.is_err());
    assert!(desk.writer.use_once(once("a")).await.is_err());
    std::fs::rename(desk.state.path().join("moved"), &path).unwrap();
    assert_eq!(desk.writer.use_once(once("a")).await, Ok(true), "and it goes on when the database is back");
}

fn path(desk: &Desk) -> std::path::PathBuf {
    desk.state.path().join("authbench.db")
}

fn partner() -> Caller {
    Caller {
        which: Which::Client,
        id: "an-id".into(),
        name: "partner".into(),
        state: State::Active,
        grant: Grant::default(),
        token_ttl: None,
        ends: None,
        created: clock::now(),
        secrets: vec![StoredSecret::new(Digest::of(b"one"), clock::now())],
        jwks: None,
    }
}

#[test]
fn last_uses_are_written_at_the_end_and_only_of_secrets_that_are_there() {
    let desk = Desk::new();
    let mut store = Store::open(desk.state.path()).unwrap();
    let used = clock::from_seconds(1_800_000_000);
    store.add_caller(&partner()).unwrap();
    let gone = StoredSecret::new(Digest::of(b"gone"), clock::now());
    let known = Arc::new(Caller { secrets: vec![partner().secrets.remove(0), gone], ..partner() });
    desk.memory.used(&known, &known.secrets[0], used);
    desk.memory.used(&known, &known.secrets[1], used);
    let nobody = Arc::new(Caller { id: "nobody".into(), ..partner() });
    desk.memory.used(&nobody, &nobody.secrets[0], used);
    assert_eq!(store.caller(Which::Client, "partner").unwrap().secrets[0].last_used.get(), None);
    desk.writer.finish();
    assert_eq!(store.caller(Which::Client, "partner").unwrap().secrets[0].last_used.get(), Some(used));
}

#[test]
fn a_record_that_is_read_again_forgets_no_use() {
    let desk = Desk::new();
    let used = clock::from_seconds(1_800_000_000);
    desk.memory.put_caller(partner());
    let known = desk.memory.caller(Which::Client, "an-id").unwrap();
    desk.memory.used(&known, &known.secrets[0], used);
    desk.memory.put_caller(partner());
    let again = desk.memory.caller(Which::Client, "an-id").unwrap();
    assert_eq!(again.secrets[0].last_used.get(), Some(used));
}

#[tokio::test]
async fn what_ended_long_ago_does_not_pile_up() {
    const HOUR: Duration = Duration::from_secs(60 * 60);
    let desk = Desk::new();
    for (jti, days) in [("six", 6), ("eight", 8)] {
        desk.writer.revoke(jti, clock::now() - HOUR * 24 * days, by()).await.unwrap();
    }
    for (jti, hours) in [("a day", 24), ("two days", 48)] {
        assert_eq!(desk.writer.use_once(Once { until: clock::now() - HOUR * hours, ..once(jti) }).await, Ok(true));
    }
    let names = |sql: &str| -> Vec<String> {
        let store = Store::open(desk.state.path()).unwrap();
        let mut select = store.connection.prepare(sql).unwrap();
        select.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let kept = || names("SELECT jti FROM revoked_tokens UNION ALL SELECT jti FROM assertions");
    let mut pen = Pen::open(desk.state.path(), Arc::clone(&desk.memory), Arc::clone(&desk.ledger), Arc::default()).unwrap();
    assert_eq!(kept().len(), 4);
    pen.sweep();
    assert_eq!(kept(), ["six", "a day"]);
}
