//! Who is revoked, in memory: what revocation lists say and what the store says add up.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::SystemTime,
};

use arc_swap::ArcSwap;
use dashmap::DashMap;

use crate::{
    denial::Reason,
    guard::Guard,
    peer::Serial,
    revocation::{Revocation, RevocationList},
};

type ByIssuer = HashMap<Arc<[u8]>, Vec<Known>>;

/// The newest list of one CA that was ever taken.
#[derive(Debug, Clone)]
struct Known {
    list: RevocationList,
    /// Whether it was among the lists that were taken last. If not, it is remembered for what it said, and clears nobody.
    is_in_force: bool,
}

/// Looked up in every handshake, changed while it is used.
#[derive(Debug, Default)]
pub struct RevocationLists {
    lists: ArcSwap<ByIssuer>,
    stored: DashMap<Arc<[u8]>, HashSet<Serial>>,
}

impl RevocationLists {
    /// Takes these lists in the place of all before; of several of one CA, the newest. A CA without a list, or whose list is
    /// there no more, is one of whom nothing is known.
    ///
    /// # Errors
    /// When a list is older than any that was taken of the same CA (RFC 5280 §5.2.3): nothing is changed then, or an old list
    /// put back would let the revoked in again.
    pub fn replace(&self, lists: Vec<RevocationList>) -> Result<(), String> {
        let lists = RevocationList::newest_of_each(lists);
        let before = self.lists.load();
        let known = |list: &RevocationList| before.get(&list.issuer).map(Vec::as_slice).unwrap_or_default();
        if let Some(older) = lists.iter().find(|list| known(list).iter().any(|known| list.is_older_than(&known.list))) {
            return Err(format!("its number {} is lower than that of the list in force", older.counter().unwrap_or_default()));
        }
        let is_gone = |known: &&Known| !lists.iter().any(|list| list.is_of_the_same_ca(&known.list));
        let gone = before.values().flatten().filter(is_gone).map(|known| known.list.clone());
        let gone: Vec<_> = gone.map(|list| Known { list, is_in_force: false }).collect();
        let mut after = ByIssuer::new();
        for known in lists.into_iter().map(|list| Known { list, is_in_force: true }).chain(gone) {
            after.entry(Arc::clone(&known.list.issuer)).or_default().push(known);
        }
        self.lists.store(Arc::new(after));
        Ok(())
    }

    /// Adds one that the store says is revoked. It stays revoked whatever a list says.
    pub fn revoke(&self, issuer: &Arc<[u8]>, serial: Serial) {
        self.stored.entry(Arc::clone(issuer)).or_default().insert(serial);
    }
}

