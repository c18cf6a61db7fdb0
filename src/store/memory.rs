//! The copy of the store that decisions read: concurrent maps, no I/O.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, Instant, SystemTime},
};

use arc_swap::ArcSwap;
use dashmap::DashMap;

use super::{
    record::{Caller, CertificateRecord, StoredSecret, Which},
    signing_keys::SigningKey,
    tokens,
    uses::Used,
};
use crate::{histogram::Histogram, peer::Serial, principal::Kind, secret::Digest};

/// One change that reached the memory, for whoever must act on it at once.
#[derive(Debug, Clone)]
pub enum Change {
    /// A client or key was made, changed or removed.
    Caller(Which, Arc<str>),
    /// A certificate was issued or revoked.
    Certificate(Arc<CertificateRecord>),
    /// A token was revoked.
    Token {
        /// Its `jti`.
        jti: Arc<str>,
    },
    /// A signing key was made, changed or retired: these are all.
    SigningKeys(Arc<Vec<SigningKey>>),
}

/// All credentials and revocations, as of a few milliseconds ago.
#[derive(Debug)]
pub struct Memory {
    clients: DashMap<Arc<str>, Arc<Caller>>,
    keys: DashMap<Arc<str>, Arc<Caller>>,
    /// Ids by the hash of a key that tells none. May lag behind `keys` for a moment, so what is found there is compared again.
    opaque_keys: DashMap<[u8; 32], Arc<str>>,
    certificates: DashMap<Serial, Vec<Arc<CertificateRecord>>>,
    revoked_tokens: DashMap<Arc<str>, Vec<(Arc<str>, SystemTime)>>,
    signing_keys: ArcSwap<Vec<SigningKey>>,
    began: Instant,
    seen: AtomicU64,
    turn: Mutex<()>,
    /// How long it took to read changes, and to write what requests leave behind.
    reading: Histogram,
    writing: Histogram,
    news: Sender<Used>,
    uses: Mutex<Receiver<Used>>,
}

impl Memory {
    pub(super) fn empty() -> Self {
        let (news, uses) = channel();
        Self {
            clients: DashMap::new(),
            keys: DashMap::new(),
            opaque_keys: DashMap::new(),
            certificates: DashMap::new(),
            revoked_tokens: DashMap::new(),
            signing_keys: ArcSwap::default(),
            began: Instant::now(),
            seen: AtomicU64::new(0),
            turn: Mutex::new(()),
            reading: Histogram::default(),
            writing: Histogram::default(),
            news,
            uses: Mutex::new(uses),
        }
    }

    /// The client or key of that id.
    pub fn caller(&self, which: Which, id: &str) -> Option<Arc<Caller>> {
        self.callers(which).get(id).map(|entry| Arc::clone(&entry))
    }

    /// Whether a client or key of our own is gone for good. Other callers have no record that could be missing: certificates are
    /// known by their names, and clients of further issuers (`iss`, a space, `sub`) by theirs.
    pub fn lacks(&self, kind: Kind, id: &str) -> bool {
        match kind {
            Kind::Key => !self.keys.contains_key(id),
            Kind::Client => !id.contains(' ') && !self.clients.contains_key(id),
            Kind::Anyone | Kind::Certificate => false,
        }
    }

    /// The key with this hash, of those that tell no id.
    pub fn caller_of_opaque(&self, digest: &Digest) -> Option<Arc<Caller>> {
        let id = Arc::clone(&*self.opaque_keys.get(digest.octets())?);
        self.caller(Which::Key, &id)
    }

    /// The record of a certificate that our own CA issued.
    pub fn certificate(&self, issuer: &[u8], serial: &Serial) -> Option<Arc<CertificateRecord>> {
        let entry = self.certificates.get(serial)?;
        entry.iter().find(|record| *record.issuer == *issuer).map(Arc::clone)
    }

    /// Whether a token of that issuer was revoked. The empty issuer is this server's own.
    pub fn is_token_revoked(&self, issuer: &str, jti: &str) -> bool {
        self.revoked_tokens.get(jti).is_some_and(|entry| entry.iter().any(|(of, _)| **of == *issuer))
    }

    /// Takes down that a secret of this caller proved it.
    pub fn used(&self, caller: &Arc<Caller>, secret: &StoredSecret, at: SystemTime) {
        // Told once in a second and secret. The other end lives as long as this one.
        if secret.last_used.is_news(at) {
            let _ = self.news.send(Used::Secret(Arc::clone(caller)));
        }
    }

    /// The same of a certificate.
    pub fn certificate_used(&self, record: &Arc<CertificateRecord>, at: SystemTime) {
        if record.last_used.is_news(at) {
            let _ = self.news.send(Used::Certificate(Arc::clone(record)));
        }
    }

    /// Every record that was used and was not asked about since.
    pub(super) fn each_used(&self, mut each: impl FnMut(&Used)) {
        let uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        uses.try_iter().for_each(|used| each(&used));
    }

    /// Every signing key, retired ones too, the newest first.
    pub fn signing_keys(&self) -> Arc<Vec<SigningKey>> {
        self.signing_keys.load_full()
    }

    /// The longest lifetime that a client was given for its tokens.
    pub fn longest_token_ttl(&self) -> Option<Duration> {
        self.clients.iter().filter_map(|client| client.token_ttl).max()
    }

    /// How long ago the store was last seen in good order.
    pub fn age(&self) -> Duration {
        self.began.elapsed().saturating_sub(Duration::from_millis(self.seen.load(Ordering::Relaxed)))
    }

