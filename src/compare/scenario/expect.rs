//! What a step is declared to end with: in every mode alike or by mode, and what differs in the `aws` profile.

use std::collections::BTreeMap;

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};

use super::Outcome;
use crate::mode::{Mode, Profile};

/// The declared outcomes of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expect {
    standard: Said,
    aws: Option<Said>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    All(Outcome),
    Each(BTreeMap<Mode, Outcome>),
}

impl Expect {
    /// The outcome in one mode of one profile, if it is declared.
    ///
    /// Where nothing is said about `aws`, it ends as in `standard`. `open` need not be named: nothing is refused there.
    pub fn outcome(&self, mode: Mode, profile: Profile) -> Option<Outcome> {
        let differs = self.aws.as_ref().filter(|_| profile == Profile::Aws).and_then(|said| said.about(mode));
        differs.or_else(|| self.standard.about(mode)).or((mode == Mode::Open).then_some(Outcome::Allowed))
    }

    /// Whether it says what differs in `aws`.
    pub(super) fn speaks_of_aws(&self) -> bool {
        self.aws.is_some()
    }
}

impl Said {
    fn about(&self, mode: Mode) -> Option<Outcome> {
        match self {
            Self::All(outcome) => Some(outcome.clone()),
            Self::Each(each) => each.get(&mode).cloned(),
        }
    }
}

impl<'de> Deserialize<'de> for Expect {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Table { inside: false }).map(|(standard, aws)| Self { standard, aws })
    }
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Table { inside: true }).map(|(said, _)| said)
    }
}

/// An outcome or a table of outcomes; the outer table may hold one more for `aws`.
struct Table {
    inside: bool,
}

impl<'de> Visitor<'de> for Table {
    type Value = (Said, Option<Said>);

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an outcome, or a table of outcomes by mode")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        text.parse().map(|outcome| (Said::All(outcome), None)).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut each, mut aws) = (BTreeMap::new(), None);
        while let Some(key) = map.next_key::<String>()? {
            if key == Profile::Aws.as_str() && !self.inside {
                aws = Some(map.next_value()?);
                continue;
            }
            let mode: Mode = key.parse().map_err(A::Error::custom)?;
            each.insert(mode, map.next_value::<String>()?.parse().map_err(A::Error::custom)?);
        }
        Ok((Said::Each(each), aws))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Expect, String> {
        #[derive(Deserialize)]
        struct Step {
            expect: Expect,
        }
        let step: Result<Step, _> = toml::from_str(&format!("expect = {text}"));
        step.map(|step| step.expect).map_err(|error| error.message().to_owned())
    }

    fn said(text: &str, mode: Mode, profile: Profile) -> String {
        read(text).unwrap().outcome(mode, profile).map_or_else(|| "-".to_owned(), |outcome| outcome.to_string())
    }

    #[test]
    fn open_refuses_nothing_unless_told() {
        let text = "{ jwt = \"closed\" }";
        assert_eq!(said(text, Mode::Open, Profile::Standard), "allowed");
        assert_eq!(said(text, Mode::Open, Profile::Aws), "allowed");
        assert_eq!(said(text, Mode::Mtls, Profile::Standard), "-");
        assert_eq!(said("\"closed\"", Mode::Open, Profile::Standard), "closed");
    }

    #[test]
    fn aws_says_only_what_differs() {
        for text in ["{ jwt = \"revoked\", aws = { jwt = \"allowed\" } }", "{ jwt = \"revoked\", aws = \"allowed\" }"] {
            assert_eq!(said(text, Mode::Jwt, Profile::Standard), "revoked");
            assert_eq!(said(text, Mode::Jwt, Profile::Aws), "allowed");
            assert_eq!(said(text, Mode::Open, Profile::Aws), "allowed");
        }
        assert_eq!(said("\"expired\"", Mode::Jwt, Profile::Aws), "expired");
        assert_eq!(said("{ aws = \"allowed\" }", Mode::Jwt, Profile::Standard), "-");
    }

    #[test]
    fn what_is_no_expectation_says_why() {
        assert_eq!(read("{ mtsl = \"allowed\" }").unwrap_err(), "`mtsl` is not one of open, jwt, mtls, apikey");
        assert_eq!(read("{ jwt = \"no\" }").unwrap_err().split(';').next(), Some("`no` is no outcome"));
        assert_eq!(read("{ aws = { aws = \"allowed\" } }").unwrap_err(), "`aws` is not one of open, jwt, mtls, apikey");
        assert!(read("1").unwrap_err().contains("an outcome, or a table of outcomes by mode"));
    }
}
