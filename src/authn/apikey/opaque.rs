//! Keys as API Gateway has them: 20 to 128 letters and digits, which tell nothing of themselves.
//!
//! Without an id such a key is looked up by the hash of all of it, and without a checksum nobody recognises a mistyped one. Servers
//! of the `aws` profile take them beside our own.

use std::ops::RangeInclusive;

use super::form::ID;
use crate::secret::{Digest, Secret, random_text};

/// How long one may be.
pub const OPAQUE_LENGTHS: RangeInclusive<usize> = 20..=128;
/// How long ours are: 238 bits.
const FRESH: usize = 40;

/// A text that may be such a key. Whether anyone holds it is another question.
#[derive(Clone, Copy)]
pub struct OpaqueKey<'a>(&'a str);

impl std::fmt::Debug for OpaqueKey<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpaqueKey(…)")
    }
}

impl<'a> OpaqueKey<'a> {
    /// Reads a key; `None` when it is too short, too long, or not of letters and digits alone.
    pub fn parse(text: &'a str) -> Option<Self> {
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (OPAQUE_LENGTHS.contains(&text.len()) && plain).then_some(Self(text))
    }

    /// The hash of all of it: how the store keeps it, and how it is looked up.
    pub fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }

    /// A fresh key for a caller: of a new id, or of the one that it has. The id is not in it.
    ///
    /// # Errors
    /// When the system's generator fails.
    pub fn generate(id: Option<&str>) -> Result<(String, Secret), String> {
        let id = id.map_or_else(Self::fresh_id, |id| Ok(id.to_owned()))?;
        Ok((id, Secret::generate(FRESH)?))
    }

    /// The id for a key that exists already.
    ///
    /// # Errors
    /// When the system's generator fails.
    pub fn fresh_id() -> Result<String, String> {
        random_text(ID)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_key_is_read_back_and_shows_itself_nowhere() {
        let (id, key) = OpaqueKey::generate(None).unwrap();
        assert_eq!(OpaqueKey::generate(Some(&id)).unwrap().0, id);
        let read = OpaqueKey::parse(key.expose()).unwrap();
        assert_eq!((read.digest(), format!("{read:?}").as_str()), (key.digest(), "OpaqueKey(…)"));
    }

    #[test]
    fn twenty_to_128_letters_and_digits_are_a_key() {
        let read = |text: &str| OpaqueKey::parse(text).is_some();
        assert_eq!([19, 20, 128, 129].map(|length| read(&"a1".repeat(65)[..length])), [false, true, true, false]);
        for odd in ["", "ab_0123456789abcdef0123", "0123456789 0123456789", "0123456789012345678é", "0123456789-0123456789"] {
            assert!(!read(odd), "{odd}");
        }
    }
}
