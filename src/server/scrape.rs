//! What the operator is told on `/metrics`: what was counted, and what is read at that moment.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::door::Door;
use crate::{
    census::{Census, Ending},
    clock,
    lifetime::Life,
    metrics::{Connections, Metrics, Page, TokenCache},
};

/// A census is good for so many times as long as it took: of a million credentials it takes a while, and costs one part in a
/// hundred of a processor, however often somebody asks.
const GOOD_FOR: u32 = 100;

/// The last count of credentials.
#[derive(Debug, Default)]
pub(super) struct LastCensus(Mutex<Option<Counted>>);

#[derive(Debug)]
struct Counted {
    census: Census,
    at: Instant,
    good_for: Duration,
}

impl LastCensus {
    /// The credentials as `take` counts them now, or as they were counted a moment ago.
    fn of(&self, take: impl FnOnce() -> Census) -> Census {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(counted) = last.as_ref().filter(|counted| counted.at.elapsed() < counted.good_for) {
            return counted.census.clone();
        }
        let began = Instant::now();
        let census = take();
        let (at, good_for) = (Instant::now(), began.elapsed() * GOOD_FOR);
        *last = Some(Counted { census: census.clone(), at, good_for });
        census
    }
}

/// The whole page. Looks at every credential and every failure budget, so not for a thread that answers callers.
pub(super) fn page(door: &Door, metrics: &Metrics) -> String {
    let mut page = metrics.page();
    page.connections(&door.connections());
    limits(door, &mut page);
    credentials(door, &mut page);
    let memory = &door.policy.memory;
    page.store(memory.age(), door.policy.stale_after, memory.durations());
    page.records(door.records.dropped(), door.log.lost());
    page.token_cache(door.tokens.as_ref().map(|tokens| {
        let counts = tokens.cache_counts();
        TokenCache { hits: counts.hits, misses: counts.misses, entries: counts.entries }
    }));
    page.into_text()
}

fn limits(door: &Door, page: &mut Page) {
    let policy = &door.policy;
    page.limits(&policy.quota.refusals());
    page.usage(&policy.ledger.totals());
    page.over_admitted(&policy.ledger.over_admitted());
    page.failure_budgets(policy.guessing.budgets());
}

fn credentials(door: &Door, page: &mut Page) {
    let now = clock::now();
    let mut census = door.census.of(|| door.policy.memory.census(now));
    door.certificates.count(&mut census);
    if let Some(relieved) = door.issuer.as_ref().and_then(|issuer| issuer.signing_key_relieved(now)) {
        // The server itself sees to it, at that moment: no earlier one is too late.
        census.lives(Ending::SigningKey, Life { from: relieved, until: relieved });
    }
    for (since, left) in door.federation.lives() {
        let life = Life { from: now.checked_sub(since).unwrap_or(now), until: clock::after(now, left) };
        census.lives(Ending::IssuerKeys, life);
    }
    page.credentials(&census);
    page.signs_lists(door.certificates.signs());
    page.issuer_keys(door.federation.ages());
}

impl Door {
    fn connections(&self) -> [Connections; 2] {
        [("api", &self.api), ("admin", &self.admin)].map(|(listener, capacity)| Connections {
            listener,
            open: capacity.open(),
            limit: capacity.most(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{census::Standing, principal::Kind};

    #[test]
    fn a_count_that_took_long_is_used_again_and_a_quick_one_is_made_anew() {
        let one = || {
            let mut census = Census::default();
            census.count(Kind::Key, Standing::Active);
            census
        };
        let last = LastCensus::default();
        assert_eq!(last.of(Census::default), Census::default());
        while last.of(one) != one() {}
        let slow = || {
            std::thread::sleep(Duration::from_millis(100));
            one()
        };
        let last = LastCensus::default();
        assert_eq!(last.of(slow), one());
        assert_eq!(last.of(Census::default), one(), "good for ten seconds");
    }
}