impl Revocation for RevocationLists {
    /// Fails closed: without a list that is current, nobody knows who is revoked. Which of several CAs of that name signed
    /// the certificate is not asked: each of them must have one.
    fn status(&self, issuer: &[u8], serial: &Serial, now: SystemTime) -> Result<(), Reason> {
        if Guard::CertificateRevocation.stands() && self.stored.get(issuer).is_some_and(|serials| serials.contains(serial)) {
            return Err(Reason::Revoked);
        }
        let all = self.lists.load();
        let known = all.get(issuer).map(Vec::as_slice).unwrap_or_default();
        if Guard::RevocationList.stands() && known.iter().any(|known| known.list.revoked.contains_key(serial)) {
            return Err(Reason::Revoked);
        }
        let is_clear = !known.is_empty() && known.iter().all(|known| known.is_in_force && known.list.is_current(now));
        if is_clear { Ok(()) } else { Err(Reason::RevocationUnknown) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        crate::clock::from_seconds(seconds)
    }

    fn serial(octet: u8) -> Serial {
        Serial([octet].into())
    }

    fn list(issuer: &[u8], ends: u64, revoked: &[u8]) -> RevocationList {
        let revoked = revoked.iter().map(|octet| (serial(*octet), at(1))).collect();
        RevocationList {
            issuer: issuer.into(),
            signer: [0].into(),
            this_update: at(0),
            number: [1].into(),
            next_update: at(ends),
            revoked,
        }
    }

    #[test]
    fn only_a_current_list_of_the_same_issuer_clears() {
        let lists = RevocationLists::default();
        let status = |issuer: &[u8], octet| lists.status(issuer, &serial(octet), at(50));
        assert_eq!(status(b"a", 1), Err(Reason::RevocationUnknown), "no list at all");
        lists.replace(vec![list(b"a", 100, &[1]), list(b"b", 40, &[3])]).unwrap();
        assert_eq!(status(b"a", 1), Err(Reason::Revoked));
        assert_eq!(status(b"a", 2), Ok(()));
        assert_eq!(status(b"b", 2), Err(Reason::RevocationUnknown), "its list has ended");
        assert_eq!(status(b"b", 3), Err(Reason::Revoked), "what an ended list said stays true");
        assert_eq!(status(b"c", 2), Err(Reason::RevocationUnknown), "no list of this issuer");
        assert_eq!(lists.status(b"a", &serial(2), at(100)), Err(Reason::RevocationUnknown), "it ends while the server runs");
        assert_eq!(lists.status(b"a", &serial(2), at(100) - Duration::from_nanos(1)), Ok(()));
        lists.replace(Vec::new()).unwrap();
        assert_eq!(status(b"a", 2), Err(Reason::RevocationUnknown));
    }

    #[test]
    fn the_store_and_the_lists_add_up() {
        let lists = RevocationLists::default();
        lists.replace(vec![list(b"a", 100, &[1])]).unwrap();
        lists.revoke(&Arc::from(*b"a"), serial(2));
        assert_eq!(lists.status(b"a", &serial(2), at(1)), Err(Reason::Revoked));
        assert_eq!(lists.status(b"b", &serial(2), at(1)), Err(Reason::RevocationUnknown), "serials are unique per issuer only");
        lists.replace(vec![list(b"a", 100, &[])]).unwrap();
        assert_eq!(lists.status(b"a", &serial(2), at(1)), Err(Reason::Revoked), "a new list does not forget the store");
        assert_eq!(lists.status(b"a", &serial(1), at(1)), Ok(()));
    }

    #[test]
    fn an_older_list_replaces_nothing() {
        let lists = RevocationLists::default();
        let numbered = |number: u8, revoked: &[u8]| RevocationList { number: [number].into(), ..list(b"a", 100, revoked) };
        lists.replace(vec![numbered(2, &[1])]).unwrap();
        assert!(lists.replace(vec![numbered(1, &[])]).is_err());
        assert_eq!(lists.status(b"a", &serial(1), at(1)), Err(Reason::Revoked));
        lists.replace(vec![numbered(2, &[1])]).unwrap();
    }

    /// CAs that share the name `a`, told apart by their keys.
    fn of(signer: u8, number: u8, ends: u64, revoked: &[u8]) -> RevocationList {
        RevocationList { signer: [signer].into(), number: [number].into(), ..list(b"a", ends, revoked) }
    }

    #[test]
    fn cas_of_one_name_number_their_lists_each_for_itself() {
        let lists = RevocationLists::default();
        lists.replace(vec![of(1, 48, 100, &[1]), of(2, 2, 100, &[2])]).unwrap();
        lists.replace(vec![of(1, 48, 100, &[1]), of(2, 2, 100, &[2])]).unwrap();
        lists.replace(vec![of(2, 3, 100, &[2, 3]), of(1, 48, 100, &[1])]).unwrap();
        assert_eq!(lists.status(b"a", &serial(3), at(1)), Err(Reason::Revoked));
        assert!(lists.replace(vec![of(1, 49, 100, &[]), of(2, 2, 100, &[])]).is_err(), "older for its own CA");
        assert_eq!(lists.status(b"a", &serial(3), at(1)), Err(Reason::Revoked));
    }

    #[test]
    fn of_two_lists_of_one_ca_the_newer_counts_and_the_file_may_be_read_again() {
        let lists = RevocationLists::default();
        for _ in 0..2 {
            lists.replace(vec![of(1, 6, 100, &[2]), of(1, 5, 100, &[1])]).unwrap();
            assert_eq!(lists.status(b"a", &serial(1), at(1)), Ok(()));
            assert_eq!(lists.status(b"a", &serial(2), at(1)), Err(Reason::Revoked));
        }
        assert!(lists.replace(vec![of(1, 5, 100, &[1])]).is_err());
    }

    #[test]
    fn every_ca_of_a_name_must_have_a_current_list() {
        let lists = RevocationLists::default();
        lists.replace(vec![of(1, 1, 50, &[1]), of(2, 1, 100, &[])]).unwrap();
        assert_eq!(lists.status(b"a", &serial(9), at(49)), Ok(()));
        assert_eq!(lists.status(b"a", &serial(9), at(50)), Err(Reason::RevocationUnknown), "one of the two has ended");
        assert_eq!(lists.status(b"a", &serial(1), at(50)), Err(Reason::Revoked));
    }

    #[test]
    fn a_list_that_goes_away_clears_nobody_and_does_not_come_back_older() {
        let lists = RevocationLists::default();
        lists.replace(vec![of(1, 7, 100, &[1]), of(2, 1, 100, &[])]).unwrap();
        lists.replace(vec![of(2, 2, 100, &[])]).unwrap();
        assert_eq!(lists.status(b"a", &serial(9), at(1)), Err(Reason::RevocationUnknown));
        assert_eq!(lists.status(b"a", &serial(1), at(1)), Err(Reason::Revoked));
        assert!(lists.replace(vec![of(1, 6, 100, &[]), of(2, 2, 100, &[])]).is_err(), "its number is remembered");
        lists.replace(vec![of(1, 7, 100, &[1]), of(2, 2, 100, &[])]).unwrap();
        assert_eq!(lists.status(b"a", &serial(9), at(1)), Ok(()));
    }
}
