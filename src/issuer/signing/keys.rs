//! The keeper of the signing keys: makes them, lets them follow one another, retires them.
//!
//! Whoever changes keys holds one lock file from looking to committing, so that servers and commands that share a state do
//! nothing twice. A private key is written and synced before its row is committed: what is published can be used.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{
    key_file::{self, directory_in, path_in},
    private_key::PrivateKey,
    succession::{Rotation, Standing, Succession},
};
use crate::{
    algorithm::KeyKind,
    clock,
    exit::Failure,
    files::{self, Readers},
    store::{SigningKey, Store},
};

/// More keys at once than any rotation needs; whoever reads the JWK set reads them all.
const MOST_LIVE: usize = 16;

/// What the database can tell apart.
const TICK: Duration = Duration::from_millis(1);

/// The signing keys of a state directory, while nobody else changes them.
#[derive(Debug)]
pub struct SigningKeys {
    directory: PathBuf,
    store: Store,
    keys: Vec<SigningKey>,
    rotation: Rotation,
    _lock: File,
}

impl SigningKeys {
    /// Opens database and directory. A key of the time before there were rows becomes one.
    ///
    /// # Errors
    /// Exit 3 when either cannot be used, or a key file cannot be read.
    pub fn open(state: &Path, rotation: Rotation) -> Result<Self, Failure> {
        // First: beside signing keys it must be there, and who sees a key finds it.
        let store = Store::open(state)?;
        let directory = directory_in(state);
        files::private_directory(&directory)?;
        let lock = files::lock(&directory.join(".lock"))?;
        let keys = store.signing_keys()?;
        let longest = rotation.longest.max(store.longest_token_ttl()?.unwrap_or_default());
        let mut opened = Self { directory, store, keys, rotation: Rotation { longest, ..rotation }, _lock: lock };
        if opened.keys.is_empty() {
            opened.adopt()?;
        }
        Ok(opened)
    }

    /// Every key, the newest first.
    pub fn keys(&self) -> &[SigningKey] {
        &self.keys
    }

    /// What each key does now, as a server with these rules sees it, and whether its private side is here.
    pub fn standings(&self, now: SystemTime) -> Vec<(&SigningKey, Standing, bool)> {
        let seen = self.seen(now);
        self.keys.iter().map(|key| (key, seen.standing(key), self.holds(&key.kid))).collect()
    }

    /// Makes what is missing: a key that signs, and the spare where there is to be one.
    ///
    /// # Errors
    /// Exit 3 when a key cannot be made or kept.
    pub fn ensure(&mut self, now: SystemTime) -> Result<(), Failure> {
        if self.seen(now).signing().is_none() {
            // A damaged database may hold a key that it does not show.
            self.store.check()?;
            let first = self.keys.is_empty();
            let kid = self.advance(Duration::ZERO, now)?;
            if !first {
                tracing::warn!(%kid, kind = %self.rotation.kind, "no key could sign: this one does from now on");
            }
        }
        self.ensure_spare(now)
    }

    /// Lets the next key sign after `wait`: the one that is published and waits, else a fresh one. A rotation that is under
    /// way is only ever brought forward. Returns the key.
    ///
    /// # Errors
    /// Exit 2 when there are too many keys, exit 3 when one cannot be made or kept.
    pub fn rotate(&mut self, wait: Duration, now: SystemTime) -> Result<SigningKey, Failure> {
        let kid = self.advance(wait, now)?;
        self.ensure_spare(now)?;
        self.find(&kid).cloned()
    }

    /// Ends a key: it is not published any more, its tokens are refused, its file is deleted.
    ///
    /// # Errors
    /// Exit 2 when there is no such key or nothing else could sign, exit 3 as ever.
    pub fn retire(&mut self, kid: &str, now: SystemTime) -> Result<SigningKey, Failure> {
        let key = self.find(kid)?.clone();
        if self.seen(now).is_indispensable(kid) {
            return Err(Failure::usage(format!("the signing key {kid} is the only one that can sign"))
                .remedy("`authbench signing-key rotate` publishes the next one; retire this one when that one signs"));
        }
        if key.retired.is_none() {
            self.put(&[SigningKey { retired: Some(now), ..key }])?;
        }
        self.sweep()?;
        self.ensure_spare(now)?;
        self.find(kid).cloned()
    }

    /// Does what is due: makes what is missing, begins a rotation by age, retires keys whose tokens have all ended.
    ///
    /// # Errors
    /// Exit 3 when something of it cannot be done.
    pub fn maintain(&mut self, now: SystemTime) -> Result<(), Failure> {
        self.ensure(now)?;
        if self.seen(now).is_too_old_from().is_some_and(|from| from <= now) {
            let next = self.rotate(self.rotation.wait, now)?;
            let from = next.signs.map(clock::rfc3339).unwrap_or_default();
            tracing::info!(kid = %next.kid, %from, "the signing key is old: the next one is published and signs from then on");
        }
        for key in self.outlived(now) {
            tracing::info!(kid = %key.kid, "no token of this signing key can be valid any more: it is retired");
            self.put(&[SigningKey { retired: Some(now), ..key }])?;
        }
        self.sweep()
    }

