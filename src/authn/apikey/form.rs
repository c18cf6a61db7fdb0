//! The form of a key: `ab_<id>_<secret><checksum>`.
//!
//! The prefix lets secret scanners recognise a key, the checksum lets everyone refuse a mistyped one without a look-up.

use crate::secret::{Digest, LETTERS, Secret, random_text};

/// What every key begins with.
pub(super) const PREFIX: &str = "ab_";
/// Letters of an id.
pub(super) const ID: usize = 12;
/// 32 of 62 letters: 190 bits.
const SECRET: usize = 32;
const CHECKSUM: usize = 6;
/// Octets of every key.
pub(super) const LENGTH: usize = PREFIX.len() + ID + 1 + SECRET + CHECKSUM;

/// A text of the form of a key with a right checksum. Whether anyone holds it is another question.
#[derive(Clone, Copy)]
pub struct ApiKey<'a> {
    id: &'a str,
    secret: &'a str,
}

impl std::fmt::Debug for ApiKey<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ApiKey({})", self.id)
    }
}

impl<'a> ApiKey<'a> {
    /// Reads a key; `None` when form or checksum is wrong.
    pub fn parse(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix(PREFIX)?;
        if text.len() != LENGTH || !text.is_ascii() {
            return None;
        }
        let (id, rest) = rest.split_at(ID);
        let (secret, _) = rest.strip_prefix('_')?.split_at(SECRET);
        let (body, checksum) = text.split_at(text.len() - CHECKSUM);
        let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (letters(id) && letters(secret) && checksum_of(body) == checksum).then_some(Self { id, secret })
    }

    /// The public part, by which the key is looked up.
    pub fn id(&self) -> &'a str {
        self.id
    }

    /// The hash of the secret part, as the store keeps it.
    pub fn secret_digest(&self) -> Digest {
        Digest::of(self.secret.as_bytes())
    }

    /// A fresh key for a caller: of a new id, or of the one that it has.
    ///
    /// # Errors
    /// When the system's generator fails.
    pub fn generate(id: Option<&str>) -> Result<(String, Secret), String> {
        let id = id.map_or_else(|| random_text(ID), |id| Ok(id.to_owned()))?;
        let body = format!("{PREFIX}{id}_{}", random_text(SECRET)?);
        let checksum = checksum_of(&body);
        Ok((id, Secret::new(body + &checksum)))
    }
}

/// CRC-32 as six digits to the base 62.
fn checksum_of(body: &str) -> String {
    let mut rest = crc32fast::hash(body.as_bytes());
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = LETTERS[(rest % 62) as usize];
        rest /= 62;
    }
    digits.map(char::from).iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_key_is_read_back() {
        let (id, key) = ApiKey::generate(None).unwrap();
        let read = ApiKey::parse(key.expose()).unwrap();
        assert_eq!((read.id(), key.expose().len()), (&*id, 54));
        assert!(!format!("{read:?} {key:?}").contains(&key.expose()[16..]));
        assert_eq!(ApiKey::generate(Some(&id)).unwrap().0, id);
    }

    #[test]
    fn the_checksum_is_crc_32_to_the_base_62() {
        // CRC-32 of "123456789" is 0xCBF43926 (the check value of its catalogue), which is 3421780262.
        assert_eq!(checksum_of("123456789"), "3jZRME");
    }

    #[test]
    fn nothing_else_is_a_key() {
        let (_, key) = ApiKey::generate(None).unwrap();
        let key = key.expose();
        for at in 0..key.len() {
            let mut changed = key.as_bytes().to_vec();
            changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
            assert!(ApiKey::parse(std::str::from_utf8(&changed).unwrap()).is_none(), "octet {at} does not matter");
        }
        let odd = [
            String::new(),
            "ab_".into(),
            format!("{key} "),
            format!("{key},{key}"),
            format!(" {key}"),
            key[1..].into(),
            "é".repeat(27),
        ];
        for text in &odd {
            assert!(ApiKey::parse(text).is_none(), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in ".{0,80}", form in "ab_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}") {
            proptest::prop_assert!(ApiKey::parse(&text).is_none());
            let right = checksum_of(&form[..LENGTH - CHECKSUM]) == form[LENGTH - CHECKSUM..];
            proptest::prop_assert_eq!(ApiKey::parse(&form).is_some(), right);
        }

        #[test]
        fn no_octet_of_a_key_may_be_another_one(at in 0..LENGTH, octet in 0_u8..128) {
            let (_, key) = ApiKey::generate(None).unwrap();
            let mut changed = key.expose().as_bytes().to_vec();
            proptest::prop_assume!(changed[at] != octet);
            changed[at] = octet;
            proptest::prop_assert!(ApiKey::parse(std::str::from_utf8(&changed).unwrap()).is_none());
        }
    }
}
