//! How long something lives or a wait lasts, as people write it, and how long at most.

use std::time::{Duration, SystemTime};

/// Nothing that is made here lives longer: ten years. So no end lies beyond what a calendar can write, and it is known how
/// long a revocation must be kept for a token that nobody has seen.
pub const LONGEST: Duration = Duration::from_secs(3650 * 24 * 60 * 60);

/// Who replaces what ends does so before this part of its life is left: `cert renew --watch` and the server's own certificate at
/// a third, revocation lists at a half.
const LAST_PART: u32 = 6;
/// What lives for years need not be replaced that much earlier.
const EARLIEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// From when until when something is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// Its beginning.
    pub from: SystemTime,
    /// Its end.
    pub until: SystemTime,
}

impl Life {
    /// When it should have been replaced at the latest: a sixth of its life before the end, 30 days at most.
    pub fn overdue(&self) -> SystemTime {
        let life = self.until.duration_since(self.from).unwrap_or_default();
        self.until.checked_sub((life / LAST_PART).min(EARLIEST)).unwrap_or(self.until)
    }
}

/// Reads a number and a unit: `30s`, `10m`, `24h`, `90d`. Zero is read too.
///
/// # Errors
/// A sentence, when it is no duration or longer than [`LONGEST`].
pub fn parse(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(duration) if duration <= LONGEST => Ok(duration),
        Ok(_) | Err(humantime::DurationError::NumberOverflow) => Err(format!("`{text}` is too long; write at most \"3650d\"")),
        Err(_) => Err(format!("`{text}` is no duration; write a number and a unit such as \"30s\", \"10m\" or \"24h\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_years_and_no_more() {
        assert_eq!(parse("3650d"), Ok(LONGEST));
        assert_eq!(parse("0s"), Ok(Duration::ZERO));
        insta::assert_snapshot!(parse("9000y").unwrap_err(), @r#"`9000y` is too long; write at most "3650d""#);
        insta::assert_snapshot!(parse("3650d 1ns").unwrap_err(), @r#"`3650d 1ns` is too long; write at most "3650d""#);
        for text in ["18446744073709551615s", "999999999999999999999999y", "-1s", "soon", "", "10"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
