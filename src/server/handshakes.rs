//! How connections begin, in metrics, records and audit log.

use std::sync::Arc;

use super::door::Door;
use crate::{
    audit::HandshakeRecord,
    clock,
    peer::Peer,
    transport::{Handshakes, RefusedHandshake},
};

/// Records how connections begin.
#[derive(Debug)]
pub(super) struct Handshaken(pub(super) Arc<Door>);

impl Handshakes for Handshaken {
    fn refused(&self, refusal: RefusedHandshake) {
        let Door { observe, metrics, records, log, .. } = &*self.0;
        if let Some(metrics) = metrics {
            metrics.handshake_refused(refusal.reason);
        }
        let record = HandshakeRecord {
            at: clock::now(),
            address: refusal.address.ip(),
            via: refusal.via,
            reason: refusal.reason,
            cause: refusal.cause,
            subject: refusal.subject,
            serial: refusal.serial.map(|serial| serial.to_string()),
        };
        log.handshake_refused(&record);
        if observe.records {
            records.handshake(record);
        }
    }

    fn accepted(&self, peer: &Peer) {
        if let (Some(metrics), Some(tls)) = (&self.0.metrics, &peer.tls) {
            metrics.handshake_accepted(tls.resumed);
        }
    }
}
