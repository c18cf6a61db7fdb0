//! The live connections of every certificate, so that they can be cut when it no longer counts.

use std::{sync::Arc, time::SystemTime};

use dashmap::DashMap;

use super::connection::Line;
use crate::{
    peer::{ClientCertificate, Serial},
    revocation::Revocation,
};

type Identity = (Arc<[u8]>, Serial);

/// Knows the open connections by issuer and serial.
#[derive(Debug, Default)]
pub struct Registry {
    live: DashMap<Identity, Vec<Arc<Line>>>,
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
        self.live.get(&identity).map_or(0, |lines| cut_all(&lines))
    }

    /// Cuts every connection whose certificate no longer counts; says how many. For when a new list replaced the old ones.
    pub fn sweep(&self, revocation: &dyn Revocation, now: SystemTime) -> usize {
        let refused = |(issuer, serial): &Identity| revocation.status(issuer, serial, now).is_err();
        self.live.iter().filter(|entry| refused(entry.key())).map(|entry| cut_all(entry.value())).sum()
    }

    /// How many connections are open under a certificate.
    #[cfg(test)]
    pub(super) fn connections(&self) -> usize {
        self.live.iter().map(|entry| entry.value().len()).sum()
    }

    pub(super) fn register(self: &Arc<Self>, certificate: &ClientCertificate, line: &Arc<Line>) -> Registration {
        let identity = (Arc::clone(&certificate.issuer), certificate.serial.clone());
        self.live.entry(identity.clone()).or_default().push(Arc::clone(line));
        Registration { registry: Arc::clone(self), identity, line: Arc::clone(line) }
    }
}

fn cut_all(lines: &[Arc<Line>]) -> usize {
    for line in lines {
        line.cut();
    }
    lines.len()
}

impl Drop for Registration {
    fn drop(&mut self) {
        if let Some(mut lines) = self.registry.live.get_mut(&self.identity) {
            lines.retain(|line| !Arc::ptr_eq(line, &self.line));
        }
        self.registry.live.remove_if(&self.identity, |_, lines| lines.is_empty());
    }
}
