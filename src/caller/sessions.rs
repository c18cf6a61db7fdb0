//! Session tickets that a caller uses at every door, whatever name they were given under.

use std::sync::Arc;

use rustls::{
    NamedGroup,
    client::{ClientSessionMemoryCache, ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue},
    pki_types::{DnsName, ServerName},
};

/// How many tickets are kept.
const KEPT: usize = 32;

/// One drawer for all names: who was let in at one door tries the same ticket at another.
#[derive(Debug)]
pub(super) struct OneDrawer {
    kept: ClientSessionMemoryCache,
    label: ServerName<'static>,
}

impl OneDrawer {
    pub(super) fn new() -> Result<Arc<Self>, String> {
        let label = DnsName::try_from("any").map_err(|error| error.to_string())?;
        Ok(Arc::new(Self { kept: ClientSessionMemoryCache::new(KEPT), label: ServerName::DnsName(label) }))
    }
}

impl ClientSessionStore for OneDrawer {
    fn set_kx_hint(&self, _: ServerName<'static>, group: NamedGroup) {
        self.kept.set_kx_hint(self.label.clone(), group);
    }

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        self.kept.kx_hint(&self.label)
    }

    fn set_tls12_session(&self, _: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.kept.set_tls12_session(self.label.clone(), value);
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.kept.tls12_session(&self.label)
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {
        self.kept.remove_tls12_session(&self.label);
    }

    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.kept.insert_tls13_ticket(self.label.clone(), value);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.kept.take_tls13_ticket(&self.label)
    }
}
