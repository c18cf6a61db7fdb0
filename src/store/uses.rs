//! When secrets and certificates last proved their callers, on the way to the disk.

use std::{collections::HashMap, sync::Arc, time::SystemTime};

use rusqlite::{Connection, params};

use super::{
    column::stamp,
    record::{Caller, CertificateRecord, Which},
};
use crate::peer::Serial;

/// A record with a use in it that is not written.
#[derive(Debug)]
pub(super) enum Used {
    Secret(Arc<Caller>),
    Certificate(Arc<CertificateRecord>),
}

/// Last uses until they are written. Only what is known to the store is used, so this cannot outgrow it.
#[derive(Debug, Default)]
pub(super) struct Uses {
    secrets: HashMap<(Which, Arc<str>, [u8; 32]), SystemTime>,
    certificates: HashMap<(Arc<[u8]>, Serial), SystemTime>,
}

impl Uses {
    pub(super) fn is_empty(&self) -> bool {
        self.secrets.is_empty() && self.certificates.is_empty()
    }

    pub(super) fn add(&mut self, used: &Used) {
        match used {
            Used::Secret(caller) => {
                for secret in &caller.secrets {
                    if let Some(at) = secret.last_used.get() {
                        self.secrets.insert((caller.which, Arc::clone(&caller.id), *secret.digest.octets()), at);
                    }
                }
            }
            Used::Certificate(record) => {
                if let Some(at) = record.last_used.get() {
                    self.certificates.insert((Arc::clone(&record.issuer), record.serial.clone()), at);
                }
            }
        }
    }

    /// Writes them down. What was removed meanwhile is passed over, and an earlier use than the one that is there.
    pub(super) fn write(&self, store: &Connection) -> rusqlite::Result<()> {
        let sql = "INSERT INTO uses (which, id, digest, last)
                   SELECT which, id, digest, ?4 FROM secrets WHERE which = ?1 AND id = ?2 AND digest = ?3
                   ON CONFLICT (which, id, digest) DO UPDATE SET last = max(last, excluded.last)";
        let mut insert = store.prepare_cached(sql)?;
        for ((which, id, digest), at) in &self.secrets {
            insert.execute(params![which.as_str(), &**id, digest, stamp(*at)])?;
        }
        let sql = "INSERT INTO certificate_uses (issuer, serial, last)
                   SELECT issuer, serial, ?3 FROM certificates WHERE issuer = ?1 AND serial = ?2
                   ON CONFLICT (issuer, serial) DO UPDATE SET last = max(last, excluded.last)";
        let mut insert = store.prepare_cached(sql)?;
        for ((issuer, serial), at) in &self.certificates {
            insert.execute(params![&**issuer, &*serial.0, stamp(*at)])?;
        }
        Ok(())
    }
}
