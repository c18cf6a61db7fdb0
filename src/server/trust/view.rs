//! What the operator sees of the certificates: when each ends, whether somebody signs the next list, and the list itself.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use arc_swap::{ArcSwap, ArcSwapOption};

use super::material::Callers;
use crate::{
    census::{Census, Ending},
    lifetime::Life,
};

/// Read by the admin listener, written when something was taken.
#[derive(Debug, Default)]
pub(in crate::server) struct View {
    /// Of the server's own certificate, if there is one.
    server: ArcSwapOption<Life>,
    /// Of the client CAs and their lists.
    callers: ArcSwap<Vec<(Ending, Life)>>,
    signs: AtomicU8,
    lists: ArcSwap<Vec<Arc<[u8]>>>,
}

/// This server signs the next lists, or does not though they are of its own CA. Zero: they come from elsewhere.
const SIGNS: u8 = 2;
const SIGNS_NOT: u8 = 1;

impl View {
    pub(super) fn server_lives(&self, life: Life) {
        self.server.store(Some(Arc::new(life)));
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
        self.callers.store(Arc::new(callers.lives.clone()));
        let mut lists: Vec<_> = callers.signed.iter().collect();
        lists.sort_by_key(|list| first != Some(&list.issuer));
        self.lists.store(Arc::new(lists.into_iter().map(|list| Arc::clone(&list.der)).collect()));
    }

    /// Counts what is in force among what ends.
    pub(in crate::server) fn count(&self, census: &mut Census) {
        let server = self.server.load_full().map(|life| (Ending::Server, *life));
        for (what, life) in server.into_iter().chain(self.callers.load().iter().copied()) {
            census.lives(what, life);
        }
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
