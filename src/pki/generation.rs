//! The client CAs. One generation follows another, and each counts until it is retired.
//!
//! The first CA lies in `client-ca` itself. As soon as there is more to tell apart, each generation has a directory `client-ca/N`,
//! with the key of its issuing CA in `client-ca/N/issuing` where it has one; what lies in `client-ca` is made from them then.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{
    ca::{self, Authority},
    profile::AuthorityProfile,
};
use crate::{
    exit::Failure,
    files::{self, Readers},
    secret::Secret,
};

/// One client CA that is trusted, and perhaps an issuing CA below it.
pub(super) struct Generation {
    pub(super) number: u32,
    /// The one that is trusted.
    pub(super) root: Authority,
    /// The one that signs callers' certificates, when that is not the root.
    pub(super) issuing: Option<Authority>,
}

/// What a new one is to be.
pub(super) struct New<'a> {
    pub(super) profile: &'a AuthorityProfile,
    pub(super) intermediate: bool,
    /// What its keys are encrypted with.
    pub(super) passphrase: Option<&'a Secret>,
}

impl Generation {
    fn load(directory: &Path, number: u32, passphrase: Option<&Secret>, now: SystemTime) -> Result<Self, Failure> {
        let issuing = directory.join("issuing");
        let issuing = issuing.is_dir().then(|| Authority::load(&issuing, passphrase, now)).transpose()?;
        Ok(Self { number, root: Authority::load(directory, passphrase, now)?, issuing })
    }

    /// Makes one in memory, to be kept in `directory`.
    fn make(directory: &Path, number: u32, new: &New<'_>, now: SystemTime) -> Result<Self, Failure> {
        let New { profile, intermediate, passphrase } = *new;
        let name = match number {
            1 => profile.common_name.clone(),
            _ => format!("{} {number}", profile.common_name),
        };
        let params = |name: &str, below| ca::params(&profile.organization, name, below, profile.lifetime, now);
        let root = Authority::make(directory, params(&name, u8::from(intermediate))?, None, passphrase)?;
        let issuing = if intermediate {
            let params = params(&format!("{name}, issuing"), 0)?;
            Some(Authority::make(&directory.join("issuing"), params, Some(&root), passphrase)?)
        } else {
            None
        };
        Ok(Self { number, root, issuing })
    }

    /// Who signs callers' certificates.
    pub(super) fn issuer(&self) -> &Authority {
        self.issuing.as_ref().unwrap_or(&self.root)
    }

    /// Who signs revocation lists: the issuer first.
    pub(super) fn authorities(&self) -> impl Iterator<Item = &Authority> {
        self.issuing.iter().chain([&self.root])
    }
}

/// Every generation that counts, the newest first: it issues. Of older ones, those that have not ended.
///
/// # Errors
/// As [`Authority::load`].
pub(super) fn load(directory: &Path, passphrase: Option<&Secret>, now: SystemTime) -> Result<Vec<Generation>, Failure> {
    let numbers = numbers(directory);
    let Some(newest) = numbers.last() else { return Ok(vec![Generation::load(directory, 1, passphrase, now)?]) };
    let counts = |number: &&u32| *number == newest || !Authority::has_ended(&of(directory, **number), now);
    let load = |number: &u32| Generation::load(&of(directory, *number), *number, passphrase, now);
    numbers.iter().rev().filter(counts).map(load).collect()
}

/// Whether there is any.
pub(super) fn is_any(directory: &Path) -> bool {
    ["cert.pem", "key.pem"].iter().any(|file| directory.join(file).exists()) || is_numbered(directory)
}

/// Whether each has a directory of its own.
pub(super) fn is_numbered(directory: &Path) -> bool {
    !numbers(directory).is_empty()
}

/// Makes the next generation and puts it into its place as a whole: from then on it issues.
pub(super) fn add(directory: &Path, new: &New<'_>, now: SystemTime) -> Result<(), Failure> {
    let used = numbers(directory).into_iter().chain(numbers(&retired(directory))).max();
    let number = used.unwrap_or_default() + 1;
    put(directory, number, |staged| {
        let made = Generation::make(staged, number, new, now)?;
        made.authorities().try_for_each(Authority::keep)
    })
}

/// Gives the CA that lies in `client-ca` itself a directory of its own, as the first generation.
pub(super) fn settle_first(directory: &Path) -> Result<(), Failure> {
    let key = directory.join("key.pem");
    if numbers(directory).is_empty() {
        put(directory, 1, |staged| {
            files::private_directory(staged)?;
            if key.exists() {
                files::write(&staged.join("key.pem"), &files::read(&key)?, Readers::Owner)?;
            }
            files::write(&staged.join("cert.pem"), &files::read(&directory.join("cert.pem"))?, Readers::Everyone)
        })?;
    }
    remove_copied_key(directory)
}

/// The key that was in `client-ca` itself, once it is in a directory of its own.
pub(super) fn remove_copied_key(directory: &Path) -> Result<(), Failure> {
    let (key, copy) = (directory.join("key.pem"), of(directory, 1).join("key.pem"));
    if key.exists() && copy.exists() && files::read(&key)? == files::read(&copy)? { files::remove(&key) } else { Ok(()) }
}

/// Moves a generation to the retired ones, and deletes its keys.
pub(super) fn retire(directory: &Path, number: u32) -> Result<(), Failure> {
    let (from, to) = (of(directory, number), of(&retired(directory), number));
    files::private_directory(&retired(directory))?;
    files::move_directory(&from, &to)?;
    remove_keys(&to)
}

fn remove_keys(directory: &Path) -> Result<(), Failure> {
    files::remove(&directory.join("key.pem"))?;
    files::remove(&directory.join("issuing/key.pem"))
}

/// Deletes the keys of retired ones, should that not have been done.
pub(super) fn finish_retiring(directory: &Path) -> Result<(), Failure> {
    let directory = retired(directory);
    numbers(&directory).into_iter().try_for_each(|number| remove_keys(&of(&directory, number)))
}

/// Where the CAs that count are, whether they have ended or not: the newest first.
pub(super) fn places(directory: &Path) -> Vec<PathBuf> {
    if !is_numbered(directory) {
        return vec![directory.to_path_buf()];
    }
    numbers(directory).into_iter().rev().map(|number| of(directory, number)).collect()
}

/// The certificate of every CA that is here, DER, whether it counts or not: its list may be in the file still.
pub(super) fn certificates(directory: &Path) -> Vec<Vec<u8>> {
    let retired = retired(directory);
    let gone = numbers(&retired).into_iter().map(|number| of(&retired, number));
    places(directory)
        .into_iter()
        .chain(gone)
        .flat_map(|place| [place.join("issuing"), place])
        .filter_map(|place| Authority::certificate(&place).ok())
        .collect()
}

fn retired(directory: &Path) -> PathBuf {
    directory.join("retired")
}

fn of(directory: &Path, number: u32) -> PathBuf {
    directory.join(number.to_string())
}

fn numbers(directory: &Path) -> BTreeSet<u32> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(|number| *number > 0).collect()
}

/// Fills a directory beside its place and moves it there, or leaves nothing.
fn put(directory: &Path, number: u32, fill: impl FnOnce(&Path) -> Result<(), Failure>) -> Result<(), Failure> {
    let place = of(directory, number);
    let staged = files::beside(&place)?;
    let moved = fill(&staged).and_then(|()| files::move_directory(&staged, &place));
    if moved.is_err() {
        let _ = fs::remove_dir_all(&staged);
    }
    moved
}
