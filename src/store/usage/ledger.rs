//! All meters of a server together: which of them have something to write, and what they have counted so far.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    time::SystemTime,
};

use super::{Entry, Meter, Standing, Term};
use crate::{calendar::Day, clock::Counted, principal::Kind, wire::Operation};

/// So many callers are told apart in the counters of the admin listener, and the rest are counted together.
pub const TOLD_APART: usize = 1000;
/// What the rest are called there.
pub const REST: &str = "other";

/// Requests by kind, name and operation.
pub type Totals = BTreeMap<(Kind, Arc<str>, Operation), u64>;
type Counts = [u64; Operation::ALL.len()];

/// Counts what callers are served, and hands it to the thread that writes.
#[derive(Debug)]
pub struct Ledger {
    clock: Counted,
    news: Sender<News>,
    book: Mutex<Book>,
}

/// A meter with something on it that is not written.
#[derive(Debug)]
struct News {
    meter: Arc<Meter>,
    plan: Option<Arc<str>>,
    term: Option<Term>,
}

#[derive(Debug)]
struct Book {
    news: Receiver<News>,
    open: HashMap<(Kind, Arc<str>), Entry>,
    callers: HashMap<(Kind, Arc<str>), Counts>,
    rest: HashMap<Kind, Counts>,
    over_admitted: BTreeMap<Arc<str>, u64>,
}

impl Default for Ledger {
    fn default() -> Self {
        let (news, arriving) = channel();
        let book = Book {
            news: arriving,
            open: HashMap::new(),
            callers: HashMap::new(),
            rest: HashMap::new(),
            over_admitted: BTreeMap::new(),
        };
        Self { clock: Counted::start(), news, book: Mutex::new(book) }
    }
}

impl Ledger {
    /// The time that days and periods are taken from: setting the clock moves it by nothing.
    pub fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// Takes the clock's word again; for who has seen it go on evenly.
    pub(in crate::store) fn believe_clock(&self) {
        self.clock.believe();
    }

    /// Counts one request as served on that day, in that plan.
    pub fn count(&self, meter: &Arc<Meter>, operation: Operation, day: Day, plan: Option<(&Arc<str>, Option<Term>)>) {
        if meter.count(operation, day) {
            let news = News {
                meter: Arc::clone(meter),
                plan: plan.map(|(name, _)| Arc::clone(name)),
                term: plan.and_then(|(_, term)| term),
            };
            // The other end is in the book, and lives as long as this one.
            let _ = self.news.send(news);
        }
    }

    /// What was served since the start, up to now.
    pub fn totals(&self) -> Totals {
        let mut book = self.book();
        book.gather(|| self.clock.now());
        book.totals()
    }

    /// What this server admitted beyond quotas, by plan: others had used them up, and it did not know yet.
    pub fn over_admitted(&self) -> BTreeMap<Arc<str>, u64> {
        self.book().over_admitted.clone()
    }

    /// Everything that is not written, to be written now.
    pub(in crate::store) fn take(&self) -> Vec<Entry> {
        let mut book = self.book();
        book.gather(|| self.clock.now());
        book.open.drain().map(|(_, entry)| entry).collect()
    }

    /// Takes back what could not be written.
    pub(in crate::store) fn put_back(&self, entries: Vec<Entry>) {
        let mut book = self.book();
        for entry in entries {
            book.open(entry);
        }
    }

    /// Takes over what is on disk, now that an entry is written there.
    pub(in crate::store) fn learn(&self, entry: &Entry, standing: Standing) {
        let (Some(plan), Some(term)) = (&entry.plan, &entry.term) else { return };
        let own = entry.within(standing.period);
        entry.meter.learn(term, own, standing);
        let limit = entry.meter.limit(term, standing.period);
        let before = standing.used.saturating_sub(own);
        let over = standing.used.saturating_sub(limit) - before.saturating_sub(limit);
        if over > 0 && !term.shadow {
            *self.book().over_admitted.entry(Arc::clone(plan)).or_default() += over;
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    /// Takes over what the meters show that have told of something.
    fn gather(&mut self, now: impl Fn() -> SystemTime) {
        while let Ok(News { meter, plan, term }) = self.news.try_recv() {
            let served = meter.take(|| Day::of(now()));
            let counts = self.counts(meter.kind, &meter.name);
            for one in &served {
                counts[one.operation as usize] += one.count;
            }
            self.open(Entry { meter, plan, term, served, at: now() });
        }
    }

    fn open(&mut self, entry: Entry) {
        let key = (entry.meter.kind, Arc::clone(&entry.meter.id));
        match self.open.get_mut(&key) {
            Some(known) => known.add(entry),
            None => drop(self.open.insert(key, entry)),
        }
    }

    fn counts(&mut self, kind: Kind, name: &Arc<str>) -> &mut Counts {
        let key = (kind, Arc::clone(name));
        if self.callers.contains_key(&key) || self.callers.len() < TOLD_APART {
            self.callers.entry(key).or_default()
        } else {
            self.rest.entry(kind).or_default()
        }
    }

    fn totals(&self) -> Totals {
        let rest = self.rest.iter().map(|(kind, counts)| ((*kind, Arc::from(REST)), counts));
        let mut totals = Totals::new();
        for ((kind, name), counts) in self.callers.iter().map(|(key, counts)| (key.clone(), counts)).chain(rest) {
            for (operation, count) in Operation::ALL.iter().zip(counts) {
                // Somebody may be called like the rest.
                *totals.entry((kind, Arc::clone(&name), *operation)).or_default() += count;
            }
        }
        totals
    }
}
