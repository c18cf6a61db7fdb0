//! When secrets and certificates last proved their callers, on the way to the disk.

use std::{collections::BTreeMap, sync::Arc, time::SystemTime};

use rusqlite::{Connection, params};

use super::{
    column::stamp,
    record::{Caller, CertificateRecord, Which},
};

/// A record with a use in it that is not written.
#[derive(Debug)]
pub(super) enum Used {
    Secret(Arc<Caller>),
    Certificate(Arc<CertificateRecord>),
}

/// Last uses until they are written. Only what is known to the store is used, so this cannot outgrow it.
#[derive(Debug, Default)]
pub(super) struct Uses(BTreeMap<Proof, SystemTime>);

/// What proved a caller.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Proof {
    Secret(Which, Arc<str>, [u8; 32]),
    Certificate(Arc<[u8]>, Arc<[u8]>),
}

impl Uses {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, used: &Used) {
        match used {
            Used::Secret(caller) => {
                for secret in &caller.secrets {
                    let proof = Proof::Secret(caller.which, Arc::clone(&caller.id), *secret.digest.octets());
                    self.0.extend(secret.last_used.get().map(|at| (proof, at)));
                }
            }
            Used::Certificate(record) => {
                let proof = Proof::Certificate(Arc::clone(&record.issuer), Arc::clone(&record.serial.0));
                self.0.extend(record.last_used.get().map(|at| (proof, at)));
            }
        }
    }

    /// All but the first `most`.
    pub(super) fn split_off(&mut self, most: usize) -> Self {
        let later = self.0.len().saturating_sub(most);
        Self((0..later).filter_map(|_| self.0.pop_last()).collect())
    }

    pub(super) fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    /// Writes them down. What was removed meanwhile is passed over, and an earlier use than the one that is there.
    pub(super) fn write(&self, store: &Connection) -> rusqlite::Result<()> {
        let sql = "INSERT INTO uses (which, id, digest, last)
                   SELECT which, id, digest, ?4 FROM secrets WHERE which = ?1 AND id = ?2 AND digest = ?3
                   ON CONFLICT (which, id, digest) DO UPDATE SET last = max(last, excluded.last)";
        let mut secret = store.prepare_cached(sql)?;
        let sql = "INSERT INTO certificate_uses (issuer, serial, last)
                   SELECT issuer, serial, ?3 FROM certificates WHERE issuer = ?1 AND serial = ?2
                   ON CONFLICT (issuer, serial) DO UPDATE SET last = max(last, excluded.last)";
        let mut certificate = store.prepare_cached(sql)?;
        self.0.iter().try_for_each(|(proof, at)| {
            let written = match proof {
                Proof::Secret(which, id, digest) => secret.execute(params![which.as_str(), &**id, digest, stamp(*at)]),
                Proof::Certificate(issuer, serial) => certificate.execute(params![&**issuer, &**serial, stamp(*at)]),
            };
            written.map(drop)
        })
    }
}
