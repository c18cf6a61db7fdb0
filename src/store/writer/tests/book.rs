//! The book on disk, and what meters learn from it.

mod meters;

use rusqlite::params;

use super::{super::pen::AT_ONCE, *};
use crate::{
    calendar::{Day, Per},
    principal::Kind,
    store::{
        column::stamp,
        usage::{Billed, Meter, REST, TOLD_APART, Term, running},
    },
    wire::Operation,
};

const HELLO: Operation = Operation::Hello;

/// A state directory with servers on it.
struct Office {
    state: tempfile::TempDir,
    memory: Arc<Memory>,
    _feed: feed::Feed,
}

/// One server's ledger, written when the test says so.
struct Clerk<'d> {
    ledger: Arc<Ledger>,
    pen: Pen,
    desk: &'d Office,
}

impl Office {
    fn new() -> Self {
        let state = tempfile::tempdir().unwrap();
        let (memory, feed) = feed::follow(state.path(), |_| ()).unwrap();
        Self { state, memory, _feed: feed }
    }

    fn server(&self) -> Clerk<'_> {
        let ledger = Arc::<Ledger>::default();
        let pen = Pen::open(self.state.path(), Arc::clone(&self.memory), Arc::clone(&ledger), Arc::default()).unwrap();
        Clerk { ledger, pen, desk: self }
    }

    fn billed(&self) -> Vec<Billed> {
        Store::open(self.state.path()).unwrap().billed(Kind::Key, None).unwrap()
    }

    /// What the book says that a caller was served, all in all.
    fn requests(&self, id: &str) -> u64 {
        let billed = self.billed();
        let usage = billed.iter().filter(|one| *one.id == *id).flat_map(|one| &one.usage);
        usage.map(|usage| usage.requests).sum()
    }
}

impl Clerk<'_> {
    /// Serves as many of these requests as the quota lets through; how many that were.
    fn serve(&self, meter: &Arc<Meter>, term: Term, requests: u64) -> u64 {
        let day = Day::of(self.ledger.now());
        let period = term.per.period(day);
        let plan = Arc::from("small");
        let served = (0..requests).filter(|_| {
            let passes = meter.spent.take(period.begins, meter.limit(&term, period)).is_some();
            if passes {
                self.ledger.count(meter, HELLO, day, Some((&plan, Some(term))));
            }
            passes
        });
        served.count().try_into().unwrap()
    }

    fn over_admitted(&self) -> u64 {
        self.ledger.over_admitted().get("small").copied().unwrap_or(0)
    }

    fn resumed(&self, term: Term) -> Arc<Meter> {
        let found = running(self.desk.state.path(), &[("small".into(), term)], self.ledger.now()).unwrap();
        found.into_iter().next().unwrap()
    }
}

fn meter(id: &str) -> Arc<Meter> {
    Arc::new(Meter::new(Kind::Key, id.into(), format!("name of {id}").into()))
}

/// By the month, so that midnight seldom comes between.
fn term(requests: u32) -> Term {
    Term { requests, per: Per::Month, offset: 0, shadow: false }
}

#[test]
fn what_several_servers_served_adds_up() {
    let desk = Office::new();
    let (mut one, mut two) = (desk.server(), desk.server());
    for (server, meter) in [(&mut one, meter("a")), (&mut two, meter("a"))] {
        for _ in 0..3 {
            assert_eq!(server.serve(&meter, term(100), 5), 5);
            server.pen.keep_book();
        }
    }
    assert_eq!(desk.requests("a"), 30);
    let billed = desk.billed();
    assert_eq!((billed.len(), &*billed[0].name, billed[0].plan.as_deref()), (1, "name of a", Some("small")));
    assert_eq!(billed[0].usage.iter().map(|usage| &*usage.operation).collect::<Vec<_>>().first(), Some(&"GET /hello-world"));
}

#[test]
fn a_quota_holds_over_a_restart() {
    let desk = Office::new();
    let mut server = desk.server();
    assert_eq!(server.serve(&meter("a"), term(5), 3), 3);
    server.pen.keep_book();
    let again = desk.server();
    let meter = again.resumed(term(5));
    assert_eq!((&*meter.id, &*meter.name), ("a", "name of a"));
    assert_eq!(again.serve(&meter, term(5), 10), 2, "five in all");
    assert!(running(desk.state.path(), &[("other".into(), term(5))], again.ledger.now()).unwrap().is_empty());
    assert!(running(desk.state.path(), &[], again.ledger.now()).unwrap().is_empty());
}

#[test]
fn servers_learn_from_each_other_and_say_what_they_admitted_too_much() {
    let desk = Office::new();
    let (mut one, mut two) = (desk.server(), desk.server());
    let (here, there) = (meter("a"), meter("a"));
    assert_eq!(one.serve(&here, term(10), 6), 6);
    one.pen.keep_book();
    assert_eq!(two.serve(&there, term(10), 3), 3);
    two.pen.keep_book();
    assert_eq!(two.serve(&there, term(10), 5), 1, "it knows of the six by now");
    assert_eq!(one.serve(&here, term(10), 4), 4, "which does not know of the four");
    one.pen.keep_book();
    two.pen.keep_book();
    assert_eq!((one.over_admitted(), two.over_admitted()), (3, 1), "whoever wrote later");
    assert_eq!(desk.requests("a"), 14);
    assert_eq!((one.serve(&here, term(10), 1), two.serve(&there, term(10), 1)), (0, 0));
}

#[test]
fn a_shadow_admits_and_nothing_is_too_much() {
    let desk = Office::new();
    let mut server = desk.server();
    let (meter, day) = (meter("a"), Day::of(server.ledger.now()));
    let shadow = Term { shadow: true, ..term(1) };
    for _ in 0..3 {
        server.ledger.count(&meter, HELLO, day, Some((&"small".into(), Some(shadow))));
    }
    server.pen.keep_book();
    assert_eq!((desk.requests("a"), server.over_admitted()), (3, 0));
}

