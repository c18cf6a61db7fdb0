//! How signing keys follow one another: published, then signing, then verifying only, then retired.
//!
//! Nothing but the keys' own moments and the clock decides, so every server and every command says the same of a key.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::{algorithm::KeyKind, clock, store::SigningKey, words::words};

/// The rules of a server, as its configuration has them.
#[derive(Debug, Clone, Copy)]
pub struct Rotation {
    /// What it signs with. Keys of other kinds only verify.
    pub kind: KeyKind,
    /// Whether one key that does not sign yet is published at all times, as Cognito does.
    pub spare: bool,
    /// For how long a key is published before it signs.
    pub wait: Duration,
    /// For how long a key signs before the next one is published.
    pub age: Duration,
    /// The longest lifetime of a token.
    pub longest: Duration,
}

words! {
    /// What a key does at a moment.
    pub enum KeyState {
        /// Published; signs from a moment that is set.
        Published = "published",
        /// New tokens are signed with it.
        Signs = "signs",
        /// Published, so that the tokens that it signed go on.
        Verifies = "verifies",
        /// Published; the next rotation takes it.
        Spare = "spare",
        /// Not published; its tokens are refused.
        Retired = "retired",
    }
}

/// What a key does now, since when, and until when as far as that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// What.
    pub state: KeyState,
    /// Since when.
    pub since: SystemTime,
    /// Until when.
    pub until: Option<SystemTime>,
}

/// The keys, seen at one moment.
pub(super) struct Succession<'a, Held> {
    pub(super) keys: &'a [SigningKey],
    pub(super) rotation: Rotation,
    /// Whether the private side of a key is at hand: who does not have it cannot sign.
    pub(super) held: Held,
    pub(super) now: SystemTime,
}

impl<'a, Held: Fn(&str) -> bool> Succession<'a, Held> {
    /// The key that signs: of the own kind, at hand, begun, and the last to begin.
    pub(super) fn signing(&self) -> Option<&'a SigningKey> {
        self.begun(self.rotation.kind).max_by_key(|key| turn(key))
    }

    /// The key that would sign if the private side of all of them were at hand.
    pub(super) fn newest(&self) -> Option<&'a SigningKey> {
        let own = |key: &&SigningKey| key.kind == self.rotation.kind && self.has_begun(key);
        self.live().filter(own).max_by_key(|key| turn(key))
    }

    /// Whether nothing could sign if this key were not there.
    pub(super) fn is_indispensable(&self, kid: &str) -> bool {
        let mut all = self.begun(self.rotation.kind).map(|key| &key.kid);
        all.next().is_some_and(|only| **only == *kid) && all.next().is_none()
    }

    /// The key that signs next: of the own kind, at hand, and the first to begin, a spare last.
    pub(super) fn next(&self) -> Option<&'a SigningKey> {
        let waiting = self.live().filter(|key| key.kind == self.rotation.kind && (self.held)(&key.kid) && !self.has_begun(key));
        waiting.min_by_key(|key| (key.signs.is_none(), key.signs, key.created, Arc::clone(&key.kid)))
    }

    /// When the next key is to be published because of the signing one's age; `None` while a rotation is under way that ends
    /// no later. One that ends later was begun with a longer wait, or while the clock was wrong.
    pub(super) fn is_too_old_from(&self) -> Option<SystemTime> {
        let old = clock::after(self.signing()?.signs?, self.rotation.age);
        let in_time = clock::after(old.max(self.now), self.rotation.wait);
        let under_way = self.next().and_then(|next| next.signs).is_some_and(|signs| signs <= in_time);
        (!under_way).then_some(old)
    }

    /// From when on no token of this key can live; `None` while that cannot be known.
    ///
    /// Who signs with another kind is another server, which this one does not see. But it would have rotated in time: a key of
    /// another kind without a successor is taken for left behind when it should have had one.
    pub(super) fn outlived_from(&self, key: &SigningKey) -> Option<SystemTime> {
        let left_behind = || {
            let began = key.signs.unwrap_or(key.created);
            (key.kind != self.rotation.kind).then(|| clock::after(began, self.rotation.age + self.rotation.wait))
        };
        let superseded = self.superseded(key).or_else(left_behind)?;
        Some(clock::after(superseded, self.rotation.longest))
    }

    /// The first moment at which something is to be done; in the past when it is overdue.
    pub(super) fn due(&self) -> Option<SystemTime> {
        let missing = self.signing().is_none().then_some(self.now);
        let spare = match self.next() {
            _ if !self.rotation.spare => None,
            None => Some(self.now),
            Some(next) => next.signs,
        };
        let outlived = self.live().filter_map(|key| self.outlived_from(key));
        [missing, spare, self.is_too_old_from()].into_iter().flatten().chain(outlived).min()
    }

    /// What a key does.
    pub(super) fn standing(&self, key: &SigningKey) -> Standing {
        let of = |state, since, until| Standing { state, since, until };
        match (key.retired, key.signs) {
            (Some(retired), _) => of(KeyState::Retired, retired, None),
            (None, None) => of(KeyState::Spare, key.created, None),
            (None, Some(signs)) if signs > self.now => of(KeyState::Published, key.created, Some(signs)),
            (None, Some(signs)) if self.signing().is_some_and(|signing| signing.kid == key.kid) => {
                let replaced = self.next().and_then(|next| next.signs);
                let by_age = clock::after(signs, self.rotation.age + self.rotation.wait);
                of(KeyState::Signs, signs, Some(replaced.unwrap_or(by_age)))
            }
            (None, Some(signs)) => of(KeyState::Verifies, self.superseded(key).unwrap_or(signs), self.outlived_from(key)),
        }
    }

    /// The keys that count, in the order in which they are published: the signing one first, then the newest.
    pub(super) fn published(&self) -> Vec<&'a SigningKey> {
        let signing = self.signing();
        let others = self.live().filter(|key| signing.is_none_or(|signing| signing.kid != key.kid));
        signing.into_iter().chain(others).collect()
    }

    /// When the next key of the same kind took over from one that has signed.
    fn superseded(&self, key: &SigningKey) -> Option<SystemTime> {
        if !self.has_begun(key) {
            return None;
        }
        self.begun(key.kind).filter(|other| turn(other) > turn(key)).filter_map(|other| other.signs).min()
    }

    fn live(&self) -> impl Iterator<Item = &'a SigningKey> {
        self.keys.iter().filter(|key| key.retired.is_none())
    }

    /// The keys of a kind that can sign.
    fn begun(&self, kind: KeyKind) -> impl Iterator<Item = &'a SigningKey> {
        self.live().filter(move |key| key.kind == kind && self.has_begun(key) && (self.held)(&key.kid))
    }

    fn has_begun(&self, key: &SigningKey) -> bool {
        key.signs.is_some_and(|signs| signs <= self.now)
    }
}

/// Keys take over in this order; of two that begin at once, the same one wins everywhere.
fn turn(key: &SigningKey) -> (Option<SystemTime>, &str) {
    (key.signs, &key.kid)
}

#[cfg(test)]
mod tests;
