//! Secrets in memory: made by the system's generator, compared in constant time, never printed.

use std::fmt;

use aws_lc_rs::{constant_time::verify_slices_are_equal, digest, rand};

/// A secret text. `Debug` hides it; [`Secret::expose`] is the only way out, so every use can be found.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes a text that is secret from now on.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// A fresh secret of `length` characters out of 62: 5.95 bits each, without bias.
    ///
    /// # Errors
    /// When the system's generator fails.
    pub fn generate(length: usize) -> Result<Self, String> {
        random_text(length).map(Self)
    }

    /// The text itself. Do not log it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Its hash, which is what is kept.
    pub fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// SHA-256 of a secret with at least 128 bits of entropy. Not for passwords that people choose.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Hashes the octets.
    pub fn of(octets: &[u8]) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, octets).as_ref());
        Self(hash)
    }

    /// Reads back what [`Digest::octets`] gave.
    pub fn from_octets(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(Self)
    }

    /// The 32 octets, for the store.
    pub fn octets(&self) -> &[u8; 32] {
        &self.0
    }

    /// Costs what a comparison costs, and decides nothing: for callers that do not exist.
    pub fn compare_with_nobody(&self) {
        std::hint::black_box(self.matches(std::hint::black_box(&Self([0; 32]))));
    }

    /// Whether both are equal, in time that does not depend on where they differ.
    pub fn matches(&self, other: &Self) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(…)")
    }
}

/// Digits to the base 62, in the order of ASCII.
pub(crate) const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `length` letters and digits from the system's generator, each equally likely.
///
/// # Errors
/// When the system's generator fails.
pub fn random_text(length: usize) -> Result<String, String> {
    let mut text = String::with_capacity(length);
    let mut octets = [0; 64];
    while text.len() < length {
        rand::fill(&mut octets).map_err(|_| "the system's random generator failed".to_owned())?;
        // 248 = 4 · 62: larger octets are dropped, or some letters would be likelier than others.
        let letters = octets.iter().filter(|octet| **octet < 248).map(|octet| LETTERS[usize::from(*octet) % 62]);
        text.extend(letters.take(length - text.len()).map(char::from));
    }
    Ok(text)
}

/// A random UUID, version 4 (RFC 9562 §5.4).
///
/// # Errors
/// When the system's generator fails.
pub fn random_uuid() -> Result<String, String> {
    let mut octets = [0_u8; 16];
    rand::fill(&mut octets).map_err(|_| "the system's random generator failed".to_owned())?;
    octets[6] = octets[6] & 0x0f | 0x40;
    octets[8] = octets[8] & 0x3f | 0x80;
    let number = u128::from_be_bytes(octets);
    let part = |skip: u32, digits: u32| (number >> (128 - 4 * (skip + digits))) & ((1 << (4 * digits)) - 1);
    Ok(format!("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", part(0, 8), part(8, 4), part(12, 4), part(16, 4), part(20, 12)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_itself_nowhere() {
        let secret = Secret::new("tell-nobody");
        assert_eq!(format!("{secret:?} {:?}", secret.digest()), "Secret(…) Digest(…)");
    }

    #[test]
    fn generated_texts_are_distinct_and_of_the_asked_length() {
        let all: std::collections::HashSet<_> = (0..1000).map(|_| random_text(20).unwrap()).collect();
        assert_eq!(all.len(), 1000);
        assert!(all.iter().all(|text| text.len() == 20 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())));
    }

    #[test]
    fn a_uuid_says_its_version_and_variant() {
        let uuid = random_uuid().unwrap();
        let parts: Vec<usize> = uuid.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{uuid}");
        assert_eq!((uuid.as_bytes()[14], b"89ab".contains(&uuid.as_bytes()[19])), (b'4', true), "{uuid}");
        assert_ne!(uuid, random_uuid().unwrap());
    }
}
