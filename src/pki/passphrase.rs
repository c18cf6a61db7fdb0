//! Where a passphrase comes from: a file, or the environment. Never an argument, which every process can read.

use std::{env, path::Path};

use crate::{exit::Failure, files, secret::Secret};

/// Holds the passphrase of the CAs' keys, where no file is named.
pub const CA_PASSPHRASE: &str = "AUTHBENCH_CA_PASSPHRASE";

/// The passphrase of the CAs' keys: in the file of the command line, in the environment, in the file of the configuration.
///
/// # Errors
/// As [`of_file`] and [`of_environment`].
pub fn of_ca(option: Option<&Path>, setting: Option<&Path>) -> Result<Option<Secret>, Failure> {
    if let Some(path) = option {
        return of_file(path).map(Some);
    }
    match of_environment(CA_PASSPHRASE)? {
        Some(passphrase) => Ok(Some(passphrase)),
        None => setting.map(of_file).transpose(),
    }
}

/// The first line of a file, as OpenSSL reads it (`-passin file:`).
///
/// # Errors
/// Exit 3 when it cannot be read; exit 2 when it is empty, or no text.
pub fn of_file(path: &Path) -> Result<Secret, Failure> {
    let source = format!("the first line of {}", path.display());
    let text = String::from_utf8(files::read(path)?).map_err(|_| wrong(&source, "no UTF-8 text"))?;
    checked(text.lines().next().unwrap_or_default(), &source)
}

/// What an environment variable holds; `None` when it is not set.
///
/// # Errors
/// Exit 2 when it is empty, or no text.
pub fn of_environment(variable: &str) -> Result<Option<Secret>, Failure> {
    let Some(value) = env::var_os(variable) else { return Ok(None) };
    let text = value.into_string().map_err(|_| wrong(variable, "no UTF-8 text"))?;
    checked(&text, variable).map(Some)
}

fn checked(text: &str, source: &str) -> Result<Secret, Failure> {
    if text.is_empty() { Err(wrong(source, "empty")) } else { Ok(Secret::new(text)) }
}

fn wrong(source: &str, what: &str) -> Failure {
    Failure::usage(format!("{source} is {what}, and that is no passphrase")).remedy("write the passphrase there, on one line")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_its_first_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("passphrase");
        let read = |content: &[u8]| {
            std::fs::write(&path, content).unwrap();
            of_file(&path).map(|secret| secret.expose().to_owned()).map_err(|failure| failure.to_string())
        };
        for content in ["correct horse", "correct horse\n", "correct horse\r\n", "correct horse\nsecond line\n"] {
            assert_eq!(read(content.as_bytes()).as_deref(), Ok("correct horse"));
        }
        assert_eq!(read(b" spaces stay ").as_deref(), Ok(" spaces stay "));
        for content in [&b""[..], b"\n", b"\r\n", b"\nsecond", b"\xff\xfe"] {
            assert!(read(content).unwrap_err().contains("that is no passphrase"), "{content:?}");
        }
        std::fs::remove_file(&path).unwrap();
        assert!(of_file(&path).is_err());
    }
}