    /// The keys of which no token can be valid any more.
    fn outlived(&self, now: SystemTime) -> Vec<SigningKey> {
        let seen = self.seen(now);
        let is_over = |key: &&SigningKey| key.retired.is_none() && seen.outlived_from(key).is_some_and(|from| from <= now);
        self.keys.iter().filter(is_over).cloned().collect()
    }

    fn advance(&mut self, wait: Duration, now: SystemTime) -> Result<Arc<str>, Failure> {
        let seen = self.seen(now);
        let (began, next) = (seen.signing().and_then(|key| key.signs), seen.next().cloned());
        drop(seen);
        // After the one that signs, whatever happens within one tick: who begins last signs.
        let moment = began.map_or(now, |began| clock::after(began, TICK)).max(clock::after(now, wait));
        if let Some(next) = next {
            let signs = next.signs.map_or(moment, |set| set.min(moment));
            self.put(&[SigningKey { signs: Some(signs), ..next.clone() }])?;
            return Ok(next.kid);
        }
        self.make(Some(moment), now)
    }

    fn ensure_spare(&mut self, now: SystemTime) -> Result<(), Failure> {
        if self.rotation.spare && self.seen(now).next().is_none() {
            self.make(None, now)?;
        }
        Ok(())
    }

    /// A fresh key: its file first, then its row.
    fn make(&mut self, signs: Option<SystemTime>, now: SystemTime) -> Result<Arc<str>, Failure> {
        if self.keys.iter().filter(|key| key.retired.is_none()).count() >= MOST_LIVE {
            return Err(Failure::usage(format!("{MOST_LIVE} signing keys are published, and no more may be"))
                .remedy("`authbench signing-key list` shows them; retire those whose tokens have ended"));
        }
        let (private, pem) = generate(self.rotation.kind)?;
        let path = self.path(private.kid());
        files::write(&path, pem.as_bytes(), Readers::Owner)?;
        let kept = self.put(&[row(&private, now, signs)]);
        if kept.is_err() {
            let _ = fs::remove_file(&path);
        }
        kept.map(|()| private.kid().into())
    }

    /// Takes over what was made before the database knew of signing keys: the newest file, which was the only one that counted.
    fn adopt(&mut self) -> Result<(), Failure> {
        let Some((made, path)) = key_file::newest(&self.directory)? else { return Ok(()) };
        let private = key_file::read(&path)?;
        let named = self.path(private.kid());
        if named != path {
            fs::rename(&path, &named)
                .map_err(|error| Failure::environment(format!("cannot rename {}: {error}", path.display())))?;
        }
        tracing::info!(kid = private.kid(), "the signing key of an earlier version is taken over");
        self.put(&[row(&private, made, Some(made))])
    }

    /// Deletes the private side of retired keys, also what a crash left.
    fn sweep(&self) -> Result<(), Failure> {
        for key in self.keys.iter().filter(|key| key.retired.is_some()) {
            let path = self.path(&key.kid);
            if path.exists() {
                files::remove(&path)?;
            }
        }
        Ok(())
    }

    fn put(&mut self, changed: &[SigningKey]) -> Result<(), Failure> {
        self.store.put_signing_keys(&self.keys, changed)?;
        self.keys = self.store.signing_keys()?;
        Ok(())
    }

    fn find(&self, kid: &str) -> Result<&SigningKey, Failure> {
        self.keys.iter().find(|key| *key.kid == *kid).ok_or_else(|| {
            Failure::usage(format!("there is no signing key `{}`", kid.escape_debug()))
                .remedy("`authbench signing-key list` shows the ones that are there")
        })
    }

    fn holds(&self, kid: &str) -> bool {
        self.path(kid).is_file()
    }

    fn path(&self, kid: &str) -> PathBuf {
        path_in(&self.directory, kid)
    }

    fn seen(&self, now: SystemTime) -> Succession<'_, impl Fn(&str) -> bool> {
        Succession { keys: &self.keys, rotation: self.rotation, held: |kid: &str| self.holds(kid), now }
    }
}

/// A name that begins with `-` would be taken for an option by `retire`; one key in 64 is thrown away for that.
fn generate(kind: KeyKind) -> Result<(PrivateKey, String), Failure> {
    loop {
        let (key, pem) = PrivateKey::generate(kind).map_err(Failure::environment)?;
        if !key.kid().starts_with('-') {
            return Ok((key, pem));
        }
    }
}

fn row(key: &PrivateKey, created: SystemTime, signs: Option<SystemTime>) -> SigningKey {
    let (kid, jwk) = (key.kid().into(), key.jwk().to_string().into());
    SigningKey { kid, kind: key.kind(), jwk, created, signs, retired: None }
}

#[cfg(test)]
mod tests;
