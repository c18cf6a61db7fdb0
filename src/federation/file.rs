//! An issuer's keys in a file, for who exchanges them by hand.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::LONGEST_SET;
use crate::authn::jwt::{KeySet, LiveKeys, Published};

/// How often it is looked whether the file has changed.
const LOOK: Duration = Duration::from_secs(1);

/// A file with a JWK set, and the keys that it held last.
#[derive(Debug)]
pub(super) struct KeysFile {
    issuer: Arc<str>,
    path: PathBuf,
    keys: LiveKeys,
    begun_with: Vec<u8>,
}

impl KeysFile {
    /// Reads the file.
    ///
    /// # Errors
    /// A sentence when it cannot be read, or its keys cannot be used.
    pub(super) fn open(issuer: &str, path: PathBuf) -> Result<(Self, LiveKeys), String> {
        let text = read(&path)?;
        let published = KeySet::published(&text)?;
        tell(issuer, &published);
        let keys = LiveKeys::new(published.keys);
        Ok((Self { issuer: issuer.into(), path, keys: keys.clone(), begun_with: text }, keys))
    }

    /// Looks for changes, for ever. A file that cannot be used changes nothing. It is read each time: tools that keep or normalise
    /// the time of files would hide a key that was withdrawn, as sets of the same kind of key have the same length.
    pub(super) async fn run(&self) {
        let mut seen = Ok(self.begun_with.clone());
        loop {
            tokio::time::sleep(LOOK).await;
            let found = read(&self.path);
            if found != seen {
                match &found {
                    Ok(text) => self.take(text),
                    Err(why) => self.keep(why),
                }
                seen = found;
            }
        }
    }

    fn take(&self, text: &[u8]) {
        match KeySet::published(text) {
            Ok(published) => {
                tell(&self.issuer, &published);
                self.keys.replace(published.keys);
            }
            Err(why) => self.keep(&why),
        }
    }

    fn keep(&self, why: &str) {
        let path = self.path.display();
        tracing::error!(issuer = %self.issuer, %path, why, "the new keys of an issuer cannot be used; the old ones stay");
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    let limit = LONGEST_SET as u64 + 1;
    let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut text));
    read.map_err(|error| error.to_string())?;
    if text.len() > LONGEST_SET { Err(format!("it is longer than {LONGEST_SET} octets")) } else { Ok(text) }
}

/// Says that keys are in force, and which are left aside.
pub(super) fn tell(issuer: &str, published: &Published) {
    let aside = published.aside.join("; ");
    tracing::info!(issuer, keys = published.keys.len(), aside, "the keys of an issuer are in force");
}
