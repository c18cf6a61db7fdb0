//! The revocation list as the store wants it: signed whenever somebody was revoked, and again before it ends.

use std::{collections::HashMap, path::Path};

use super::Pki;
use crate::{
    clock,
    exit::Failure,
    revocation::RevocationList,
    store::{RevocationListDraft, Store},
};

impl Pki {
    /// Signs and writes a list of everyone whom the store says is revoked, and of whom the list before names besides, under a
    /// number higher than any before.
    ///
    /// # Errors
    /// Exit 2 when the list before is lost or cannot be read: a new one would forget whom other state directories revoked.
    /// Exit 3 when store or file cannot be written. The revocation in the store counts all the same.
    pub fn publish_revocation_list(&self, store: &mut Store) -> Result<u64, Failure> {
        let _lock = self.lock()?;
        let before = self.list_before(store)?;
        self.publish_after(before, store)
    }

    /// The same, if the list is missing, behind the store in number or in names, or past half of its life.
    ///
    /// # Errors
    /// As [`Pki::publish_revocation_list`].
    pub fn refresh_revocation_list(&self, store: &mut Store) -> Result<(), Failure> {
        let _lock = self.lock()?;
        let issuer = self.client_issuer()?;
        let newest = store.revocation_list_number(&issuer)?;
        let revoked = store.revoked_certificates(&issuer)?;
        let half = self.revocation_list_life() / 2;
        let before = self.list_before(store)?;
        let is_good = |list: &RevocationList| {
            list.next_update > clock::now() + half
                && list.counter().is_some_and(|number| number >= newest)
                && revoked.iter().all(|record| list.revoked.contains_key(&record.serial))
        };
        if before.as_ref().is_some_and(is_good) { Ok(()) } else { self.publish_after(before, store).map(drop) }
    }

    /// The same for an operator who says so: whatever the list before is like, a new one takes its place. What cannot be read
    /// of it is forgotten.
    ///
    /// # Errors
    /// Exit 3 when store or file cannot be written.
    pub fn remake_revocation_list(&self, store: &mut Store) -> Result<u64, Failure> {
        let _lock = self.lock()?;
        let before = self.read_revocation_list().ok().flatten();
        self.publish_after(before, store)
    }

    /// The list that a new one follows; `None` when it is lost, but this store has had a list of this CA, and so knows a number
    /// and whom to put on it.
    fn list_before(&self, store: &Store) -> Result<Option<RevocationList>, Failure> {
        let before = self.read_revocation_list()?;
        if before.is_none() && store.revocation_list_number(&self.client_issuer()?)? == 0 {
            return Err(lost(&self.revocation_list()));
        }
        Ok(before)
    }

    fn publish_after(&self, before: Option<RevocationList>, store: &mut Store) -> Result<u64, Failure> {
        let counter = before.as_ref().and_then(RevocationList::counter).unwrap_or_default();
        let issuer = self.client_issuer()?;
        let RevocationListDraft { number, revoked } = store.draft_revocation_list(&issuer, counter)?;
        let mut entries: HashMap<_, _> =
            revoked.into_iter().map(|record| (record.serial, record.revoked.unwrap_or(record.not_before))).collect();
        // Revoked is for good, whoever signed it: another state directory, or this one before its database was put back from
        // a copy. Only who has expired meanwhile comes off the list.
        for (serial, since) in before.into_iter().flat_map(|list| list.revoked) {
            let known = store.certificate(&issuer, &serial)?;
            if known.is_none_or(|record| record.not_after > clock::now()) {
                entries.entry(serial).or_insert(since);
            }
        }
        self.sign_revocation_list(number, &entries)?;
        Ok(number)
    }
}

fn lost(list: &Path) -> Failure {
    Failure::usage(format!("the revocation list {} is lost: nobody can say whom its CA revoked", list.display()))
        .remedy("put it back, or let `authbench cert crl` sign a new one, which names only whom this state directory revoked")
}

#[cfg(test)]
mod tests;
