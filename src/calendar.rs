//! Days in UTC, and the periods of a quota, which are made of whole days.

use std::{
    fmt,
    str::FromStr,
    time::{Duration, SystemTime},
};

use time::{Date, Month};

use crate::{clock, words::words};

const SECONDS: u64 = 86_400;
/// The last day that has a name of four digits: 9999-12-31.
const LAST: u32 = 2_932_896;
/// The Julian day number of 1970-01-01.
const EPOCH: i32 = 2_440_588;

/// A day in UTC: 1970-01-01 or later, 9999-12-31 at the latest. What lies outside is the nearest end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(u32);

impl Day {
    /// The day of that moment.
    pub fn of(at: SystemTime) -> Self {
        Self::numbered(clock::seconds(at) / SECONDS)
    }

    /// The day that lies so many days after 1970-01-01.
    pub fn numbered(number: u64) -> Self {
        Self(u32::try_from(number).unwrap_or(LAST).min(LAST))
    }

    /// How many days after 1970-01-01 it lies.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Its first moment.
    pub fn begins(self) -> SystemTime {
        clock::from_seconds(u64::from(self.0) * SECONDS)
    }

    /// The day so many days later.
    #[must_use]
    pub fn plus(self, days: u32) -> Self {
        Self::numbered(u64::from(self.0) + u64::from(days))
    }

    /// The day so many days earlier.
    #[must_use]
    pub fn minus(self, days: u32) -> Self {
        Self(self.0.saturating_sub(days))
    }

    fn date(self) -> Date {
        let number = i32::try_from(self.0).unwrap_or(i32::MAX).saturating_add(EPOCH);
        Date::from_julian_day(number).unwrap_or(Date::MAX)
    }
}

/// `2026-11-26` (RFC 3339 `full-date`).
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.date();
        write!(f, "{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
    }
}

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{}` is no day; write it as 2026-11-26", text.escape_debug());
        let is_plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let parts: Vec<_> = text.split('-').map(str::parse::<u16>).collect();
        let [Ok(year), Ok(month), Ok(day)] = parts[..] else { return Err(wrong()) };
        let small = |number: u16| u8::try_from(number).map_err(|_| wrong());
        let month = Month::try_from(small(month)?).map_err(|_| wrong())?;
        let date = Date::from_calendar_date(year.into(), month, small(day)?).map_err(|_| wrong())?;
        let number = u32::try_from(date.to_julian_day() - EPOCH).ok().filter(|_| is_plain);
        number.map(Self).ok_or_else(wrong)
    }
}

words! {
    /// For how long a quota is.
    pub enum Per {
        /// A calendar day.
        Day = "day",
        /// A week from Monday to Sunday (ISO 8601).
        Week = "week",
        /// A calendar month.
        Month = "month",
    }
}

/// Whole days from one on, up to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub begins: Day,
    /// The first day after it: that of the next period.
    pub ends: Day,
}

impl Per {
    /// The period that a day is in.
    pub fn period(self, day: Day) -> Period {
        let date = day.date();
        let (before, days) = match self {
            Self::Day => (0, 1),
            Self::Week => (date.weekday().number_days_from_monday(), 7),
            Self::Month => (date.day() - 1, date.month().length(date.year())),
        };
        // The first week, that of 1969-12-29, begins where days begin here.
        let begins = day.minus(before.into());
        let missing = u32::from(before) - (day.0 - begins.0);
        Period { begins, ends: Day(begins.0 + u32::from(days) - missing) }
    }
}

impl Period {
    /// How long it is.
    pub fn length(self) -> Duration {
        Duration::from_secs(SECONDS) * (self.ends.0 - self.begins.0)
    }

    /// How long it goes on after a moment in it.
    pub fn left(self, at: SystemTime) -> Duration {
        clock::from_seconds(u64::from(self.ends.0) * SECONDS).duration_since(at).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
