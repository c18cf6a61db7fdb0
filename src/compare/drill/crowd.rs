//! Busy callers, over all kinds of connection at once: an open loop.
//!
//! Each caller has a timetable and makes every call in it, whatever became of the ones before. A call whose moment comes while
//! the one before is under way begins late and counts from its moment: a server that stops answering does not stop the callers.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval_at, sleep, timeout},
};

use super::{
    pass::Pass,
    seen::{Call, Seen, Who},
    session::Session,
};
use crate::compare::{cpu::Share, findings::Kind, load::on_own_thread};

/// How many connections of each kind are busy, and how often each calls.
type Places = [(Kind, u32, Duration)];
/// Fifty with the credential that ends. Kept ones are many and quick: that is where a credential could go on.
const MANY: &Places = &[
    (Kind::Kept, 15, Duration::from_millis(20)),
    (Kind::Http2, 15, Duration::from_millis(20)),
    (Kind::New, 10, Duration::from_millis(50)),
    (Kind::Resumed, 10, Duration::from_millis(50)),
];
/// All of them.
pub(super) const BUSY: u64 = 50;
/// One of each kind, as often.
const NEIGHBOURS: &Places = &[
    (Kind::Kept, 1, Duration::from_millis(20)),
    (Kind::Http2, 1, Duration::from_millis(20)),
    (Kind::New, 1, Duration::from_millis(50)),
    (Kind::Resumed, 1, Duration::from_millis(50)),
];
/// A dozen, to see a failure by: enough of each kind to tell it to some milliseconds, few enough to leave a restarting server room.
const FEW: &Places = &[
    (Kind::Kept, 3, Duration::from_millis(20)),
    (Kind::Http2, 3, Duration::from_millis(20)),
    (Kind::New, 3, Duration::from_millis(50)),
    (Kind::Resumed, 3, Duration::from_millis(50)),
];
/// The same dozen in no hurry, for failures that last for seconds and are looked at in several modes at once.
const FEW_SLOW: &Places = &[
    (Kind::Kept, 3, Duration::from_millis(50)),
    (Kind::Http2, 3, Duration::from_millis(50)),
    (Kind::New, 3, Duration::from_millis(100)),
    (Kind::Resumed, 3, Duration::from_millis(100)),
];
/// All of them.
pub(super) const AFEW: u64 = 12;
const FEW_CALLERS: usize = 12;
/// Who was thrown out and tries again and again.
const ONE: &Places = &[(Kind::New, 1, Duration::from_millis(50))];
/// So many served calls of each kind, and the kind is busy: of many, and of few.
pub(super) const ENOUGH: usize = 30;
const ENOUGH_OF_FEW: usize = 10;
/// How long everybody may take until everybody is busy.
const BUSY_WITHIN: Duration = Duration::from_secs(5);
/// How often a timer is looked at, to know whether timers are late.
const PULSE: Duration = Duration::from_millis(5);

/// Callers at work on a thread of their own. Dropping it lets them go home.
#[derive(Debug)]
pub(super) struct Crowd {
    desk: Arc<Desk>,
    work: JoinHandle<Result<Result<Spent, String>, String>>,
}

/// Callers with one credential.
#[derive(Debug, Clone)]
struct Party {
    who: Who,
    pass: Pass,
    places: &'static Places,
    /// Whether they connect again when the server has closed a connection that they keep.
    returns: bool,
}

/// What callers and onlookers share.
#[derive(Debug)]
struct Desk {
    calls: Mutex<Vec<Call>>,
    home: AtomicBool,
    enough: usize,
    neighbour: bool,
}

/// What the callers' thread took, and how late it was.
#[derive(Debug)]
struct Spent {
    late: Duration,
    busy: Option<f64>,
}

impl Crowd {
    /// Sets fifty to work with one credential, and four with a neighbour's. A connection that the server closes stays closed:
    /// another one would be new.
    pub(super) fn gather(partner: Pass, neighbour: Pass) -> Self {
        let partner = Party { who: Who::Partner, pass: partner, places: MANY, returns: false };
        let neighbour = Party { who: Who::Neighbour, pass: neighbour, places: NEIGHBOURS, returns: false };
        Self::begin(vec![partner, neighbour], ENOUGH)
    }

    /// Sets a dozen to work who connect again whenever they have to, and one with a credential that is going to be revoked.
    pub(super) fn insist(partner: Pass, outcast: Option<Pass>) -> Self {
        let outcast = outcast.map(|pass| Party { who: Who::Outcast, pass, places: ONE, returns: true });
        let partner = Party { who: Who::Partner, pass: partner, places: FEW, returns: true };
        Self::begin(outcast.into_iter().chain([partner]).collect(), ENOUGH_OF_FEW)
    }

    /// The same dozen, calling less often.
    pub(super) fn insist_slowly(partner: Pass) -> Self {
        Self::begin(vec![Party { who: Who::Partner, pass: partner, places: FEW_SLOW, returns: true }], ENOUGH_OF_FEW)
    }

