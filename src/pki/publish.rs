//! The revocation list as the store wants it: signed whenever somebody was revoked, and again before it ends.

use std::collections::HashMap;

use super::Pki;
use crate::{
    clock,
    exit::Failure,
    revocation::RevocationList,
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
        let before = self.read_revocation_list().ok().flatten();
        let counter = before.as_ref().and_then(RevocationList::counter).unwrap_or_default();
        let RevocationListDraft { number, revoked } = store.draft_revocation_list(&issuer, counter)?;
        let mut entries: HashMap<_, _> =
            revoked.into_iter().map(|record| (record.serial, record.revoked.unwrap_or(record.not_before))).collect();
        // Another state directory may have signed for the same CA: whom this store does not know stays revoked.
        let others = before.into_iter().flat_map(|list| list.revoked);
        entries.extend(others.filter(|(serial, _)| store.certificates_of(&serial.to_string()).is_err()));
        self.sign_revocation_list(number, &entries)?;
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::*;
    use crate::{
        pki::{Existing, Issued},
        principal::Grant,
        store::{CertificateRecord, CertificateState},
    };

    /// One CA and two state directories that issue with it.
    fn lab() -> (tempfile::TempDir, Pki, Store, Store) {
        let directory = tempfile::tempdir().unwrap();
        let pki = Pki::open(&directory.path().join("certs")).unwrap();
        let store = |name: &str| Store::open(&directory.path().join(name)).unwrap();
        let (one, two) = (store("one"), store("two"));
        (directory, pki, one, two)
    }

    fn issue(pki: &Pki, store: &mut Store, name: &str) -> Issued {
        let issued = pki.issue(name, &[], Duration::from_secs(3600), Existing::Refuse).unwrap();
        let record = CertificateRecord {
            issuer: Arc::clone(&issued.issuer),
            serial: issued.serial.clone(),
            name: name.into(),
            sans: Vec::new(),
            state: CertificateState::Active,
            revoked: None,
            grant: Grant::default(),
            not_before: issued.not_before,
            not_after: issued.not_after,
        };
        store.add_certificate(&record, false).unwrap();
        issued
    }

    fn on_disk(pki: &Pki) -> RevocationList {
        pki.read_revocation_list().unwrap().unwrap()
    }

    #[test]
    fn a_crash_between_revocation_and_list_is_mended_at_the_next_start() {
        let (_directory, pki, mut store, _) = lab();
        let issued = issue(&pki, &mut store, "partner");
        store.revoke_certificates("partner").unwrap();
        assert!(!on_disk(&pki).revoked.contains_key(&issued.serial), "the crash is here");
        pki.refresh_revocation_list(&mut store).unwrap();
        assert!(on_disk(&pki).revoked.contains_key(&issued.serial));
        let number = on_disk(&pki).number;
        pki.refresh_revocation_list(&mut store).unwrap();
        assert_eq!(on_disk(&pki).number, number, "nothing to do");
    }

    #[test]
    fn a_lost_list_comes_back_with_everyone_on_it() {
        let (_directory, pki, mut store, _) = lab();
        let issued = issue(&pki, &mut store, "partner");
        store.revoke_certificates("partner").unwrap();
        let number = pki.publish_revocation_list(&mut store).unwrap();
        std::fs::remove_file(pki.revocation_list()).unwrap();
        pki.refresh_revocation_list(&mut store).unwrap();
        assert!(on_disk(&pki).counter() > Some(number) && on_disk(&pki).revoked.contains_key(&issued.serial));
    }

    #[test]
    fn two_state_directories_do_not_undo_each_others_revocations() {
        let (_directory, pki, mut one, mut two) = lab();
        let (first, second) = (issue(&pki, &mut one, "a"), issue(&pki, &mut two, "b"));
        one.revoke_certificates("a").unwrap();
        let before = pki.publish_revocation_list(&mut one).unwrap();
        two.revoke_certificates("b").unwrap();
        let after = pki.publish_revocation_list(&mut two).unwrap();
        assert!(after > before, "the number never falls");
        let revoked = on_disk(&pki).revoked;
        assert!(revoked.contains_key(&first.serial) && revoked.contains_key(&second.serial));
    }
}
