//! What the callers saw, and what it says about one round.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use super::crowd::ENOUGH;
use crate::compare::findings::Kind;

/// A caller that begins its calls later than this is held up by something else than the server.
const LATE: Duration = Duration::from_millis(50);
/// The same where what is timed takes some hundred milliseconds, or seconds.
pub(super) const LATE_FOR_OUTAGES: Duration = Duration::from_millis(100);
/// A caller that is busier than this share of a processor measures itself.
const BUSY: f64 = 0.9;

/// One call and how it ended.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) who: Who,
    /// Which of the callers made it.
    pub(super) caller: usize,
    pub(super) kind: Kind,
    /// When it was to begin.
    pub(super) due: Instant,
    pub(super) ended: Instant,
    pub(super) end: End,
}

/// Whose credential was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// That of the caller whose credential ends.
    Partner,
    /// One that has nothing to do with it.
    Neighbour,
    /// One whose credential was revoked.
    Outcast,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// The resource was served.
    Accepted,
    /// The server said no: an answer that refuses, an alert, a closed connection.
    Refused(String),
    /// Neither: nobody there, no answer in time, an error of the server.
    Failed(String),
}

/// All that was seen in one round.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) calls: Vec<Call>,
    /// The most by which a timer of the callers' thread was late.
    pub(super) late: Duration,
    /// The callers' CPU time as a share of one processor, where the system tells.
    pub(super) busy: Option<f64>,
}

/// When something happened that ends a credential.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// Before this the credential is good.
    pub(super) good_until: Instant,
    /// From here on it should not be: the command has returned, the time is over.
    pub(super) over: Instant,
}

/// What one round says.
#[derive(Debug, PartialEq)]
pub(super) struct Round {
    /// For each kind how long the credential went on, and how many requests were accepted.
    pub(super) lasted: Vec<Went>,
    pub(super) neighbour_calls: u64,
    pub(super) neighbour_refused: u64,
}

/// How long the credential went on over one kind of connection.
#[derive(Debug, PartialEq)]
pub(super) struct Went {
    pub(super) kind: Kind,
    /// From the moment to the end of the last accepted request; zero when that was before.
    pub(super) after: Duration,
    /// From there to the moment; zero when it was after.
    pub(super) before: Duration,
    /// Requests that were accepted.
    pub(super) accepted: u64,
}

impl Seen {
    /// When the partner was served for the last time.
    pub(super) fn last_accepted(calls: &[Call]) -> Option<Instant> {
        let accepted = calls.iter().filter(|call| call.who == Who::Partner && call.end == End::Accepted);
        accepted.map(|call| call.ended).max()
    }

    /// How many of the partner's callers were served by a call that was due at `back` or later.
    pub(super) fn served_since(calls: &[Call], back: Instant) -> usize {
        let served = calls.iter().filter(|call| call.who == Who::Partner && call.end == End::Accepted && call.due >= back);
        served.map(|call| call.caller).collect::<BTreeSet<_>>().len()
    }

    /// When the partner was last turned away.
    pub(super) fn last_unserved(calls: &[Call]) -> Option<Instant> {
        let unserved = calls.iter().filter(|call| call.who == Who::Partner && call.end != End::Accepted);
        unserved.map(|call| call.ended).max()
    }

    /// Whether the partner has been served `enough` times over every kind to be called busy, and the neighbour once if there is one.
    pub(super) fn everyone_is_busy(calls: &[Call], enough: usize, neighbour: bool) -> bool {
        let is_there = || calls.iter().any(|call| call.who == Who::Neighbour && call.end == End::Accepted);
        (!neighbour || is_there()) && Kind::ALL.iter().all(|kind| accepted(calls, *kind).count() >= enough)
    }

    /// Judges the round.
    ///
    /// # Errors
    /// Why it does not count.
    pub(super) fn round(&self, moment: Moment) -> Result<Round, String> {
        self.is_sound(moment)?;
        let lasted = Kind::ALL.iter().map(|kind| {
            let last = accepted(&self.calls, *kind).map(|call| call.ended).max().unwrap_or(moment.over);
            Went {
                kind: *kind,
                after: last.saturating_duration_since(moment.over),
                before: moment.over.saturating_duration_since(last),
                accepted: accepted(&self.calls, *kind).count() as u64,
            }
        });
        let neighbour =
            |end: fn(&End) -> bool| self.calls.iter().filter(|call| call.who == Who::Neighbour && end(&call.end)).count() as u64;
        Ok(Round {
            lasted: lasted.collect(),
            neighbour_calls: neighbour(|_| true),
            neighbour_refused: neighbour(|end| matches!(end, End::Refused(_))),
        })
    }

    /// Whether the callers measured the server and not themselves: they were not busy all the time, and no timer of theirs was
    /// later than `late`.
    ///
    /// # Errors
    /// Why they did not.
    pub(super) fn callers_are_sound(&self, late: Duration) -> Result<(), String> {
        if self.busy.is_some_and(|busy| busy > BUSY) {
            return Err(format!("the callers were busy for more than {:.0} % of the time", BUSY * 100.0));
        }
        if self.late > late {
            return Err(format!("the callers were held up for {} ms by other programs", self.late.as_millis()));
        }
        Ok(())
    }

