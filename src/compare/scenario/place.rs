//! Where a step happens, when not wherever the scenario does: a mode, a profile, or a mode of a profile.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, de::Error};

use crate::mode::{Mode, Profile};

/// `mtls`, `standard`, or `aws/jwt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Where {
    profile: Option<Profile>,
    mode: Option<Mode>,
}

impl Where {
    /// Whether it speaks of this mode of this profile.
    pub fn holds(self, profile: Profile, mode: Mode) -> bool {
        self.profile.is_none_or(|only| only == profile) && self.mode.is_none_or(|only| only == mode)
    }
}

impl FromStr for Where {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no place; write a mode, a profile, or both: \"mtls\", \"standard\", \"aws/jwt\"");
        if let Some((profile, mode)) = text.split_once('/') {
            let (profile, mode) = (profile.parse().map_err(|_| wrong())?, mode.parse().map_err(|_| wrong())?);
            return Ok(Self { profile: Some(profile), mode: Some(mode) });
        }
        match (text.parse(), text.parse()) {
            (Ok(profile), _) => Ok(Self { profile: Some(profile), mode: None }),
            (_, Ok(mode)) => Ok(Self { profile: None, mode: Some(mode) }),
            _ => Err(wrong()),
        }
    }
}

impl<'de> Deserialize<'de> for Where {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_mode_a_profile_or_both() {
        let holds = |text: &str, profile, mode| text.parse::<Where>().unwrap().holds(profile, mode);
        for (text, standard_jwt, aws_jwt, aws_mtls) in [
            ("jwt", true, true, false),
            ("mtls", false, false, true),
            ("standard", true, false, false),
            ("aws", false, true, true),
            ("aws/jwt", false, true, false),
            ("standard/mtls", false, false, false),
        ] {
            let seen = [(Profile::Standard, Mode::Jwt), (Profile::Aws, Mode::Jwt), (Profile::Aws, Mode::Mtls)]
                .map(|(profile, mode)| holds(text, profile, mode));
            assert_eq!(seen, [standard_jwt, aws_jwt, aws_mtls], "{text}");
        }
        for wrong in ["", "/", "jwt/aws", "aws/", "/jwt", "aws/jwt/x", "JWT", "aws jwt"] {
            assert!(wrong.parse::<Where>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn no_word_is_a_mode_and_a_profile() {
        assert!(Profile::ALL.iter().all(|profile| profile.as_str().parse::<Mode>().is_err()));
    }
}
