//! Who came in, who was refused before it could ask, and how many are there.

use std::sync::atomic::{AtomicU64, Ordering};

use super::page::{Family, Page, Type};
use crate::{denial::Reason, wire::HANDSHAKES_REFUSED};

const ACCEPTED: Family = Family {
    name: "authbench_handshakes_accepted_total",
    kind: Type::Counter,
    help: "TLS handshakes that succeeded, by kind: full or resumed.",
};
const REFUSED: Family = Family {
    name: HANDSHAKES_REFUSED,
    kind: Type::Counter,
    help: "Handshakes that were refused, and connections that were not taken, by reason.",
};
const OPEN: Family = Family {
    name: "authbench_connections_open",
    kind: Type::Gauge,
    help: "Connections that are open, by listener: api or admin.",
};
const MOST: Family =
    Family { name: "authbench_connections_limit", kind: Type::Gauge, help: "Connections that a listener takes at once." };

/// How handshakes ended.
#[derive(Debug, Default)]
pub(super) struct Handshakes {
    full: AtomicU64,
    resumed: AtomicU64,
    refused: [AtomicU64; Reason::ALL.len()],
}

/// The connections of one listener.
#[derive(Debug, Clone, Copy)]
pub struct Connections {
    /// `api` or `admin`.
    pub listener: &'static str,
    /// How many are open.
    pub open: usize,
    /// How many may be.
    pub limit: usize,
}

impl Handshakes {
    pub(super) fn refused(&self, reason: Reason) {
        self.refused[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn accepted(&self, resumed: bool) {
        let kind = if resumed { &self.resumed } else { &self.full };
        kind.fetch_add(1, Ordering::Relaxed);
    }
}

impl Page {
    pub(super) fn handshakes(&mut self, handshakes: &Handshakes) {
        let mut accepted = self.family(ACCEPTED);
        accepted.put(&[("kind", "full")], handshakes.full.load(Ordering::Relaxed));
        accepted.put(&[("kind", "resumed")], handshakes.resumed.load(Ordering::Relaxed));
        let mut refused = self.family(REFUSED);
        for (reason, count) in Reason::ALL.iter().zip(&handshakes.refused) {
            refused.put(&[("reason", reason.as_str())], count.load(Ordering::Relaxed));
        }
    }

    /// The connections of each listener.
    pub fn connections(&mut self, listeners: &[Connections]) {
        let mut open = self.family(OPEN);
        for of in listeners {
            open.put(&[("listener", of.listener)], of.open);
        }
        let mut most = self.family(MOST);
        for of in listeners {
            most.put(&[("listener", of.listener)], of.limit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handshakes_are_told_by_kind_and_reason() {
        let handshakes = Handshakes::default();
        handshakes.accepted(true);
        handshakes.refused(Reason::Revoked);
        let mut page = Page::default();
        page.handshakes(&handshakes);
        page.connections(&[Connections { listener: "api", open: 3, limit: 10 }]);
        let text = page.into_text();
        for line in [
            r#"authbench_handshakes_accepted_total{kind="full"} 0"#,
            r#"authbench_handshakes_accepted_total{kind="resumed"} 1"#,
            r#"authbench_handshakes_refused_total{reason="revoked"} 1"#,
            r#"authbench_handshakes_refused_total{reason="expired"} 0"#,
            r#"authbench_connections_open{listener="api"} 3"#,
            r#"authbench_connections_limit{listener="api"} 10"#,
        ] {
            assert!(text.lines().any(|known| known == line), "{line} is not in\n{text}");
        }
    }
}
