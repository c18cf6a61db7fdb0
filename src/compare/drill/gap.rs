//! What the callers saw of one failure: a pure function of their calls.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::{
    millis,
    seen::{Call, End, Who},
};
use crate::{
    caller::Stage,
    compare::findings::{Ended, Gap, Kind},
};

/// When nobody was turned away for so long, everybody is served again.
pub(super) const SETTLED: Duration = Duration::from_millis(200);
/// So many ways in which calls ended are told.
const WAYS: usize = 5;

/// The moments of one failure.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    /// It failed.
    pub(super) down: Instant,
    /// Its repair began: the server was started again, the file put back.
    pub(super) repair: Instant,
    /// The server that was started again said that it was ready.
    pub(super) ready: Option<Instant>,
    /// The round was over.
    pub(super) until: Instant,
}

/// What the calls say about one failure.
pub(super) fn gap(calls: &[Call], mark: Mark) -> Gap {
    let within: Vec<&Call> = calls.iter().filter(|call| (mark.down..mark.until).contains(&call.ended)).collect();
    let of = |who: Who| within.iter().copied().filter(move |call| call.who == who);
    let served = || of(Who::Partner).filter(|call| call.end == End::Accepted);
    let unserved = || of(Who::Partner).filter(|call| call.end != End::Accepted).map(|call| call.ended);
    let since = |from: Instant| move |at: Instant| millis(at.saturating_duration_since(from));
    let last = unserved().max();
    let is_settled = last.is_none_or(|last| last + SETTLED <= mark.until);
    let (resumed, full) = first_again(calls, mark);
    Gap {
        calls: of(Who::Partner).count() as u64,
        unserved: unserved().count() as u64,
        served_on_ms: served().map(|call| call.ended).filter(|ended| *ended < mark.repair).max().map_or(0.0, since(mark.down)),
        first_unserved_ms: unserved().min().map(since(mark.down)),
        repair_ms: since(mark.down)(mark.repair),
        ready_ms: mark.ready.map(since(mark.repair)),
        // What was under way when it failed may end a little later: only a call that was due afterwards says that it is back.
        back_ms: served().filter(|call| call.due >= mark.repair).map(|call| call.ended).min().map(since(mark.repair)),
        all_back_ms: is_settled.then(|| last.map_or(0.0, since(mark.repair))),
        longest_ms: served().map(|call| millis(call.ended.saturating_duration_since(call.due))).fold(0.0, f64::max),
        resumed,
        full,
        revoked_calls: of(Who::Outcast).count() as u64,
        revoked_served: of(Who::Outcast).filter(|call| call.end == End::Accepted).count() as u64,
    }
}

/// Of the callers that resumed sessions before: how many did so with their first served call after the repair, and how many did not.
fn first_again(calls: &[Call], mark: Mark) -> (u64, u64) {
    let mut first: BTreeMap<usize, Option<Kind>> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.who == Who::Partner && call.end == End::Accepted && call.ended < mark.until) {
        if call.ended < mark.down && call.kind == Kind::Resumed {
            first.entry(call.caller).or_default();
        } else if call.ended >= mark.repair {
            first.entry(call.caller).and_modify(|kind| *kind = kind.or(Some(call.kind)));
        }
    }
    let count = |is: fn(Kind) -> bool| first.values().flatten().filter(|kind| is(**kind)).count() as u64;
    (count(|kind| kind == Kind::Resumed), count(|kind| kind != Kind::Resumed))
}

/// How the partner's calls ended that were not served from `from` on, the most frequent first.
pub(super) fn ended(calls: &[Call], from: Instant) -> Vec<Ended> {
    let mut ways: BTreeMap<String, u64> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.who == Who::Partner && call.ended >= from) {
        if let End::Refused(how) | End::Failed(how) = &call.end {
            *ways.entry(way(how)).or_default() += 1;
        }
    }
    let mut ended: Vec<_> = ways.into_iter().map(|(how, calls)| Ended { how, calls }).collect();
    ended.sort_by_key(|way| std::cmp::Reverse(way.calls));
    ended.truncate(WAYS);
    ended
}

