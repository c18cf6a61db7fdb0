//! Reading the server's database, as somebody does who has a copy of its files.

use std::fmt::Write as _;

use super::Lab;
use crate::{
    compare::{
        credential::{Client, Credential},
        forge::key,
    },
    mode::Mode,
    secret::{Digest, Secret},
};

impl Lab {
    /// What a caller's record in the database is worth: each way to call with it, in words. What stands there as it is sent is used
    /// as it is; a hash is tried in place of the secret.
    pub(super) fn found_in_store(&mut self, victim: &str) -> Result<Vec<(String, Credential)>, String> {
        let octets = self.database()?;
        let held = self.holder(victim).credential.clone();
        let plain = held.found_in(&String::from_utf8_lossy(&octets));
        let mut ways = Vec::new();
        if !plain.is_empty() {
            ways.push(("the secret, as it stands there".to_owned(), plain));
        }
        let secret = match (self.mode, &held.client, &held.key) {
            (Mode::Jwt, Some(client), _) => Some(&client.secret),
            (Mode::Apikey, _, Some(key)) => Some(key),
            _ => None,
        };
        let hash = secret
            .map(|secret| hash_in(&octets, secret).ok_or("not even a hash of the secret is in the database"))
            .transpose()?;
        if let Some(hash) = hash {
            for (words, text) in [("the hash in hexadecimal", hex(&hash)), ("its second half", hex(&hash[16..]))] {
                ways.push((format!("{words}, in place of the secret"), in_place(&held, &text)?));
            }
        }
        let what = match (&hash, ways.len()) {
            (None, 0) => "nothing that could be presented",
            (_, 2) => "a hash of the secret, and no secret",
            _ => "a credential",
        };
        self.proof.line(format!("* read in the database: {} octets; of the caller there is: {what}", octets.len()));
        Ok(ways)
    }

    /// Every file of the database: what was written last may stand beside it.
    fn database(&self) -> Result<Vec<u8>, String> {
        let state = self.place.state();
        let unreadable = |error: std::io::Error| format!("{}: {error}", state.display());
        let mut octets = Vec::new();
        for entry in std::fs::read_dir(&state).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().contains(".db")) {
                octets.extend(std::fs::read(&path).map_err(unreadable)?);
            }
        }
        Ok(octets)
    }
}

/// The hash of a secret, if it stands there: of the whole, or of its last part.
fn hash_in(octets: &[u8], secret: &Secret) -> Option<[u8; 32]> {
    let whole = secret.expose();
    let last = whole.rsplit('_').next().unwrap_or(whole);
    let parts = [whole, last, last.get(..last.len().saturating_sub(key::CHECKSUM)).unwrap_or_default()];
    let mut hashes = parts.into_iter().map(|part| *Digest::of(part.as_bytes()).octets());
    hashes.find(|hash| octets.windows(hash.len()).any(|window| window == hash))
}

/// The same credential with another secret.
fn in_place(held: &Credential, secret: &str) -> Result<Credential, String> {
    Ok(Credential {
        client: held.client.as_ref().map(|client| Client { id: client.id.clone(), secret: Secret::new(secret) }),
        key: held.key.as_ref().map(|key| key::with_secret(key, secret)).transpose()?,
        ..Credential::default()
    })
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_found_whatever_of_the_secret_it_is_of() {
        let key = Secret::new("ab_AXwGJlullqR3_0123456789abcdef0123456789abcdef123456");
        for part in ["ab_AXwGJlullqR3_0123456789abcdef0123456789abcdef123456", "0123456789abcdef0123456789abcdef"] {
            let octets = [b"SQLite", &Digest::of(part.as_bytes()).octets()[..], b"end"].concat();
            assert_eq!(hash_in(&octets, &key), Some(*Digest::of(part.as_bytes()).octets()), "{part}");
        }
        assert_eq!(hash_in(b"ab_AXwGJlullqR3", &key), None);
    }
}
