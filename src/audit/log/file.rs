//! The file of a chain: whole lines or nothing, no more than the limit, opened again by name when that is asked for.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::unusable;
use crate::{exit::Failure, files};

/// So much beyond the limit is left for what must not be lost to a flood of refusals: starts, stops, and how many were lost.
const RESERVE: u64 = 1024 * 1024;

/// An open file.
pub(super) struct LogFile {
    path: PathBuf,
    file: File,
    /// As much as is whole.
    length: u64,
    limit: u64,
    /// Whether the last write went well; told once.
    is_well: bool,
}

impl LogFile {
    /// Opens it, and makes its directory.
    pub(super) fn open(path: PathBuf, limit: u64) -> Result<Self, Failure> {
        if let Some(directory) = path.parent() {
            files::private_directory(directory)?;
        }
        let (file, length) = opened(&path).map_err(|error| unusable(&path, &error))?;
        Ok(Self { path, file, length, limit, is_well: true })
    }

    /// Whether a refusal may be added after so many octets that are to be written.
    pub(super) fn has_room_for(&self, waiting: usize) -> bool {
        self.length.saturating_add(u64::try_from(waiting).unwrap_or(u64::MAX)) < self.limit
    }

    /// Appends whole lines; whether that went well. What was begun is taken back.
    pub(super) fn write(&mut self, lines: &[u8]) -> bool {
        let octets = u64::try_from(lines.len()).unwrap_or(u64::MAX);
        let written = if self.length.saturating_add(octets) > self.limit.saturating_add(RESERVE) {
            Err(io::ErrorKind::FileTooLarge.into())
        } else {
            self.file.write_all(lines)
        };
        match written {
            Ok(()) => self.length += octets,
            Err(error) => {
                // Fails when the file is gone with its file system: then the next write fails too.
                let _ = self.file.set_len(self.length);
                self.told(&error);
                return false;
            }
        }
        self.is_well = true;
        true
    }

    /// Brings it to the disk; whether that went well.
    pub(super) fn sync(&mut self) -> bool {
        match self.file.sync_data() {
            Ok(()) => true,
            Err(error) => {
                self.told(&error);
                false
            }
        }
    }

    /// Takes the file that has the name now; goes on with the old one when there can be none.
    pub(super) fn reopen(&mut self) {
        let _ = self.file.sync_data();
        match opened(&self.path) {
            Ok((file, length)) => (self.file, self.length, self.is_well) = (file, length, true),
            Err(error) => self.told(&error),
        }
    }

    fn told(&mut self, error: &io::Error) {
        if std::mem::replace(&mut self.is_well, false) {
            let failure = unusable(&self.path, error);
            tracing::error!(%failure, "refusals are counted, and not written");
        }
    }
}

fn opened(path: &Path) -> io::Result<(File, u64)> {
    let file = files::append(path)?;
    let length = file.metadata()?.len();
    files::sync_directory_of(path)?;
    Ok((file, length))
}
