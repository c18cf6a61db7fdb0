//! An issuer's keys in a file, for who exchanges them by hand.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
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

    /// Looks for changes, for ever. A file that cannot be used changes nothing.
    pub(super) async fn run(&self) {
        // The first look reads again: the file may have been replaced since it was opened.
        let (mut seen, mut held) = (None, self.begun_with.clone());
        loop {
            tokio::time::sleep(LOOK).await;
            let state = state(&self.path);
            if seen.as_ref() != Some(&state) {
                seen = Some(state);
                match read(&self.path) {
                    Ok(text) if text == held => {}
                    Ok(text) => {
                        self.take(&text);
                        held = text;
                    }
                    Err(why) => self.keep(&why),
                }
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

/// What shows that a file is another one.
fn state(path: &Path) -> Option<(SystemTime, u64)> {
    let data = path.metadata().ok()?;
    Some((data.modified().ok()?, data.len()))
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
