//! What a client certificate is to be.

use std::time::Duration;

use rcgen::{KeyPair, PublicKeyData, SignatureAlgorithm, SubjectPublicKeyInfo};

use super::{csr::OwnKey, key};
use crate::{exit::Failure, key_type::KeyType};

/// Who is to get a certificate, and what kind.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The caller's name: a directory and a common name.
    pub name: &'a str,
    /// `DNS:…`, `URI:…` or `IP:…`; none means `DNS:NAME`.
    pub sans: &'a [String],
    /// How long it is valid, unless a flaw says when it ends.
    pub ttl: Duration,
    /// Whose key.
    pub key: OrderKey<'a>,
    /// In which way it is to be bad: a name below `[flaws]` of the profile.
    pub flaw: Option<&'a str>,
    /// Whether the caller may already have one.
    pub existing: Existing,
}

/// The key that a certificate is for.
#[derive(Debug, Clone, Copy)]
pub enum OrderKey<'a> {
    /// A fresh one of this kind.
    Fresh(KeyType),
    /// The caller's own, of which only the public side is here.
    Own(&'a OwnKey),
}

/// Whether a caller may already have a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// A directory of that name is somebody's: refuse.
    Refuse,
    /// A new certificate takes the place of the old files.
    Replace,
}

/// The key itself.
pub(super) enum Key<'a> {
    Pair(Box<KeyPair>),
    Public(&'a SubjectPublicKeyInfo),
}

impl<'a> Key<'a> {
    pub(super) fn of(order: OrderKey<'a>) -> Result<Self, Failure> {
        match order {
            OrderKey::Fresh(key_type) => key::generate(key_type).map(|pair| Self::Pair(Box::new(pair))),
            OrderKey::Own(own) => Ok(Self::Public(&own.0)),
        }
    }

    pub(super) fn pair(&self) -> Option<&KeyPair> {
        match self {
            Self::Pair(pair) => Some(pair),
            Self::Public(_) => None,
        }
    }
}

impl PublicKeyData for Key<'_> {
    fn der_bytes(&self) -> &[u8] {
        match self {
            Self::Pair(pair) => pair.der_bytes(),
            Self::Public(key) => key.der_bytes(),
        }
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self {
            Self::Pair(pair) => pair.algorithm(),
            Self::Public(key) => key.algorithm(),
        }
    }
}
