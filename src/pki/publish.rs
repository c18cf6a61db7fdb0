//! The revocation lists as the store wants them: signed whenever somebody was revoked, and again before they end.

use std::{collections::HashMap, path::Path, time::SystemTime};

use super::{Pki, ca::Authority, generation::Generation, lists::Kept};
use crate::{
    clock,
    deed::{Deed, Event, Thing},
    exit::Failure,
    revocation::RevocationList,
    store::{RevocationListDraft, Store},
};

/// What came of looking after the revocation lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refreshed {
    /// Nothing was to be done.
    Current,
    /// A list was signed again.
    Signed,
    /// A list should be signed again, and nobody here has the key of its CA.
    NoKey,
}

impl Pki {
    /// Signs the list of every CA that is missing, behind the store in number or in names, or past half of its life. A new list
    /// has everyone whom the store says is revoked, and of whom the list before names besides, under a number higher than any
    /// before.
    ///
    /// # Errors
    /// Exit 2 when a list before is lost or cannot be read: a new one would forget whom other state directories revoked.
    /// Exit 3 when store or file cannot be written. Revocations in the store count all the same.
    pub fn refresh_revocation_list(&self, store: &mut Store) -> Result<Refreshed, Failure> {
        let _lock = self.lock()?;
        let now = clock::now();
        let generations = self.generations(now)?;
        let authorities: Vec<_> = generations.iter().flat_map(Generation::authorities).collect();
        let kept = self.kept_lists(&authorities, now)?;
        let mut round = Round { pki: self, store, kept, signed: Vec::new(), now };
        let came = authorities.iter().map(|authority| round.refresh(authority)).collect::<Result<Vec<_>, _>>()?;
        if came.contains(&Refreshed::Signed) {
            round.write(&authorities)?;
        }
        Ok(came.into_iter().max().unwrap_or(Refreshed::Current))
    }

    /// The same after a revocation, which is to be on a list.
    ///
    /// # Errors
    /// As [`Pki::refresh_revocation_list`], and exit 2 when the key of a CA that must sign is not here.
    pub fn publish_revocation_list(&self, store: &mut Store) -> Result<(), Failure> {
        match self.refresh_revocation_list(store)? {
            Refreshed::Current | Refreshed::Signed => Ok(()),
            Refreshed::NoKey => {
                let generations = self.generations(clock::now())?;
                generations.iter().flat_map(Generation::authorities).try_for_each(|authority| authority.signer().map(drop))
            }
        }
    }

    /// Signs every list anew for an operator who says so, whatever those before are like. What cannot be read of them is
    /// forgotten.
    ///
    /// # Errors
    /// Exit 2 when the key of a CA is not here; exit 3 when store or file cannot be written.
    pub fn remake_revocation_list(&self, store: &mut Store) -> Result<(), Failure> {
        let _lock = self.lock()?;
        let now = clock::now();
        let generations = self.generations(now)?;
        let authorities: Vec<_> = generations.iter().flat_map(Generation::authorities).collect();
        let kept = self.kept_lists(&authorities, now).unwrap_or_default();
        let mut round = Round { pki: self, store, kept, signed: Vec::new(), now };
        authorities.iter().try_for_each(|authority| round.sign(authority))?;
        round.write(&authorities)
    }
}

/// One look at all lists.
struct Round<'a> {
    pki: &'a Pki,
    store: &'a mut Store,
    kept: Vec<Kept>,
    /// For the audit log.
    signed: Vec<Deed>,
    now: SystemTime,
}

impl Round<'_> {
    fn refresh(&mut self, authority: &Authority) -> Result<Refreshed, Failure> {
        if self.is_good(authority)? {
            return Ok(Refreshed::Current);
        }
        if !authority.can_sign() {
            return Ok(Refreshed::NoKey);
        }
        self.sign(authority).map(|()| Refreshed::Signed)
    }

    fn is_good(&self, authority: &Authority) -> Result<bool, Failure> {
        let issuer = authority.name();
        let newest = self.store.revocation_list_number(&issuer)?;
        let Some(list) = self.list_of(authority) else {
            // This store has had a list of this CA, and so knows a number and whom to put on it; else nobody does.
            return if newest == 0 { Err(lost(&self.pki.revocation_list())) } else { Ok(false) };
        };
        let revoked = self.store.revoked_certificates(&issuer)?;
        Ok(list.next_update > self.now + self.pki.revocation_list_life() / 2
            && list.counter().is_some_and(|number| number >= newest)
            && revoked.iter().all(|record| list.revoked.contains_key(&record.serial)))
    }

    fn sign(&mut self, authority: &Authority) -> Result<(), Failure> {
        // Before the database takes a number for it.
        authority.signer()?;
        let before = self.list_of(authority);
        let issuer = authority.name();
        let counter = before.and_then(RevocationList::counter).unwrap_or_default();
        let RevocationListDraft { number, revoked } = self.store.draft_revocation_list(&issuer, counter)?;
        let mut entries: HashMap<_, _> =
            revoked.into_iter().map(|record| (record.serial, record.revoked.unwrap_or(record.not_before))).collect();
        // Revoked is for good, whoever signed it: another state directory, or this one before its database was put back from
        // a copy. Only who has expired meanwhile comes off the list.
        let before = self.kept.iter().position(|kept| kept.is_of(authority)).map(|at| self.kept.swap_remove(at));
        for (serial, since) in before.into_iter().flat_map(|kept| kept.list.revoked) {
            let known = self.store.certificate(&issuer, &serial)?;
            if known.is_none_or(|record| record.not_after > self.now) {
                entries.entry(serial).or_insert(since);
            }
        }
        self.signed.push(Deed::new(Event::ListSigned, Thing::List, number.to_string()).named(authority.names().1));
        self.kept.push(Kept::sign(authority, number, &entries, self.pki.revocation_list_life(), self.now)?);
        Ok(())
    }

    fn list_of(&self, authority: &Authority) -> Option<&RevocationList> {
        self.kept.iter().find(|kept| kept.is_of(authority)).map(|kept| &kept.list)
    }

    /// In the order of the CAs.
    fn write(self, authorities: &[&Authority]) -> Result<(), Failure> {
        let of = |authority: &&Authority| self.kept.iter().find(|kept| kept.is_of(authority));
        self.pki.write_lists(authorities.iter().filter_map(of))?;
        self.store.tell(self.signed)
    }
}

fn lost(list: &Path) -> Failure {
    Failure::usage(format!("the revocation list {} is lost: nobody can say whom its CA revoked", list.display()))
        .remedy("put it back, or let `authbench cert crl` sign a new one, which names only whom this state directory revoked")
}

#[cfg(test)]
mod tests;
