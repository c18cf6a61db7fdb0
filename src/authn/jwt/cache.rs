//! Tokens that were verified before, so that their signature need not be checked again.
//!
//! An entry saves reading and arithmetic, and decides nothing: time, key, revocation and client are asked at each use.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use quick_cache::sync::Cache;

use super::verified::Verified;

/// Longer tokens are verified each time: the memory is bounded by entries times this.
const LONGEST: usize = 4 * 1024;

/// How often it was of use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheCounts {
    /// Tokens that were there.
    pub hits: u64,
    /// Tokens that had to be verified.
    pub misses: u64,
    /// Tokens that are there now.
    pub entries: usize,
}

/// The tokens by their whole text.
#[derive(Debug, Default)]
pub(super) struct TokenCache {
    /// `None`: switched off.
    tokens: Option<Cache<Box<str>, Arc<Verified>>>,
    hits: Apart,
    misses: Apart,
}

/// A counter with a cache line of its own, so that counting one does not slow the other.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Apart(AtomicU64);

impl TokenCache {
    /// Room for so many tokens; with zero, nothing is kept and nothing counted.
    pub(super) fn new(entries: usize) -> Self {
        Self { tokens: (entries > 0).then(|| Cache::new(entries)), ..Self::default() }
    }

    /// The token of exactly this text, if it is there and `still_counts`.
    pub(super) fn get(&self, token: &str, still_counts: impl FnOnce(&Verified) -> bool) -> Option<Arc<Verified>> {
        let found = self.tokens.as_ref()?.get(token).filter(|verified| still_counts(verified));
        let counter = if found.is_some() { &self.hits } else { &self.misses };
        counter.0.fetch_add(1, Ordering::Relaxed);
        found
    }

    /// Whether a token of exactly this text is there. Not counted, and not believed.
    pub(super) fn holds(&self, token: &str) -> bool {
        self.tokens.as_ref().is_some_and(|tokens| tokens.contains_key(token))
    }

    /// Keeps a token that was verified and accepted.
    pub(super) fn put(&self, token: &str, verified: &Arc<Verified>) {
        if let Some(tokens) = self.tokens.as_ref().filter(|_| token.len() <= LONGEST) {
            tokens.insert(token.into(), Arc::clone(verified));
        }
    }

    /// How often it was of use so far.
    pub(super) fn counts(&self) -> CacheCounts {
        CacheCounts {
            hits: self.hits.0.load(Ordering::Relaxed),
            misses: self.misses.0.load(Ordering::Relaxed),
            entries: self.tokens.as_ref().map_or(0, Cache::len),
        }
    }
}
