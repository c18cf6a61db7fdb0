//! Signs tokens with the key whose turn it is, and says which keys are published. Follows every change while it runs.

use std::{
    collections::HashMap,
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwap;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;

use super::{
    key_file,
    keys::SigningKeys,
    private_key::PrivateKey,
    succession::{Rotation, Succession},
};
use crate::{algorithm::Algorithm, clock, exit::Failure, store::SigningKey};

/// What the header of a token says beside `alg` and `kid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    /// `typ: at+jwt` (RFC 9068 §2.1).
    AccessToken,
    /// Nothing, as with Amazon Cognito.
    Bare,
}

/// Signs access tokens. Decides from memory: which keys there are, which of them are at hand, and what time it is.
#[derive(Debug)]
pub struct Signer {
    directory: PathBuf,
    rotation: Rotation,
    ring: ArcSwap<Ring>,
}

/// The keys of a moment.
#[derive(Default)]
struct Ring {
    /// As the store has them.
    keys: Arc<Vec<SigningKey>>,
    /// The private side of those that are not retired, as far as it is here.
    held: HashMap<Arc<str>, Arc<PrivateKey>>,
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ring({} keys, {} at hand)", self.keys.len(), self.held.len())
    }
}

/// Member by member as they are written: Cognito's `kid` comes first, and its tokens have no `typ`.
#[derive(Serialize)]
#[serde(untagged)]
enum Written<'a> {
    AccessToken { typ: &'static str, alg: Algorithm, kid: &'a str },
    Bare { kid: &'a str, alg: Algorithm },
}

impl Signer {
    /// Opens the keys of a state directory, and makes one that signs when there is none. Servers that start at once make one
    /// together.
    ///
    /// # Errors
    /// Exit 3 when database or directory cannot be used, or a key file cannot be read.
    pub fn open(state: &Path, rotation: Rotation) -> Result<Self, Failure> {
        let mut kept = SigningKeys::open(state, rotation)?;
        kept.ensure(clock::now())?;
        let directory = key_file::directory_in(state);
        let (ring, failure) = Ring::load(&directory, Arc::new(kept.keys().to_vec()), &Ring::default());
        failure.map_or(Ok(()), Err)?;
        Ok(Self { directory, rotation, ring: ArcSwap::from_pointee(ring) })
    }

    /// Takes over what the store holds now. A key file that cannot be read is as good as none, and is told.
    pub fn follow(&self, keys: &Arc<Vec<SigningKey>>) {
        let (ring, failure) = Ring::load(&self.directory, Arc::clone(keys), &self.ring.load());
        if let Some(failure) = failure {
            tracing::error!(%failure, "a signing key cannot be used");
        }
        ring.tell_absent(self.rotation);
        self.ring.store(Arc::new(ring));
    }

    /// The public keys as a JWK set (RFC 7517 §5), the signing one first.
    pub fn jwks(&self) -> String {
        let ring = self.ring.load();
        let keys: Vec<&str> = ring.seen(self.rotation, clock::now()).published().iter().map(|key| &*key.jwk).collect();
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    }

    /// When something is next to be done about the keys, if tokens live for `longest` at most.
    pub fn due(&self, longest: Duration, now: SystemTime) -> Option<SystemTime> {
        self.ring.load().seen(Rotation { longest, ..self.rotation }, now).due()
    }

    /// When another key is to sign instead of the one that signs; in the past when that is overdue.
    pub fn relieved(&self, now: SystemTime) -> Option<SystemTime> {
        let ring = self.ring.load();
        let seen = ring.seen(self.rotation, now);
        seen.signing().and_then(|key| seen.standing(key).until)
    }

    /// A compact JWS (RFC 7515 §7.1), signed with the key whose turn it is.
    ///
    /// # Errors
    /// When no key can sign, the claims cannot be serialised or the key fails.
    pub fn sign(&self, header: Header, claims: &impl Serialize) -> Result<String, String> {
        let ring = self.ring.load();
        let signing = ring.seen(self.rotation, clock::now()).signing().and_then(|key| ring.held.get(&key.kid));
        let key = signing.ok_or("no signing key that is here has begun to sign")?;
        let (kid, alg) = (key.kid(), key.kind().algorithm);
        let header = match header {
            Header::AccessToken => Written::AccessToken { typ: "at+jwt", alg, kid },
            Header::Bare => Written::Bare { kid, alg },
        };
        let signed = format!("{}.{}", part(&header)?, part(claims)?);
        let signature = key.sign(signed.as_bytes())?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl Ring {
    /// Reads the files of keys that were not there before; the first that cannot be used is told.
    fn load(directory: &Path, keys: Arc<Vec<SigningKey>>, before: &Self) -> (Self, Option<Failure>) {
        let (mut held, mut failure) = (HashMap::new(), None);
        for key in keys.iter().filter(|key| key.retired.is_none()) {
            let found = match before.held.get(&key.kid) {
                Some(known) => Ok(Some(Arc::clone(known))),
                None => key_file::load(directory, &key.kid).map(|found| found.map(Arc::new)),
            };
            match found {
                Ok(found) => held.extend(found.map(|found| (Arc::clone(&key.kid), found))),
                Err(unusable) => failure = failure.or(Some(unusable)),
            }
        }
        (Self { keys, held }, failure)
    }

    /// Tells when another key than the newest has to sign.
    fn tell_absent(&self, rotation: Rotation) {
        let seen = self.seen(rotation, clock::now());
        let (newest, signing) = (seen.newest().map(|key| &*key.kid), seen.signing().map(|key| &*key.kid));
        if newest != signing {
            tracing::warn!(?newest, ?signing, "the private side of the newest signing key is not here: the second one signs");
        }
    }

    fn seen(&self, rotation: Rotation, now: SystemTime) -> Succession<'_, impl Fn(&str) -> bool> {
        Succession { keys: &self.keys, rotation, held: |kid: &str| self.held.contains_key(kid), now }
    }
}

fn part(value: &impl Serialize) -> Result<String, String> {
    let text = serde_json::to_vec(value).map_err(|error| format!("the token cannot be written: {error}"))?;
    Ok(URL_SAFE_NO_PAD.encode(text))
}

#[cfg(test)]
mod tests;