    /// How long it took to read each change that somebody made to the store, and to write what requests leave behind.
    pub fn durations(&self) -> [&Histogram; 2] {
        [&self.reading, &self.writing]
    }

    pub(super) fn took_to_read(&self, took: Duration) {
        self.reading.count(took);
    }

    pub(super) fn took_to_write(&self, took: Duration) {
        self.writing.count(took);
    }

    pub(super) fn each_caller(&self, which: Which, mut each: impl FnMut(&Caller)) {
        self.callers(which).iter().for_each(|caller| each(&caller));
    }

    pub(super) fn each_certificate(&self, mut each: impl FnMut(&CertificateRecord)) {
        self.certificates.iter().for_each(|records| records.iter().for_each(|record| each(record)));
    }

    /// The right to read the store and take it over, or to write into it and take that over: one after the other, or a full
    /// read that began before a revocation was written would drop it again.
    pub(super) fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn saw_store(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.seen.store(now, Ordering::Relaxed);
    }

    pub(super) fn has_none(&self, which: Which) -> bool {
        self.callers(which).is_empty()
    }

    pub(super) fn put_caller(&self, caller: Caller) {
        if let Some(known) = self.caller(caller.which, &caller.id) {
            for secret in &caller.secrets {
                // What was used of late may not be on disk yet.
                if let Some(known) = known.secrets.iter().find(|known| known.digest == secret.digest) {
                    secret.last_used.take_over(&known.last_used);
                }
            }
        }
        let caller = Arc::new(caller);
        let before = self.callers(caller.which).insert(Arc::clone(&caller.id), Arc::clone(&caller));
        for octets in opaque(&caller) {
            self.opaque_keys.insert(*octets, Arc::clone(&caller.id));
        }
        self.forget_opaque(before.as_deref(), |octets| opaque(&caller).any(|kept| kept == octets));
    }

    pub(super) fn drop_caller(&self, which: Which, id: &str) {
        let removed = self.callers(which).remove(id);
        self.forget_opaque(removed.as_ref().map(|(_, caller)| &**caller), |_| false);
    }

    fn forget_opaque(&self, before: Option<&Caller>, keep: impl Fn(&[u8; 32]) -> bool) {
        for octets in before.into_iter().flat_map(opaque).filter(|octets| !keep(octets)) {
            self.opaque_keys.remove(octets);
        }
    }

    /// Drops every caller that the store does not hold any more, after a full read.
    pub(super) fn keep_callers(&self, which: Which, keep: impl Fn(&str) -> bool) {
        self.callers(which).retain(|id, _| keep(id));
        if which == Which::Key {
            self.opaque_keys.retain(|_, id| keep(id));
        }
    }

    pub(super) fn put_certificate(&self, record: CertificateRecord) -> Arc<CertificateRecord> {
        let record = Arc::new(record);
        let mut entry = self.certificates.entry(record.serial.clone()).or_default();
        entry.iter().filter(|known| known.issuer == record.issuer).for_each(|known| record.last_used.take_over(&known.last_used));
        entry.retain(|known| known.issuer != record.issuer);
        entry.push(Arc::clone(&record));
        record
    }

    /// The same for certificates.
    pub(super) fn keep_certificates(&self, keep: impl Fn(&Arc<[u8]>, &Serial) -> bool) {
        self.certificates.retain(|_, records| {
            records.retain(|record| keep(&record.issuer, &record.serial));
            !records.is_empty()
        });
    }

    pub(super) fn put_revoked_token(&self, issuer: &str, jti: &str, until: SystemTime) {
        let mut entry = self.revoked_tokens.entry(jti.into()).or_default();
        entry.retain(|(of, _)| **of != *issuer);
        entry.push((issuer.into(), until));
    }

    /// Drops every revocation that the store does not hold any more, after a full read.
    pub(super) fn keep_revoked_tokens(&self, keep: impl Fn(&str, &str) -> bool) {
        self.revoked_tokens.retain(|jti, entries| {
            entries.retain(|(issuer, _)| keep(issuer, jti));
            !entries.is_empty()
        });
    }

    pub(super) fn put_signing_keys(&self, keys: Vec<SigningKey>) -> Arc<Vec<SigningKey>> {
        let keys = Arc::new(keys);
        self.signing_keys.store(Arc::clone(&keys));
        keys
    }

    /// Forgets revocations of tokens that have been expired for a week.
    pub(super) fn forget_tokens(&self, now: SystemTime) {
        let horizon = tokens::horizon(now);
        self.revoked_tokens.retain(|_, entries| {
            entries.retain(|(_, until)| *until >= horizon);
            !entries.is_empty()
        });
    }

    fn callers(&self, which: Which) -> &DashMap<Arc<str>, Arc<Caller>> {
        match which {
            Which::Client => &self.clients,
            Which::Key => &self.keys,
        }
    }
}

/// The hashes of a caller's keys that tell no id.
fn opaque(caller: &Caller) -> impl Iterator<Item = &[u8; 32]> {
    caller.secrets.iter().filter(|secret| secret.opaque).map(|secret| secret.digest.octets())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_never_has_a_record_is_not_gone() {
        let memory = Memory::empty();
        assert!(memory.lacks(Kind::Key, "id") && memory.lacks(Kind::Client, "id"));
        let others = [(Kind::Client, "https://issuer.example sub"), (Kind::Certificate, "partner"), (Kind::Anyone, "anyone")];
        assert!(others.into_iter().all(|(kind, id)| !memory.lacks(kind, id)));
    }
}
