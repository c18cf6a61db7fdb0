//! What is to be written, and how each thing is written.

use std::time::SystemTime;

use rusqlite::{Connection, params};
use tokio::sync::oneshot;

use super::{By, Lost, Once};
use crate::{
    clock,
    deed::Entry,
    store::{Memory, column::stamp, tokens},
};

/// One change.
#[derive(Debug)]
pub(super) enum Job {
    Revoke { jti: String, until: SystemTime, by: Box<By> },
    UseOnce(Once),
    Stop,
}

/// A change, and who waits for it.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) job: Job,
    pub(super) told: oneshot::Sender<Result<bool, Lost>>,
}

impl Job {
    /// Writes it into a transaction; whether that changed anything.
    pub(super) fn write(&self, store: &Connection) -> rusqlite::Result<bool> {
        match self {
            Self::Revoke { jti, until, .. } => tokens::insert(store, "", jti, *until),
            Self::UseOnce(Once { client, jti, until }) => {
                let sql = "INSERT INTO assertions (client, jti, until) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
                let added = store.prepare_cached(sql)?.execute(params![&**client, jti, stamp(*until)])?;
                Ok(added == 1)
            }
            Self::Stop => Ok(true),
        }
    }

    /// What the audit log tells of it, when it changed something.
    pub(super) fn entry(&self) -> Option<Entry> {
        let Self::Revoke { jti, by, .. } = self else { return None };
        Some(Entry::of(tokens::revoked("", jti), clock::now(), by.who.clone(), Some(by.source.clone())))
    }

    /// Puts it, now that it is kept, where this process looks.
    pub(super) fn arrive(&self, memory: &Memory) {
        if let Self::Revoke { jti, until, .. } = self {
            memory.put_revoked_token("", jti, *until);
        }
    }
}
