//! Which TLS configuration a client gets: chosen by the name that it asks for, and exchanged while the listener runs.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::Tls;
use crate::peer::Entrance;

/// The configurations of a listener at one moment. Each has sessions of its own, so that a session of the one never opens the
/// other, and none outlives an exchange.
#[derive(Debug)]
pub struct Entrances {
    lock: Tls,
    default_endpoint: Option<(String, Tls)>,
}

/// What a listener shakes hands with now. New connections take what is here, open ones keep what they have.
pub type LiveEntrances = ArcSwap<Entrances>;

impl Entrances {
    /// One way in, for whatever name.
    pub fn new(lock: Tls) -> Self {
        Self { lock, default_endpoint: None }
    }

    /// A second one, for exactly this name (in lower case).
    #[must_use]
    pub fn with_default_endpoint(self, name: String, tls: Tls) -> Self {
        Self { default_endpoint: Some((name, tls)), ..self }
    }

    /// To be exchanged later.
    pub fn live(self) -> Arc<LiveEntrances> {
        Arc::new(ArcSwap::from_pointee(self))
    }

    /// Whoever asks for no name, or an unknown one, stands before the lock.
    pub(super) fn choose(&self, server_name: Option<&str>) -> (Entrance, &Tls) {
        match &self.default_endpoint {
            Some((name, tls)) if server_name.is_some_and(|asked| asked.eq_ignore_ascii_case(name)) => {
                (Entrance::DefaultEndpoint, tls)
            }
            _ => (Entrance::Lock, &self.lock),
        }
    }

    /// The configuration of one way in.
    pub(super) fn of(&self, entrance: Entrance) -> Option<&Tls> {
        match entrance {
            Entrance::Lock => Some(&self.lock),
            Entrance::DefaultEndpoint => self.default_endpoint.as_ref().map(|(_, tls)| tls),
        }
    }
}
