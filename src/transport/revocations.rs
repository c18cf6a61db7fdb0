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
    peer::Serial,
    revocation::{Revocation, RevocationList},
};

/// Looked up in every handshake, changed while it is used.
#[derive(Debug, Default)]
pub struct RevocationLists {
    lists: ArcSwap<HashMap<Arc<[u8]>, Vec<RevocationList>>>,
    stored: DashMap<Arc<[u8]>, HashSet<Serial>>,
}

impl RevocationLists {
    /// Takes these lists in the place of all before. An issuer without a list is one of whom nothing is known.
    ///
    /// # Errors
    /// When a list is older than the one it would replace (RFC 5280 §5.2.3): nothing is changed then, or an old list put
    /// back would let the revoked in again.
    pub fn replace(&self, lists: Vec<RevocationList>) -> Result<(), String> {
        let before = self.lists.load();
        let newest =
            |list: &RevocationList| before.get(&list.issuer).into_iter().flatten().any(|known| list.is_older_than(known));
        if let Some(older) = lists.iter().find(|list| newest(list)) {
            return Err(format!("its number {} is lower than that of the list in force", older.counter().unwrap_or_default()));
        }
        let mut by_issuer: HashMap<Arc<[u8]>, Vec<RevocationList>> = HashMap::new();
        for list in lists {
            by_issuer.entry(Arc::clone(&list.issuer)).or_default().push(list);
        }
        self.lists.store(Arc::new(by_issuer));
        Ok(())
    }

    /// Adds one that the store says is revoked. It stays revoked whatever a list says.
    pub fn revoke(&self, issuer: &Arc<[u8]>, serial: Serial) {
        self.stored.entry(Arc::clone(issuer)).or_default().insert(serial);
    }
}

impl Revocation for RevocationLists {
    /// Fails closed: without a list that is current, nobody knows who is revoked.
    fn status(&self, issuer: &[u8], serial: &Serial, now: SystemTime) -> Result<(), Reason> {
        if self.stored.get(issuer).is_some_and(|serials| serials.contains(serial)) {
            return Err(Reason::Revoked);
        }
        let all = self.lists.load();
        let lists = all.get(issuer).map(Vec::as_slice).unwrap_or_default();
        if lists.iter().any(|list| list.revoked.contains_key(serial)) {
            return Err(Reason::Revoked);
        }
        if lists.iter().any(|list| list.is_current(now)) { Ok(()) } else { Err(Reason::RevocationUnknown) }
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
        RevocationList { issuer: issuer.into(), number: [1].into(), next_update: at(ends), revoked }
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
}