/// Without addresses and numbers, which differ from run to run.
fn way(how: &str) -> String {
    let stage = how.split_once(": ").and_then(|(stage, _)| stage.parse().ok());
    match stage {
        Some(Stage::Connect) => "no connection".into(),
        Some(Stage::Distrust) => "the server's certificate was not trusted".into(),
        Some(Stage::Handshake) => "the handshake was broken off".into(),
        Some(Stage::Closed) => "closed without an answer".into(),
        Some(Stage::Deadline) => "no answer in time".into(),
        Some(Stage::Unreadable) => "an answer that cannot be read".into(),
        None => how.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn call(base: Instant, caller: usize, kind: Kind, millis: u64, end: End) -> Call {
        let when = base + Duration::from_millis(millis - 2);
        Call { who: Who::Partner, caller, kind, due: when, ended: when + Duration::from_millis(2), end }
    }

    fn failed() -> End {
        End::Failed("connect: refused".into())
    }

    fn mark(base: Instant, [down, repair, ready, until]: [u64; 4]) -> Mark {
        let at = |millis| base + Duration::from_millis(millis);
        Mark { down: at(down), repair: at(repair), ready: Some(at(ready)), until: at(until) }
    }

    #[test]
    fn a_failure_is_told_by_the_calls_around_it() {
        let base = Instant::now();
        let one = |kind, millis, end| call(base, 0, kind, millis, end);
        let mut calls = vec![
            one(Kind::Kept, 90, End::Accepted),
            one(Kind::Kept, 104, End::Accepted),
            one(Kind::Kept, 110, failed()),
            one(Kind::New, 150, failed()),
            one(Kind::Kept, 180, End::Accepted),
            one(Kind::New, 190, End::Failed("answered 503".into())),
            one(Kind::New, 400, End::Accepted),
            one(Kind::New, 900, failed()),
        ];
        calls.push(Call { who: Who::Outcast, ..one(Kind::New, 300, End::Refused("answered 401".into())) });
        calls.push(Call { who: Who::Outcast, ..one(Kind::New, 301, End::Accepted) });
        let seen = gap(&calls, mark(base, [100, 120, 170, 500]));
        let wanted = Gap {
            calls: 6,
            unserved: 3,
            served_on_ms: 4.0,
            first_unserved_ms: Some(10.0),
            repair_ms: 20.0,
            ready_ms: Some(50.0),
            back_ms: Some(60.0),
            all_back_ms: Some(70.0),
            longest_ms: 2.0,
            resumed: 0,
            full: 0,
            revoked_calls: 2,
            revoked_served: 1,
        };
        assert_eq!(seen, wanted);
        assert_eq!(seen.down_ms(), Some(80.0));
        let ways: Vec<_> = ended(&calls, base).into_iter().map(|way| (way.how, way.calls)).collect();
        assert_eq!(ways, [("no connection".to_owned(), 3), ("answered 503".to_owned(), 1)]);
    }

    #[test]
    fn who_is_still_turned_away_at_the_end_is_not_back() {
        let base = Instant::now();
        let calls = [call(base, 0, Kind::Kept, 450, failed())];
        let seen = gap(&calls, mark(base, [100, 120, 170, 500]));
        assert_eq!((seen.back_ms, seen.all_back_ms, seen.served_on_ms), (None, None, 0.0));
        let seen = gap(&[], mark(base, [100, 120, 170, 500]));
        assert_eq!((seen.back_ms, seen.all_back_ms, seen.first_unserved_ms), (None, Some(0.0), None));
    }

    #[test]
    fn sessions_that_go_on_are_told_from_those_that_do_not() {
        let base = Instant::now();
        let calls = [
            call(base, 0, Kind::Resumed, 50, End::Accepted),
            call(base, 1, Kind::Resumed, 50, End::Accepted),
            call(base, 2, Kind::New, 50, End::Accepted),
            call(base, 0, Kind::New, 200, End::Accepted),
            call(base, 0, Kind::Resumed, 210, End::Accepted),
            call(base, 1, Kind::Resumed, 200, End::Accepted),
            call(base, 2, Kind::New, 200, End::Accepted),
        ];
        let seen = gap(&calls, mark(base, [100, 120, 170, 500]));
        assert_eq!((seen.resumed, seen.full), (1, 1));
    }

    proptest! {
        /// Whatever happened: nothing is counted twice, and no time is told that no call has.
        #[test]
        fn every_call_within_counts_once(ends in proptest::collection::vec((2_u64..1000, any::<bool>()), 0..60)) {
            let base = Instant::now();
            let end = |served: bool| if served { End::Accepted } else { failed() };
            let calls: Vec<_> = ends.iter().map(|(millis, served)| call(base, 0, Kind::Kept, *millis, end(*served))).collect();
            let seen = gap(&calls, mark(base, [200, 300, 350, 800]));
            let within = |served: bool| ends.iter().filter(move |(at, is)| (200..800).contains(at) && *is == served).map(|(at, _)| *at);
            prop_assert_eq!((seen.calls, seen.unserved), ((within(true).count() + within(false).count()) as u64, within(false).count() as u64));
            let whole = |millis: f64| Duration::from_secs_f64(millis / 1e3).as_millis();
            prop_assert_eq!(seen.back_ms.map(whole), within(true).filter(|at| *at >= 302).min().map(|at| u128::from(at - 300)));
            prop_assert_eq!(seen.first_unserved_ms.map(whole), within(false).min().map(|at| u128::from(at - 200)));
            prop_assert!(seen.served_on_ms <= 100.0 && seen.all_back_ms.is_none_or(|back| back <= 300.0));
        }
    }
}
