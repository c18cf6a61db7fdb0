//! A fresh secret: shown once, or kept in a file that only its owner can read.

use std::path::Path;

use crate::{
    exit::Failure,
    files::{self, Readers},
    secret::Secret,
};

/// Keeps a credential with `commit`, and its secret in the file of `--save`, if given. The file is written first and gets its
/// name last: a secret that cannot be saved is not committed, one that is not committed is not saved, and what was in the file
/// before stays until then.
///
/// # Errors
/// Exit 3 when the file cannot be written; as `commit`'s.
pub(super) fn deliver<T>(
    secret: &Secret,
    save: Option<&Path>,
    remedy: &str,
    commit: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let Some(path) = save else { return commit() };
    let staged = files::stage(path, format!("{}\n", secret.expose()).as_bytes(), Readers::Owner)?;
    let kept = commit()?;
    staged.publish().map_err(|_| {
        Failure::environment(format!("the credential is made, but its secret could not be saved in {}", path.display()))
            .remedy(remedy)
    })?;
    Ok(kept)
}

/// The text to show: the secret itself, or where it is.
pub(super) fn text(secret: &Secret, save: Option<&Path>) -> String {
    save.map_or_else(|| secret.expose().to_owned(), |path| format!("saved in {}", path.display()))
}
