//! A fresh secret: shown once, or kept in a file that only its owner can read.

use std::path::Path;

use crate::{
    exit::Failure,
    files::{self, Readers},
    secret::Secret,
};

/// Writes the secret to `--save`, if given. The text to show is the secret itself, or where it is.
///
/// # Errors
/// Exit 3 when the file cannot be written.
pub(super) fn keep(secret: &Secret, save: Option<&Path>) -> Result<String, Failure> {
    let Some(path) = save else { return Ok(secret.expose().to_owned()) };
    files::write(path, format!("{}\n", secret.expose()).as_bytes(), Readers::Owner)?;
    Ok(format!("saved in {}", path.display()))
}
