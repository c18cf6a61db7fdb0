//! `--csr FILE`: a certificate request from a file, or from standard input.

use std::{fs::File, io::Read, path::Path};

use crate::{
    exit::Failure,
    pki::{LONGEST_REQUEST, OwnKey},
};

/// Reads the request. `-` is standard input.
///
/// # Errors
/// Exit 3 when the file cannot be read, exit 2 when it is no request to be taken.
pub(super) fn read(path: &Path) -> Result<OwnKey, Failure> {
    if path == Path::new("-") {
        return taken(std::io::stdin().lock(), "on standard input");
    }
    let file = File::open(path).map_err(|error| unreadable(&path.display().to_string(), &error))?;
    taken(file, &path.display().to_string())
}

fn taken(from: impl Read, source: &str) -> Result<OwnKey, Failure> {
    let mut octets = Vec::new();
    // One more than can be taken, so that more is seen to be too much.
    let limit = u64::try_from(LONGEST_REQUEST).unwrap_or(u64::MAX).saturating_add(1);
    from.take(limit).read_to_end(&mut octets).map_err(|error| unreadable(source, &error))?;
    OwnKey::from_request(&octets, source)
}

fn unreadable(source: &str, error: &std::io::Error) -> Failure {
    Failure::environment(format!("cannot read the certificate request {source}: {error}"))
        .remedy("name the file with --csr, or write `--csr -` and send it to standard input")
}
