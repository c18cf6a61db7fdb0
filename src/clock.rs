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

/// RFC 3339 in UTC, to the second in whole seconds.
pub fn rfc3339(at: SystemTime) -> String {
    OffsetDateTime::from(at).format(&Rfc3339).unwrap_or_default()
}
