//! Where the private side of a signing key is kept: `STATE/signing-keys/KID.pem`.

use std::{
    fs,
    io::Error,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::private_key::PrivateKey;
use crate::{exit::Failure, files};

pub(super) fn directory_in(state: &Path) -> PathBuf {
    state.join("signing-keys")
}

pub(super) fn path_in(directory: &Path, kid: &str) -> PathBuf {
    directory.join(format!("{kid}.pem"))
}

/// The key in a file.
///
/// # Errors
/// Exit 3, naming the file and what mends it.
pub(super) fn read(path: &Path) -> Result<PrivateKey, Failure> {
    PrivateKey::read(&files::read(path)?).map_err(|why| unusable(path, &why))
}

/// The key of that name; `None` when it is not here, as with a key of another machine.
///
/// # Errors
/// Exit 3 when there is a file and it cannot be used, also when it holds another key.
pub(super) fn load(directory: &Path, kid: &str) -> Result<Option<PrivateKey>, Failure> {
    let path = path_in(directory, kid);
    if !path.is_file() {
        return Ok(None);
    }
    let key = read(&path)?;
    if key.kid() == kid { Ok(Some(key)) } else { Err(unusable(&path, "it holds another key than its name says")) }
}

/// The newest file, and when it was made.
///
/// # Errors
/// Exit 3 when the directory cannot be read.
pub(super) fn newest(directory: &Path) -> Result<Option<(SystemTime, PathBuf)>, Failure> {
    let failed = |error: Error| Failure::environment(format!("cannot read {}: {error}", directory.display()));
    let mut keys = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.path().extension().is_some_and(|extension| extension == "pem") {
            keys.push((entry.metadata().and_then(|data| data.modified()).map_err(failed)?, entry.path()));
        }
    }
    Ok(keys.into_iter().max())
}

fn unusable(path: &Path, why: &str) -> Failure {
    Failure::environment(format!("the signing key {} cannot be used: {why}", path.display()))
        .remedy("put the right file back, or move it away: another key signs then, and a new one is made when there is none")
}
