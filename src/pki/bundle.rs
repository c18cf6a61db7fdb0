//! What lies in `client-ca` for those who verify: the CAs that are trusted, the issuing CAs below them, their revocation lists.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{Pki, ca::Authority, generation::Generation, lists::Kept};
use crate::{
    exit::Failure,
    files::{self, Readers},
};

impl Pki {
    /// Makes these files from the generations, where they are not so already. Whoever reads them at any moment finds a list of
    /// every CA that is trusted: lists come before the CAs and go after them. The caller holds [`Pki::lock`].
    ///
    /// # Errors
    /// Exit 3 when a file cannot be written; exit 2 when the lists on disk cannot be read.
    pub(super) fn bundle(&self, generations: &[Generation], now: SystemTime) -> Result<(), Failure> {
        let roots: String = generations.iter().map(|one| one.root.pem.as_str()).collect();
        let issuing: String = generations.iter().filter_map(|one| one.issuing.as_ref()).map(|one| one.pem.as_str()).collect();
        let before = text(&self.client_ca())?;
        if before == roots && text(&self.issuing())? == issuing {
            return Ok(());
        }
        let comes: Vec<_> = generations.iter().filter(|one| !before.contains(&one.root.pem)).collect();
        if !comes.iter().flat_map(|one| one.authorities()).all(Authority::can_sign) {
            // Whoever can sign its first list goes on with it.
            return Ok(());
        }
        let lists = self.lists_with_new(generations, &comes, now)?;
        self.write_lists(lists.iter())?;
        let mut writes: [(PathBuf, String); 2] = [(self.issuing(), issuing), (self.client_ca(), roots)];
        if comes.is_empty() {
            writes.reverse();
        }
        writes.iter().try_for_each(|(path, pems)| put(path, pems))?;
        let authorities: Vec<_> = generations.iter().flat_map(Generation::authorities).collect();
        self.write_lists(lists.iter().filter(|list| authorities.iter().any(|authority| list.is_of(authority))))
    }

    /// The lists on disk, and an empty one of every CA that comes now. Of a CA that was trusted before, a lost list stays lost.
    fn lists_with_new(&self, generations: &[Generation], comes: &[&Generation], now: SystemTime) -> Result<Vec<Kept>, Failure> {
        let authorities: Vec<_> = generations.iter().flat_map(Generation::authorities).collect();
        let mut lists = self.kept_lists(&authorities, now)?;
        for authority in comes.iter().flat_map(|one| one.authorities()) {
            if !lists.iter().any(|list| list.is_of(authority)) {
                lists.push(Kept::sign(authority, 0, &HashMap::new(), self.revocation_list_life(), now)?);
            }
        }
        Ok(lists)
    }

    pub(super) fn issuing(&self) -> PathBuf {
        self.client_directory().join("issuing.pem")
    }
}

/// Nothing where there is no file.
fn text(path: &Path) -> Result<String, Failure> {
    if !path.exists() {
        return Ok(String::new());
    }
    Ok(String::from_utf8_lossy(&files::read(path)?).into_owned())
}

fn put(path: &Path, pems: &str) -> Result<(), Failure> {
    if pems.is_empty() { files::remove(path) } else { files::write(path, pems.as_bytes(), Readers::Everyone) }
}

#[cfg(test)]
mod tests;
