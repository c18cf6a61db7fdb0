//! Fifty busy connections with one credential, and a few of a neighbour: an open loop, all kinds at once.

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

/// How many connections of each kind are busy with the credential, and how often each calls. Kept ones are many and quick: that
/// is where a credential could go on.
const AT_WORK: [(Kind, u32, Duration); 4] = [
    (Kind::Kept, 15, Duration::from_millis(20)),
    (Kind::Http2, 15, Duration::from_millis(20)),
    (Kind::New, 10, Duration::from_millis(50)),
    (Kind::Resumed, 10, Duration::from_millis(50)),
];
/// All of them.
pub(super) const BUSY: u64 = 50;
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

/// What callers and onlookers share.
#[derive(Debug, Default)]
struct Desk {
    calls: Mutex<Vec<Call>>,
    home: AtomicBool,
}

/// What the callers' thread took, and how late it was.
#[derive(Debug)]
struct Spent {
    late: Duration,
    busy: Option<f64>,
}

impl Crowd {
    /// Sets everybody to work.
    pub(super) fn gather(partner: Pass, neighbour: Pass) -> Self {
        let desk = Arc::new(Desk::default());
        let theirs = Arc::clone(&desk);
        let work = tokio::spawn(on_own_thread(async move || theirs.work(&partner, &neighbour).await));
        Self { desk, work }
    }

    /// Waits until everybody is busy.
    ///
    /// # Errors
    /// A sentence with what came instead.
    pub(super) async fn is_busy(&self) -> Result<(), String> {
        let busy = async {
            while !Seen::everyone_is_busy(&self.desk.calls()) {
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

    async fn work(&self, partner: &Pass, neighbour: &Pass) -> Result<Spent, String> {
        let (before, begun) = (Share::now(), Instant::now());
        let mut everybody = Vec::new();
        for (kind, count, period) in AT_WORK {
            for number in 0..count {
                let offset = period * number / count;
                everybody.push(self.caller(Who::Partner, partner, kind, (offset, period))?);
            }
            everybody.push(self.caller(Who::Neighbour, neighbour, kind, (Duration::ZERO, period))?);
        }
        let (late, _) = tokio::join!(self.pulse(), join_all(everybody));
        let whole = begun.elapsed().as_secs_f64();
        let busy = Share::since(before).map(|share| share.spent.as_secs_f64() / whole);
        Ok(Spent { late, busy })
    }

    /// One caller: a call at each moment of its timetable. Moments that pass while a call is under way are left out.
    fn caller(
        &self,
        who: Who,
        pass: &Pass,
        kind: Kind,
        (offset, period): (Duration, Duration),
    ) -> Result<impl Future<Output = ()>, String> {
        let dial = pass.dial(kind)?;
        let call = &pass.call;
        Ok(async move {
            let mut session = Session::new(kind, dial, call);
            let mut timetable = interval_at(tokio::time::Instant::now() + offset, period);
            timetable.set_missed_tick_behavior(MissedTickBehavior::Skip);
            while self.is_open() && !session.is_over() {
                timetable.tick().await;
                let (kind, end) = session.call().await;
                self.calls().push(Call { who, kind, ended: Instant::now(), end });
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
            settled = settled || Seen::everyone_is_busy(&self.calls());
            if settled {
                late = late.max(due.elapsed());
            }
        }
        late
    }
}
