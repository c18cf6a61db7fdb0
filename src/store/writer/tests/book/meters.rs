//! What is counted in memory, before anything is written.

use super::*;

#[test]
fn a_thousand_callers_are_told_apart_and_the_rest_counted_together() {
    let ledger = Ledger::default();
    let today = Day::of(ledger.now());
    for number in 0..1010 {
        ledger.count(&meter(&number.to_string()), HELLO, today, None);
        assert_eq!(ledger.totals().len(), (number + 1).min(TOLD_APART + 1), "by first use");
    }
    ledger.count(&meter("7"), HELLO, today, None);
    let totals = ledger.totals();
    assert_eq!(totals[&(Kind::Key, "name of 7".into(), HELLO)], 2);
    assert_eq!(totals[&(Kind::Key, REST.into(), HELLO)], 10);
}

#[test]
fn nothing_is_lost_between_those_who_count_and_those_who_write() {
    let ledger = Ledger::default();
    let (meter, today) = (meter("a"), Day::of(ledger.now()));
    thread::scope(|scope| {
        let callers: Vec<_> =
            (0..4).map(|_| scope.spawn(|| (0..25_000).for_each(|_| ledger.count(&meter, HELLO, today, None)))).collect();
        while callers.iter().any(|caller| !caller.is_finished()) {
            drop(ledger.totals());
        }
    });
    assert_eq!(ledger.totals()[&(Kind::Key, Arc::clone(&meter.name), HELLO)], 100_000);
    assert!(meter.is_settled(today));
}

#[test]
fn a_caller_is_remembered_for_as_long_as_its_quota_runs() {
    let ledger = Ledger::default();
    let (meter, day) = (meter("a"), Day::of(clock::from_seconds(1_800_000_000)));
    assert!(meter.is_settled(day));
    assert!(meter.spent.take(day, 10).is_some());
    assert!(!meter.is_settled(day) && !meter.is_settled(day.plus(30)) && meter.is_settled(day.plus(31)));
    ledger.count(&meter, HELLO, day, None);
    assert!(!meter.is_settled(day.plus(31)), "it is not written");
}
