//! What is to be written, and how each thing is written.

use std::time::SystemTime;

use rusqlite::{Connection, params};
use tokio::sync::oneshot;

use super::{Lost, Once};
use crate::store::{Memory, column::stamp, tokens};

/// One change.
#[derive(Debug)]
pub(super) enum Job {
    Revoke { jti: String, until: SystemTime },
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
    /// Writes it into a transaction; whether it was the first of its name.
    pub(super) fn write(&self, store: &Connection) -> rusqlite::Result<bool> {
        match self {
            Self::Revoke { jti, until } => tokens::insert(store, "", jti, *until).map(|()| true),
            Self::UseOnce(Once { client, jti, until }) => {
                let sql = "INSERT INTO assertions (client, jti, until) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
                let added = store.prepare_cached(sql)?.execute(params![&**client, jti, stamp(*until)])?;
                Ok(added == 1)
            }
            Self::Stop => Ok(true),
        }
    }

    /// Puts it, now that it is kept, where this process looks.
    pub(super) fn arrive(&self, memory: &Memory) {
        if let Self::Revoke { jti, until } = self {
            memory.put_revoked_token("", jti, *until);
        }
    }
}
