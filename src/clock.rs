//! The only place that reads the time of day (clippy forbids it elsewhere).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

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

#[cfg(test)]
mod tests {
    use super::*;

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
