//! The revocation list as the store wants it: signed whenever somebody was revoked, and again before it ends.

use std::collections::HashMap;

use super::Pki;
use crate::{
    clock,
    exit::Failure,
    store::{RevocationListDraft, Store},
};

impl Pki {
    /// Signs and writes a list of everyone whom the store says is revoked, under a number higher than any before.
    ///
    /// # Errors
    /// Exit 3 when store or file cannot be written: the revocation in the store counts all the same.
    pub fn publish_revocation_list(&self, store: &mut Store) -> Result<u64, Failure> {
        let _lock = self.lock()?;
        self.publish_locked(store)
    }

    /// The same, if the list is missing, unreadable, behind the store, or past half of its life.
    ///
    /// # Errors
    /// As [`Pki::publish_revocation_list`].
    pub fn refresh_revocation_list(&self, store: &mut Store) -> Result<(), Failure> {
        let _lock = self.lock()?;
        let issuer = self.client_issuer()?;
        let newest = store.revocation_list_number(&issuer)?;
        let half = self.revocation_list_life() / 2;
        let good = match self.read_revocation_list() {
            Ok(Some(list)) => list.next_update > clock::now() + half && list.counter().is_some_and(|number| number >= newest),
            Ok(None) | Err(_) => false,
        };
        if good { Ok(()) } else { self.publish_locked(store).map(drop) }
    }

    fn publish_locked(&self, store: &mut Store) -> Result<u64, Failure> {
        let issuer = self.client_issuer()?;
        // A list that another state directory signed for the same CA may be ahead of this store.
        let before = self.read_revocation_list().ok().flatten().and_then(|list| list.counter()).unwrap_or_default();
        let RevocationListDraft { number, revoked } = store.draft_revocation_list(&issuer, before)?;
        let entries: HashMap<_, _> =
            revoked.into_iter().map(|record| (record.serial, record.revoked.unwrap_or(record.not_before))).collect();
        self.sign_revocation_list(number, &entries)?;
        Ok(number)
    }
}
