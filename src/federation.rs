//! The keys of further issuers: from a file that is looked at again when it changes, or fetched from where they are published.
//!
//! Each issuer has one task of its own, [`remote::Remote::run`] or [`file::KeysFile::run`], which alone replaces its keys.
//! Requests read them from memory. A token that names a key which is not there lets its request ask the task for one more
//! fetch, out of a [`budget::Budget`] of its address, and wait for it at most a second.

mod budget;
mod endpoint;
mod file;
mod remote;

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::task::JoinSet;

pub use self::endpoint::Endpoint;
use self::{file::KeysFile, remote::Remote};
use crate::authn::jwt::{LiveKeys, Refetch};

/// Longer key sets are refused.
const LONGEST_SET: usize = 256 * 1024;

/// How often keys are fetched, and for how long they count when that fails.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// From one fetch to the next.
    pub refresh: Duration,
    /// From the last fetch that succeeded to the end of its keys.
    pub keep: Duration,
}

/// Everybody whose keys come from elsewhere.
#[derive(Debug, Default)]
pub struct Federation {
    remotes: Vec<Arc<Remote>>,
    files: Vec<Arc<KeysFile>>,
}

impl Federation {
    /// An issuer whose keys are in a file. They are read now.
    ///
    /// # Errors
    /// A sentence when they cannot be used.
    pub fn add_file(&mut self, issuer: &str, path: PathBuf) -> Result<LiveKeys, String> {
        let (file, keys) = KeysFile::open(issuer, path)?;
        self.files.push(Arc::new(file));
        Ok(keys)
    }

    /// An issuer whose keys are published. There are none before the first fetch has succeeded.
    pub fn add_url(&mut self, issuer: &str, endpoint: Endpoint, schedule: Schedule) -> (LiveKeys, Arc<dyn Refetch>) {
        let (remote, keys) = Remote::new(issuer, endpoint, schedule);
        let remote = Arc::new(remote);
        self.remotes.push(Arc::clone(&remote));
        (keys, remote)
    }

    /// Begins to fetch and to look, until the set is dropped. Nothing waits for the first fetch.
    pub fn start(&self) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        for remote in &self.remotes {
            let remote = Arc::clone(remote);
            tasks.spawn(async move { Box::pin(remote.run()).await });
        }
        for file in &self.files {
            let file = Arc::clone(file);
            tasks.spawn(async move { file.run().await });
        }
        tasks
    }

    /// Fetches the keys of one issuer once, for a command that needs them. Does nothing for who has no URL.
    ///
    /// # Errors
    /// A sentence when they cannot be had.
    pub async fn fetch(&self, issuer: &str) -> Result<(), String> {
        match self.remotes.iter().find(|remote| remote.issuer() == issuer) {
            Some(remote) => remote.fetch_once().await,
            None => Ok(()),
        }
    }

    /// How many seconds ago the keys of each issuer with a URL were fetched; infinite when there are none.
    pub fn ages(&self) -> impl Iterator<Item = (&str, f64)> {
        self.remotes.iter().map(|remote| (remote.issuer(), remote.age()))
    }

    /// How long ago the keys of each issuer with a URL were fetched, and for how long they count yet if they cannot be fetched again;
    /// nothing of one that has none.
    pub fn lives(&self) -> impl Iterator<Item = (Duration, Duration)> {
        self.remotes.iter().filter_map(|remote| remote.life())
    }
}