#[test]
fn an_offset_is_taken_off_in_the_first_period_only() {
    let desk = Office::new();
    let mut server = desk.server();
    let term = Term { offset: 3, ..term(5) };
    let newcomer = meter("a");
    assert_eq!(server.serve(&newcomer, term, 10), 2);
    server.pen.keep_book();
    assert_eq!(server.serve(&newcomer, term, 10), 0);
    assert_eq!(server.serve(&server.resumed(term), term, 10), 0, "nor after a restart");
    let store = Store::open(desk.state.path()).unwrap();
    store.connection.execute("UPDATE billed SET first = first - 40, last = 1", []).unwrap();
    store.connection.execute("DELETE FROM usage", []).unwrap();
    assert_eq!(server.serve(&server.resumed(term), term, 10), 5, "it was here in an earlier period");
}

#[test]
fn another_plan_has_another_first_period() {
    let desk = Office::new();
    let mut server = desk.server();
    let (meter, today) = (meter("a"), Day::of(server.ledger.now()));
    let mut first = |plan: &str, day: Day| {
        server.ledger.count(&meter, HELLO, day, Some((&plan.into(), None)));
        server.pen.keep_book();
        desk.billed()[0].first
    };
    assert_eq!(first("small", today.minus(1)), today.minus(1));
    assert_eq!(first("small", today), today.minus(1));
    assert_eq!(first("large", today), today);
}

#[test]
fn what_cannot_be_written_is_written_later_and_once() {
    let desk = Office::new();
    let mut server = desk.server();
    let meter = meter("a");
    let (path, away) = (desk.state.path().join("authbench.db"), desk.state.path().join("away"));
    std::fs::rename(&path, &away).unwrap();
    for _ in 0..2 {
        assert_eq!(server.serve(&meter, term(100), 5), 5);
        server.pen.keep_book();
    }
    std::fs::rename(&away, &path).unwrap();
    server.pen.keep_book();
    server.pen.keep_book();
    assert_eq!(desk.requests("a"), 10);
    assert_eq!(server.serve(&meter, term(12), 5), 2, "nor was anything learned twice");
}

#[test]
fn requests_of_yesterday_are_yesterdays() {
    let desk = Office::new();
    let mut server = desk.server();
    let (meter, today) = (meter("a"), Day::of(server.ledger.now()));
    for day in [today.minus(1), today.minus(1), today] {
        server.ledger.count(&meter, HELLO, day, None);
    }
    server.pen.keep_book();
    let usage = desk.billed().remove(0).usage;
    assert_eq!(usage.iter().map(|usage| (usage.day, usage.requests)).collect::<Vec<_>>(), [(today.minus(1), 2), (today, 1)]);
    let store = Store::open(desk.state.path()).unwrap();
    let found = |kind, name| store.billed(kind, Some(name)).unwrap().len();
    assert_eq!((found(Kind::Key, "a"), found(Kind::Key, "name of a"), found(Kind::Key, "b")), (1, 1, 0));
    assert_eq!(found(Kind::Client, "a"), 0, "another kind");
}

#[test]
fn at_midnight_each_day_keeps_what_is_its_own() {
    let desk = Office::new();
    let mut server = desk.server();
    let daily = Term { requests: 4, per: Per::Day, offset: 0, shadow: false };
    let (meter, today) = (meter("a"), Day::of(server.ledger.now()));
    for (day, requests) in [(today.minus(1), 3), (today, 2)] {
        for _ in 0..requests {
            assert!(meter.spent.take(day, 4).is_some());
            server.ledger.count(&meter, HELLO, day, Some((&"small".into(), Some(daily))));
        }
    }
    // The first of them was told of before midnight, and written after it.
    server.pen.keep_book();
    assert_eq!(meter.spent.used(today), 2);
    server.pen.keep_book();
    assert_eq!(server.serve(&meter, daily, 5), 2, "nothing of yesterday, and nothing twice");
    server.pen.keep_book();
    assert_eq!(desk.requests("a"), 7);
}

#[test]
fn the_book_is_kept_for_four_hundred_days() {
    let desk = Office::new();
    let mut server = desk.server();
    let today = Day::of(clock::now());
    for (id, day) in [("old", 401), ("less old", 400), ("new", 0)] {
        server.ledger.count(&meter(id), HELLO, today, None);
        server.pen.keep_book();
        let store = Store::open(desk.state.path()).unwrap();
        store.connection.execute("UPDATE usage SET day = day - ?2 WHERE id = ?1", params![id, day]).unwrap();
        let last = stamp(today.minus(day).begins());
        store.connection.execute("UPDATE billed SET last = ?2 WHERE id = ?1", params![id, last]).unwrap();
    }
    server.pen.sweep();
    let left: Vec<_> = desk.billed().iter().map(|one| (one.id.to_string(), one.usage.len())).collect();
    assert_eq!(left, [("less old".into(), 1), ("new".into(), 1)]);
}

#[test]
fn many_callers_are_written_in_turns_that_let_others_in() {
    let desk = Office::new();
    let mut server = desk.server();
    let meters: Vec<_> = (0..=2 * AT_ONCE).map(|number| meter(&number.to_string())).collect();
    for meter in &meters {
        server.serve(meter, term(100), 2);
    }
    server.pen.keep_book();
    let billed = desk.billed();
    assert_eq!(billed.len(), meters.len());
    assert!(billed.iter().all(|one| one.usage.iter().map(|usage| usage.requests).sum::<u64>() == 2));
}
