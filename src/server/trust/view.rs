//! What the operator sees of the certificates: when each ends, whether somebody signs the next list, and the list itself.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    time::SystemTime,
};

use arc_swap::ArcSwap;

use super::material::Callers;
use crate::{census::Ending, clock};

/// Read by the admin listener, written when something was taken.
#[derive(Debug, Default)]
pub(in crate::server) struct View {
    /// Unix seconds; zero: there is none.
    server: AtomicU64,
    client_ca: AtomicU64,
    revocation_list: AtomicU64,
    signs: AtomicU8,
    lists: ArcSwap<Vec<Arc<[u8]>>>,
}

/// This server signs the next lists, or does not though they are of its own CA. Zero: they come from elsewhere.
const SIGNS: u8 = 2;
const SIGNS_NOT: u8 = 1;

impl View {
    pub(super) fn server_ends(&self, at: SystemTime) {
        self.server.store(clock::seconds(at), Ordering::Relaxed);
    }

    pub(super) fn signer(&self, signs: bool) {
        if !signs && self.signs.swap(SIGNS_NOT, Ordering::Relaxed) != SIGNS_NOT {
            tracing::warn!("this server has no key of the client CA: it cannot sign the revocation lists again when they end");
        }
        if signs {
            self.signs.store(SIGNS, Ordering::Relaxed);
        }
    }

    /// Takes the CAs and the lists; that of `first` comes first, whoever it is.
    pub(super) fn callers(&self, callers: &Callers, first: Option<&Arc<[u8]>>) {
        self.client_ca.store(clock::seconds(callers.not_after), Ordering::Relaxed);
        self.revocation_list.store(callers.due.map_or(0, |(_, end)| clock::seconds(end)), Ordering::Relaxed);
        let mut lists: Vec<_> = callers.signed.iter().collect();
        lists.sort_by_key(|list| first != Some(&list.issuer));
        self.lists.store(Arc::new(lists.into_iter().map(|list| Arc::clone(&list.der)).collect()));
    }

    /// What ends when.
    pub(in crate::server) fn ends(&self) -> impl Iterator<Item = (Ending, SystemTime)> {
        let all = [
            (Ending::Server, &self.server),
            (Ending::ClientCa, &self.client_ca),
            (Ending::RevocationList, &self.revocation_list),
        ];
        let known = all.into_iter().map(|(what, at)| (what, at.load(Ordering::Relaxed))).filter(|(_, at)| *at > 0);
        known.map(|(what, at)| (what, clock::from_seconds(at)))
    }

    /// Whether this server signs the next list of the development CA; nothing where lists come from elsewhere.
    pub(in crate::server) fn signs(&self) -> Option<bool> {
        match self.signs.load(Ordering::Relaxed) {
            SIGNS => Some(true),
            SIGNS_NOT => Some(false),
            _ => None,
        }
    }

    /// The lists in force, DER.
    pub(in crate::server) fn lists(&self) -> Arc<Vec<Arc<[u8]>>> {
        self.lists.load_full()
    }
}