    fn begin(parties: Vec<Party>, enough: usize) -> Self {
        let neighbour = parties.iter().any(|party| party.who == Who::Neighbour);
        let desk = Arc::new(Desk { calls: Mutex::default(), home: AtomicBool::new(false), enough, neighbour });
        let theirs = Arc::clone(&desk);
        let work = tokio::spawn(on_own_thread(async move || theirs.work(&parties).await));
        Self { desk, work }
    }

    /// Waits until everybody is busy.
    ///
    /// # Errors
    /// A sentence with what came instead.
    pub(super) async fn is_busy(&self) -> Result<(), String> {
        let busy = async {
            while !self.desk.is_busy() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(BUSY_WITHIN, busy).await.map_err(|_| {
            let calls = self.desk.calls();
            format!("not everybody was served within {BUSY_WITHIN:?}; the last call: {:?}", calls.last().map(|call| &call.end))
        })
    }

    /// Goes on until the partner was served nothing for `quiet`, counted from `over` at the earliest, or until `most` has passed.
    pub(super) async fn until_quiet(&self, over: Instant, quiet: Duration, most: Duration) {
        loop {
            let last = Seen::last_accepted(&self.desk.calls()).map_or(over, |last| last.max(over));
            let until = (last + quiet).min(over + most);
            let Some(rest) = until.checked_duration_since(Instant::now()).filter(|rest| !rest.is_zero()) else { return };
            sleep(rest).await;
        }
    }

    /// Goes on until every one of the insistent was served by a call that was due after `back`, and none was turned away for
    /// `quiet`, counted from `over` at the earliest; or until `most` has passed since then.
    pub(super) async fn until_served(&self, back: Instant, over: Instant, quiet: Duration, most: Duration) {
        while over.elapsed() < most {
            let (served, last) = {
                let calls = self.desk.calls();
                (Seen::served_since(&calls, back), Seen::last_unserved(&calls))
            };
            if served == FEW_CALLERS && last.map_or(over, |last| last.max(over)).elapsed() >= quiet {
                return;
            }
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Lets everybody finish the call in hand and hands over what they saw.
    ///
    /// # Errors
    /// A sentence when they could not work at all.
    pub(super) async fn disperse(mut self) -> Result<Seen, String> {
        self.desk.home.store(true, Relaxed);
        let Spent { late, busy } = (&mut self.work).await.map_err(|error| error.to_string())???;
        let calls = std::mem::take(&mut *self.desk.calls());
        Ok(Seen { calls, late, busy })
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.desk.home.store(true, Relaxed);
    }
}

impl Desk {
    fn calls(&self) -> MutexGuard<'_, Vec<Call>> {
        // Whoever panicked has pushed whole calls only.
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_open(&self) -> bool {
        !self.home.load(Relaxed)
    }

    fn is_busy(&self) -> bool {
        Seen::everyone_is_busy(&self.calls(), self.enough, self.neighbour)
    }

    async fn work(&self, parties: &[Party]) -> Result<Spent, String> {
        let (before, begun) = (Share::now(), Instant::now());
        let mut everybody = Vec::new();
        for party in parties {
            for (kind, count, period) in party.places {
                for number in 0..*count {
                    everybody.push(self.caller(everybody.len(), party, *kind, (*period * number / *count, *period))?);
                }
            }
        }
        let (late, _) = tokio::join!(self.pulse(), join_all(everybody));
        let whole = begun.elapsed().as_secs_f64();
        let busy = Share::since(before).map(|share| share.spent.as_secs_f64() / whole);
        Ok(Spent { late, busy })
    }

    /// One caller: a call for each moment of its timetable.
    fn caller(
        &self,
        caller: usize,
        party: &Party,
        kind: Kind,
        (offset, period): (Duration, Duration),
    ) -> Result<impl Future<Output = ()>, String> {
        let mut session = Session::new(kind, party.pass.dial(kind)?, party.pass.clone(), party.returns);
        let who = party.who;
        Ok(async move {
            let mut timetable = interval_at(tokio::time::Instant::now() + offset, period);
            timetable.set_missed_tick_behavior(MissedTickBehavior::Burst);
            while self.is_open() && !session.is_over() {
                let due = timetable.tick().await.into_std();
                let (kind, end) = session.call().await;
                self.calls().push(Call { who, caller, kind, due, ended: Instant::now(), end });
            }
        })
    }

    /// The most by which a timer was late. The first look is left out: everybody connects then.
    async fn pulse(&self) -> Duration {
        let mut late = Duration::ZERO;
        let mut settled = false;
        while self.is_open() {
            let due = Instant::now() + PULSE;
            sleep(PULSE).await;
            settled = settled || self.is_busy();
            if settled {
                late = late.max(due.elapsed());
            }
        }
        late
    }
}
