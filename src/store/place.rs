//! Which file a path means: names stay while files come and go.

use std::{io, path::Path};

/// A file, whatever its name: device and inode. While it is held open, no other file gets the same two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId {
    #[cfg(unix)]
    device_and_inode: (u64, u64),
}

impl FileId {
    /// The file that has this name now. Where there are no inodes, every file is the same one.
    ///
    /// # Errors
    /// When there is none, or it cannot be looked at.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let found = path.metadata()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            Ok(Self { device_and_inode: (found.dev(), found.ino()) })
        }
        #[cfg(not(unix))]
        {
            drop(found);
            Ok(Self {})
        }
    }
}
