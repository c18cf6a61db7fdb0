//! How a call ends: the words of a scenario's `expect` and of what was observed.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};

use crate::{denial::Reason, mode::Mode};

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The resource was served.
    Allowed,
    /// Refused in HTTP, with this reason.
    Refused(Reason),
    /// Refused in the TLS handshake; the reason is what the server counted.
    HandshakeRefused(Reason),
    /// The connection ended without an answer.
    Closed,
    /// None of these: only ever observed, never declared.
    Strange(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allowed => f.write_str("allowed"),
            Self::Refused(reason) => write!(f, "{reason}"),
            Self::HandshakeRefused(reason) => write!(f, "handshake_refused({reason})"),
            Self::Closed => f.write_str("closed"),
            Self::Strange(what) => f.write_str(what),
        }
    }
}

impl FromStr for Outcome {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "allowed" => return Ok(Self::Allowed),
            "closed" => return Ok(Self::Closed),
            _ => {}
        }
        let inner = text.strip_prefix("handshake_refused(").and_then(|rest| rest.strip_suffix(')'));
        let reason = inner
            .unwrap_or(text)
            .parse()
            .map_err(|_| format!("`{text}` is no outcome; write `allowed`, a reason, `handshake_refused(reason)` or `closed`"))?;
        Ok(if inner.is_some() { Self::HandshakeRefused(reason) } else { Self::Refused(reason) })
    }
}

/// What a step is declared to end with: the same in every mode, or one outcome each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// In every mode.
    All(Outcome),
    /// By mode. `open` need not be named: nothing is refused there.
    Each(BTreeMap<Mode, Outcome>),
}

impl Expect {
    /// The outcome in one mode, if it is declared.
    pub fn in_mode(&self, mode: Mode) -> Option<Outcome> {
        match self {
            Self::All(outcome) => Some(outcome.clone()),
            Self::Each(each) => each.get(&mode).cloned().or((mode == Mode::Open).then_some(Outcome::Allowed)),
        }
    }
}

impl<'de> Deserialize<'de> for Expect {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ExpectVisitor)
    }
}

struct ExpectVisitor;

impl<'de> Visitor<'de> for ExpectVisitor {
    type Value = Expect;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an outcome, or a table of outcomes by mode")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Expect, E> {
        text.parse().map(Expect::All).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Expect, A::Error> {
        let mut each = BTreeMap::new();
        while let Some((mode, outcome)) = map.next_entry::<Mode, String>()? {
            each.insert(mode, outcome.parse().map_err(A::Error::custom)?);
        }
        Ok(Expect::Each(each))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_written_as_they_are_read() {
        for text in ["allowed", "closed", "address_denied", "handshake_refused(expired)"] {
            assert_eq!(text.parse::<Outcome>().unwrap().to_string(), text);
        }
        for odd in ["", "refused", "Allowed", "handshake_refused", "handshake_refused()", "handshake_refused(allowed)", "401"] {
            assert!(odd.parse::<Outcome>().is_err(), "{odd:?} was taken");
        }
    }

    #[test]
    fn open_refuses_nothing_unless_told() {
        let each = Expect::Each([(Mode::Jwt, Outcome::Closed)].into());
        assert_eq!(each.in_mode(Mode::Open), Some(Outcome::Allowed));
        assert_eq!(each.in_mode(Mode::Mtls), None);
        assert_eq!(Expect::All(Outcome::Closed).in_mode(Mode::Open), Some(Outcome::Closed));
    }
}
