//! The live connections of every certificate, so that they can be cut when it no longer counts.

use std::sync::Arc;

use dashmap::DashMap;

use super::connection::Line;
use crate::{
    guard::Guard,
    peer::{ClientCertificate, Serial},
};

type Identity = (Arc<[u8]>, Serial);

/// Knows the open connections by issuer and serial.
#[derive(Debug, Default)]
pub struct Registry {
    live: DashMap<Identity, Vec<Open>>,
}

/// One open connection and the certificate that it was opened with.
#[derive(Debug)]
struct Open {
    certificate: Arc<ClientCertificate>,
    line: Arc<Line>,
}

/// One connection's entry; forgotten when dropped.
#[derive(Debug)]
pub(super) struct Registration {
    registry: Arc<Registry>,
    identity: Identity,
    line: Arc<Line>,
}

impl Registry {
    /// Cuts every connection of one certificate; says how many. To be called after the revocation is in force.
    pub fn cut(&self, issuer: &[u8], serial: &Serial) -> usize {
        let identity = (Arc::from(issuer), serial.clone());
        self.live.get(&identity).map_or(0, |open| cut_all(open.iter()))
    }

    /// Cuts every connection whose certificate no longer counts; says how many. For when new lists or new CAs are in force.
    pub fn sweep(&self, counts: impl Fn(&ClientCertificate) -> bool) -> usize {
        let refused = |open: &&Open| !counts(&open.certificate);
        self.live.iter().map(|entry| cut_all(entry.value().iter().filter(refused))).sum()
    }

    /// How many connections are open under a certificate.
    #[cfg(test)]
    pub(super) fn connections(&self) -> usize {
        self.live.iter().map(|entry| entry.value().len()).sum()
    }

    pub(super) fn register(self: &Arc<Self>, certificate: &Arc<ClientCertificate>, line: &Arc<Line>) -> Registration {
        let identity = (Arc::clone(&certificate.issuer), certificate.serial.clone());
        let open = Open { certificate: Arc::clone(certificate), line: Arc::clone(line) };
        self.live.entry(identity.clone()).or_default().push(open);
        Registration { registry: Arc::clone(self), identity, line: Arc::clone(line) }
    }
}

fn cut_all<'o>(open: impl Iterator<Item = &'o Open>) -> usize {
    open.filter(|_| Guard::OpenConnection.stands()).map(|open| open.line.cut()).count()
}

impl Drop for Registration {
    fn drop(&mut self) {
        if let Some(mut open) = self.registry.live.get_mut(&self.identity) {
            open.retain(|open| !Arc::ptr_eq(&open.line, &self.line));
        }
        self.registry.live.remove_if(&self.identity, |_, open| open.is_empty());
    }
}
