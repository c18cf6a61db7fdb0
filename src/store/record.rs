//! The records as the rest of the program sees them.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::last_use::LastUse;
use crate::{
    key_type::KeyType,
    peer::Serial,
    principal::{Grant, Kind},
    secret::Digest,
    words::words,
};

words! {
    /// Which table of callers: both hold an id and secrets.
    pub enum Which {
        /// `OAuth` clients.
        Client = "client",
        /// API keys.
        Key = "key",
    }
}

impl From<Which> for Kind {
    fn from(which: Which) -> Self {
        match which {
            Which::Client => Self::Client,
            Which::Key => Self::Key,
        }
    }
}

words! {
    /// Whether a caller may call.
    pub enum State {
        /// It may.
        Active = "active",
        /// Switched off, until it is switched on again.
        Disabled = "disabled",
        /// Withdrawn for good.
        Revoked = "revoked",
    }
}

words! {
    /// Whether a certificate may be used, its dates aside.
    pub enum CertificateState {
        /// It may.
        Active = "active",
        /// It is on the revocation list.
        Revoked = "revoked",
    }
}

/// A caller that proves itself with a secret, or as a client with keys: an `OAuth` client or an API key.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Which kind.
    pub which: Which,
    /// Public and stable.
    pub id: Arc<str>,
    /// Unique in its kind.
    pub name: Arc<str>,
    /// Whether it may call.
    pub state: State,
    /// What it was given.
    pub grant: Grant,
    /// How long its tokens are valid, when that is not the default.
    pub token_ttl: Option<Duration>,
    /// When it ends as a whole.
    pub ends: Option<SystemTime>,
    /// When it was made.
    pub created: SystemTime,
    /// The live secret first; during a rotation also the one before.
    pub secrets: Secrets,
    /// The public keys of a client that signs instead (RFC 7523): a JWK set as text. Such a client has no secret.
    pub jwks: Option<Arc<str>>,
}

impl Caller {
    /// The stored secret that this is the hash of, ended or not. Compares with each: the time does not tell which matched.
    pub fn secret(&self, digest: &Digest) -> Option<&StoredSecret> {
        self.secrets.iter().fold(None, |found, secret| if secret.digest.matches(digest) { Some(secret) } else { found })
    }
}

/// At most two: during a rotation the old one and the new one.
pub type Secrets = Vec<StoredSecret>;

/// A secret as it is kept: its hash.
#[derive(Debug, Clone)]
pub struct StoredSecret {
    /// SHA-256 of the secret.
    pub digest: Digest,
    /// When it was made.
    pub created: SystemTime,
    /// When it stops, if a newer one replaces it.
    pub ends: Option<SystemTime>,
    /// When it last proved its caller. On disk some seconds late.
    pub last_used: LastUse,
    /// Whether it is a whole key that tells no id, and is looked up by its hash.
    pub opaque: bool,
}

impl StoredSecret {
    /// A secret that was never used and has no end.
    pub fn new(digest: Digest, created: SystemTime) -> Self {
        Self { digest, created, ends: None, last_used: LastUse::default(), opaque: false }
    }

    /// The same for a key that tells no id.
    pub fn opaque(digest: Digest, created: SystemTime) -> Self {
        Self { opaque: true, ..Self::new(digest, created) }
    }
}

/// A client certificate that our own CA issued.
#[derive(Debug, Clone)]
pub struct CertificateRecord {
    /// The distinguished name of the issuer, DER.
    pub issuer: Arc<[u8]>,
    /// Its serial number.
    pub serial: Serial,
    /// The caller's name; several certificates may share it (renewals).
    pub name: Arc<str>,
    /// The subject alternative names as asked for, so that a renewal can repeat them.
    pub sans: Vec<String>,
    /// The kind of its key, so that a renewal can repeat it; `None` when the key is the caller's own, and never was here.
    pub key_type: Option<KeyType>,
    /// Whether it may be used.
    pub state: CertificateState,
    /// When it was revoked.
    pub revoked: Option<SystemTime>,
    /// What the caller was given.
    pub grant: Grant,
    /// The beginning of validity.
    pub not_before: SystemTime,
    /// The end of validity.
    pub not_after: SystemTime,
    /// When it last proved its caller. On disk some seconds late.
    pub last_used: LastUse,
}
