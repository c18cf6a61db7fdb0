//! Durations as people write them.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::lifetime;

const DAY: u64 = 24 * 60 * 60;

/// A duration that is written `"30s"`, `"10m"`, `"24h"` or `"90d"`: never zero, never longer than [`lifetime::LONGEST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period(pub Duration);

impl Period {
    /// So many seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // What is longer than a month is not told in average months of 30.44 days.
        let days = self.0.as_secs() / DAY;
        if days >= 30 && self.0 == Duration::from_secs(days * DAY) {
            to.collect_str(&format_args!("{days}d"))
        } else {
            to.collect_str(&humantime::format_duration(self.0))
        }
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        match lifetime::parse(&text) {
            Ok(duration) if !duration.is_zero() => Ok(Self(duration)),
            Ok(_) => Err(D::Error::custom(format!("`{text}` is no time at all; write at least \"1s\""))),
            Err(why) => Err(D::Error::custom(why)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Period, String> {
        serde_json::from_value(text.into()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_period_is_neither_nothing_nor_endless() {
        assert_eq!(read("90d"), Ok(Period::seconds(90 * 24 * 60 * 60)));
        assert_eq!(serde_json::to_value(Period::seconds(90 * DAY)).unwrap(), "90d");
        assert_eq!(serde_json::to_value(Period::seconds(DAY)).unwrap(), "1day");
        insta::assert_snapshot!(read("0s").unwrap_err(), @r#"`0s` is no time at all; write at least "1s""#);
        insta::assert_snapshot!(read("9000y").unwrap_err(), @r#"`9000y` is too long; write at most "3650d""#);
    }
}
