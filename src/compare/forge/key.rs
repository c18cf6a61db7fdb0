//! API keys: `ab_<id 12>_<secret 32><crc 6>`, the last six being the CRC-32 of all before them in base62; as a gateway has them, 40 letters
//! and digits and no more.

use crate::secret::{Secret, random_text};

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
pub(in crate::compare) const CHECKSUM: usize = 6;

/// A key of the right form that nobody gave.
pub(in crate::compare) fn made_up() -> Result<Secret, String> {
    Ok(complete(&format!("ab_{}_{}", random_text(12)?, random_text(32)?)))
}

/// The same as a gateway has it.
pub(in crate::compare) fn made_up_opaque() -> Result<Secret, String> {
    random_text(40).map(Secret::new)
}

/// A text that is no key.
pub(in crate::compare) fn garbage() -> Secret {
    Secret::new("ab_this is no key")
}

/// The same key id with another secret, its checksum right; without an id, the same key with another last character.
pub(in crate::compare) fn changed(key: &Secret) -> Result<Secret, String> {
    let text = key.expose();
    let checksum = if text.starts_with("ab_") { CHECKSUM } else { 0 };
    let body = text.len().checked_sub(checksum + 1).and_then(|at| text.get(..at)).ok_or("the key is too short to be one")?;
    let last = if text.as_bytes().get(body.len()) == Some(&b'0') { '1' } else { '0' };
    let body = format!("{body}{last}");
    Ok(if checksum == 0 { Secret::new(body) } else { complete(&body) })
}

/// The same key id with `secret` in place of its own, cut to the same length, its checksum right; without an id, `secret` alone.
pub(in crate::compare) fn with_secret(key: &Secret, secret: &str) -> Result<Secret, String> {
    let text = key.expose();
    let Some((id, old)) = text.rsplit_once('_') else { return Ok(Secret::new(secret)) };
    let length = old.len().checked_sub(CHECKSUM).ok_or("the key is too short to be one")?;
    let new = secret.get(..length).ok_or("the new secret is too short")?;
    Ok(complete(&format!("{id}_{new}")))
}

fn complete(body: &str) -> Secret {
    Secret::new(format!("{body}{}", checksum(body)))
}

fn checksum(body: &str) -> String {
    let mut rest = crc32fast::hash(body.as_bytes());
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    String::from_utf8_lossy(&digits).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_up_key_has_the_right_form() {
        let key = made_up().unwrap();
        let parts: Vec<_> = key.expose().split('_').collect();
        assert_eq!((parts[0], parts[1].len(), parts[2].len()), ("ab", 12, 38));
        // CRC-32 of "123456789" is 0xCBF43926 = 3421780262 by definition of the check value.
        assert_eq!(checksum("123456789"), "3jZRME");
    }

    #[test]
    fn a_key_gets_another_secret_under_its_id() {
        let key = made_up().unwrap();
        let other = with_secret(&key, &"0".repeat(64)).unwrap();
        assert_eq!((&other.expose()[..16], &other.expose()[16..48]), (&key.expose()[..16], "0".repeat(32).as_str()));
        assert_eq!(other.expose().len(), key.expose().len());
        assert_eq!(with_secret(&made_up_opaque().unwrap(), "0f").unwrap().expose(), "0f");
        assert!(with_secret(&key, "short").is_err());
    }

    #[test]
    fn a_changed_key_differs_in_its_secret_alone() {
        let key = made_up().unwrap();
        let other = changed(&key).unwrap();
        assert_eq!(key.expose().len(), other.expose().len());
        assert_eq!(key.expose()[..16], other.expose()[..16]);
        assert_ne!(key.expose(), other.expose());
        assert!(changed(&Secret::new("ab_s")).is_err() && changed(&Secret::new("")).is_err());
        let key = made_up_opaque().unwrap();
        let other = changed(&key).unwrap();
        assert_eq!((key.expose().len(), &key.expose()[..39]), (40, &other.expose()[..39]));
        assert_ne!(key.expose(), other.expose());
    }
}