    fn is_sound(&self, moment: Moment) -> Result<(), String> {
        self.callers_are_sound(LATE)?;
        for call in &self.calls {
            match &call.end {
                End::Failed(why) => return Err(format!("a call failed: {why}")),
                End::Refused(why) if call.who == Who::Partner && call.ended < moment.good_until => {
                    return Err(format!("a good credential was refused on a {} connection: {why}", call.kind));
                }
                _ => {}
            }
        }
        let before = |kind: Kind| accepted(&self.calls, kind).filter(|call| call.ended < moment.good_until).count();
        match Kind::ALL.iter().map(|kind| (*kind, before(*kind))).find(|(_, count)| *count < ENOUGH) {
            Some((kind, count)) => Err(format!("only {count} requests were accepted on {kind} connections before")),
            None => Ok(()),
        }
    }
}

fn accepted(calls: &[Call], kind: Kind) -> impl Iterator<Item = &Call> {
    calls.iter().filter(move |call| call.who == Who::Partner && call.kind == kind && call.end == End::Accepted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(base: Instant, millis: u64) -> Instant {
        base + Duration::from_millis(millis)
    }

    /// Thirty accepted calls of each kind in the first 120 ms, and some of the neighbour all the time.
    fn seen(base: Instant) -> Seen {
        let call = |who, kind, millis| {
            let when = at(base, millis);
            Call { who, caller: 0, kind, due: when, ended: when, end: End::Accepted }
        };
        let calls = Kind::ALL.iter().flat_map(|kind| (1..=30).map(move |number| (Who::Partner, *kind, number * 4)));
        let calls = calls.chain((1..=40).map(|number| (Who::Neighbour, Kind::Kept, number * 10)));
        Seen { calls: calls.map(|(who, kind, millis)| call(who, kind, millis)).collect(), late: Duration::ZERO, busy: Some(0.4) }
    }

    fn moment(base: Instant) -> Moment {
        Moment { good_until: at(base, 125), over: at(base, 150) }
    }

    fn with(base: Instant, who: Who, millis: u64, end: End) -> Seen {
        let mut seen = seen(base);
        let when = at(base, millis);
        seen.calls.push(Call { who, caller: 0, kind: Kind::Http2, due: when, ended: when, end });
        seen
    }

    #[test]
    fn what_was_accepted_last_counts_from_the_moment_and_never_below() {
        let base = Instant::now();
        let round = with(base, Who::Partner, 183, End::Accepted).round(moment(base)).unwrap();
        let told = |went: &Went| (went.kind, went.before.as_millis(), went.after.as_millis(), went.accepted);
        let lasted: Vec<_> = round.lasted.iter().map(told).collect();
        assert_eq!(
            lasted,
            [(Kind::New, 30, 0, 30), (Kind::Kept, 30, 0, 30), (Kind::Http2, 0, 33, 31), (Kind::Resumed, 30, 0, 30)]
        );
        assert_eq!((round.neighbour_calls, round.neighbour_refused), (40, 0));
    }

    #[test]
    fn a_neighbour_that_is_refused_is_counted() {
        let base = Instant::now();
        let round = with(base, Who::Neighbour, 200, End::Refused("closed".into())).round(moment(base)).unwrap();
        assert_eq!((round.neighbour_calls, round.neighbour_refused), (41, 1));
    }

    #[test]
    fn a_round_that_says_nothing_is_void_and_says_why() {
        let base = Instant::now();
        let refused = || End::Refused("answered 401".into());
        let idle = Seen { calls: seen(base).calls.into_iter().filter(|call| call.kind != Kind::New).collect(), ..seen(base) };
        for (void, why) in [
            (with(base, Who::Partner, 124, refused()), "a good credential was refused on a http2 connection: answered 401"),
            (with(base, Who::Partner, 300, End::Failed("answered 503".into())), "a call failed: answered 503"),
            (with(base, Who::Neighbour, 1, End::Failed("deadline".into())), "a call failed: deadline"),
            (idle, "only 0 requests were accepted on new connections before"),
            (Seen { late: Duration::from_millis(51), ..seen(base) }, "the callers were held up for 51 ms by other programs"),
            (Seen { busy: Some(0.91), ..seen(base) }, "the callers were busy for more than 90 % of the time"),
        ] {
            assert_eq!(void.round(moment(base)), Err(why.into()));
        }
        // While the command runs, either is right.
        assert!(with(base, Who::Partner, 126, refused()).round(moment(base)).is_ok());
    }

    #[test]
    fn only_calls_that_were_due_afterwards_say_that_a_caller_is_served_again() {
        let base = Instant::now();
        let mut seen = seen(base);
        for (caller, millis, end) in [(1, 200, End::Accepted), (1, 210, End::Accepted), (2, 220, End::Failed("connect".into()))] {
            let when = at(base, millis);
            seen.calls.push(Call { who: Who::Partner, caller, kind: Kind::New, due: when, ended: when, end });
        }
        assert_eq!(Seen::served_since(&seen.calls, at(base, 0)), 2);
        assert_eq!(Seen::served_since(&seen.calls, at(base, 200)), 1);
        assert_eq!(Seen::served_since(&seen.calls, at(base, 211)), 0);
        assert_eq!(Seen::last_unserved(&seen.calls), Some(at(base, 220)));
    }

    #[test]
    fn everyone_is_busy_only_when_the_neighbour_is_too() {
        let mut all = seen(Instant::now());
        assert!(Seen::everyone_is_busy(&all.calls, ENOUGH, true));
        assert!(!Seen::everyone_is_busy(&all.calls, ENOUGH + 1, true));
        all.calls.retain(|call| call.who == Who::Partner);
        assert!(!Seen::everyone_is_busy(&all.calls, ENOUGH, true));
        assert!(Seen::everyone_is_busy(&all.calls, ENOUGH, false));
    }
}
