//! The only place that reads the time of day (clippy forbids it elsewhere).

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The time of day.
#[expect(clippy::disallowed_methods, reason = "the one place that may")]
pub fn now() -> SystemTime {
    SystemTime::now()
}

/// Whole seconds since 1970 (RFC 7519 `NumericDate`), zero before it.
pub fn seconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// The time that lies so many seconds after 1970.
pub fn from_seconds(seconds: u64) -> SystemTime {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(UNIX_EPOCH)
}

/// The time that lies so much later; the end of the year 9999, the last that RFC 3339 can write, when there is no such time.
pub fn after(at: SystemTime, duration: Duration) -> SystemTime {
    at.checked_add(duration).unwrap_or_else(|| from_seconds(LAST_SECOND))
}

/// The last second of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;

/// RFC 3339 in UTC, to the second in whole seconds. What lies outside the years 0 to 9999 is written as the nearest end.
pub fn rfc3339(at: SystemTime) -> String {
    let (distance, before) = match at.duration_since(UNIX_EPOCH) {
        Ok(distance) => (time::Duration::try_from(distance), false),
        Err(error) => (time::Duration::try_from(error.duration()), true),
    };
    let epoch = OffsetDateTime::UNIX_EPOCH;
    let moment = distance.ok().and_then(|by| if before { epoch.checked_sub(by) } else { epoch.checked_add(by) });
    let written = moment.and_then(|moment| moment.format(&Rfc3339).ok());
    written.unwrap_or_else(|| if before { "0000-01-01T00:00:00Z" } else { "9999-12-31T23:59:59Z" }.to_owned())
}

/// How far the time of day may drift from the machine's own count while it is watched.
const DRIFT: Duration = Duration::from_secs(10 * 60);
/// How long it must have gone on evenly before anybody acts for good on what it says.
const EVENLY: Duration = Duration::from_secs(60 * 60);

/// Watches whether the time of day goes on evenly: it may be set, wrongly too. What is forgotten by a wrong clock does not come
/// back with the right one.
#[derive(Debug)]
pub struct Steady {
    began: SystemTime,
    counted: Instant,
}

impl Steady {
    /// Watches from now on.
    pub fn watch() -> Self {
        Self { began: now(), counted: Instant::now() }
    }

    /// Whether it has gone on evenly for an hour. After a jump it is watched anew.
    pub fn is_proven(&mut self) -> bool {
        self.is_proven_at(now(), Instant::now())
    }

    fn is_proven_at(&mut self, told: SystemTime, counted: Instant) -> bool {
        let counts = counted.saturating_duration_since(self.counted);
        let evenly = told.duration_since(self.began).is_ok_and(|tells| tells.abs_diff(counts) <= DRIFT);
        if !evenly {
            (self.began, self.counted) = (told, counted);
            return false;
        }
        counts >= EVENLY
    }
}

/// The time of day at the start, and what the machine's own count says has passed since. Setting the clock moves it by nothing: neither
/// frees it what was used up today, nor does it lock anybody out until a day that is far away.
#[derive(Debug)]
pub struct Counted {
    began: Instant,
    /// What the time of day was then, in milliseconds since 1970.
    base: AtomicU64,
}

impl Counted {
    /// Counts from now on.
    pub fn start() -> Self {
        Self::start_at(now(), Instant::now())
    }

    fn start_at(told: SystemTime, counted: Instant) -> Self {
        Self { began: counted, base: AtomicU64::new(milliseconds(told)) }
    }

    /// The time as it is counted here.
    pub fn now(&self) -> SystemTime {
        self.now_at(Instant::now())
    }

    fn now_at(&self, counted: Instant) -> SystemTime {
        let base = Duration::from_millis(self.base.load(Ordering::Relaxed));
        after(UNIX_EPOCH, base.saturating_add(counted.saturating_duration_since(self.began)))
    }

    /// Takes the clock's word again. Only for who has seen it go on evenly ([`Steady::is_proven`]).
    pub fn believe(&self) {
        self.believe_at(now(), Instant::now());
    }

    fn believe_at(&self, told: SystemTime, counted: Instant) {
        let base = told.checked_sub(counted.saturating_duration_since(self.began)).unwrap_or(UNIX_EPOCH);
        self.base.store(milliseconds(base), Ordering::Relaxed);
    }
}

fn milliseconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_does_not_move_what_is_counted_until_it_is_proven() {
        const HOUR: Duration = Duration::from_secs(60 * 60);
        let (told, counted) = (from_seconds(1_800_000_000), Instant::now());
        for (jumped, is) in [(told + 24 * HOUR, told + 24 * HOUR), (told - 24 * HOUR, told - 24 * HOUR), (told, told)] {
            let clock = Counted::start_at(told, counted);
            let mut steady = Steady { began: told, counted };
            for minutes in 1..=59 {
                let passed = Duration::from_secs(60) * minutes;
                assert!(!steady.is_proven_at(jumped + passed, counted + passed));
                assert_eq!(clock.now_at(counted + passed), told + passed, "{minutes}");
            }
            let passed = HOUR + Duration::from_secs(60);
            assert!(steady.is_proven_at(jumped + passed, counted + passed));
            clock.believe_at(jumped + passed, counted + passed);
            assert_eq!(clock.now_at(counted + 2 * HOUR), is + 2 * HOUR);
        }
    }

    #[test]
    fn a_clock_that_jumps_is_not_steady() {
        const HOUR: Duration = Duration::from_secs(60 * 60);
        const YEARS: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
        let (told, counted) = (now(), Instant::now());
        for jumped in [told + YEARS, told - 24 * HOUR, told + 2 * DRIFT] {
            let mut steady = Steady { began: told, counted };
            assert!(!steady.is_proven_at(told + HOUR / 2, counted + HOUR / 2), "too early");
            assert!(steady.is_proven_at(told + HOUR + DRIFT / 2, counted + HOUR), "a clock may be slewed");
            assert!(!steady.is_proven_at(jumped + 2 * HOUR, counted + 2 * HOUR));
            assert!(!steady.is_proven_at(told + 2 * HOUR, counted + 2 * HOUR), "and back again");
            assert!(steady.is_proven_at(told + 3 * HOUR, counted + 3 * HOUR));
        }
    }

    #[test]
    fn every_time_can_be_written() {
        let later = |seconds| rfc3339(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(later(0), "1970-01-01T00:00:00Z");
        assert_eq!(later(LAST_SECOND), "9999-12-31T23:59:59Z");
        for seconds in [LAST_SECOND + 1, 9000 * 366 * 86_400, 1 << 62, i64::MAX.unsigned_abs()] {
            assert_eq!(later(seconds), "9999-12-31T23:59:59Z", "{seconds}");
        }
        let earlier = |seconds| rfc3339(UNIX_EPOCH - Duration::from_secs(seconds));
        assert_eq!(earlier(1), "1969-12-31T23:59:59Z");
        for seconds in [62_167_219_201, 1 << 62, i64::MAX.unsigned_abs()] {
            assert_eq!(earlier(seconds), "0000-01-01T00:00:00Z", "{seconds}");
        }
    }

    #[test]
    fn no_sum_is_too_large() {
        assert_eq!(after(UNIX_EPOCH, Duration::from_secs(1)), from_seconds(1));
        assert_eq!(rfc3339(after(now(), Duration::MAX)), "9999-12-31T23:59:59Z");
    }
}
