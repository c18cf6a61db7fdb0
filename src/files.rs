//! Files that must be whole or absent, and secret files that only their owner may read.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

use crate::exit::Failure;

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Mode 0644.
    Everyone,
    /// Mode 0600: private keys, saved credentials.
    Owner,
}

/// Writes the file beside its place, syncs it, and moves it there: a reader sees the old one or the new one, whole.
///
/// # Errors
/// Exit 3, naming the file.
pub fn write(path: &Path, content: &[u8], readers: Readers) -> Result<(), Failure> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let done = fs::create_dir_all(parent).and_then(|()| {
        let beside = parent.join(format!(".{}.{}", path.file_name().unwrap_or_default().display(), std::process::id()));
        let moved = write_new(&beside, content, readers).and_then(|()| fs::rename(&beside, path));
        if moved.is_err() {
            let _ = fs::remove_file(&beside);
        }
        moved.and_then(|()| File::open(parent)?.sync_all())
    });
    done.map_err(|error| cannot("write", path, &error))
}

fn write_new(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(match readers {
            Readers::Everyone => 0o644,
            Readers::Owner => 0o600,
        });
    }
    #[cfg(not(unix))]
    let _ = readers;
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Takes a file away from everyone but its owner (mode 0600).
///
/// # Errors
/// Exit 3, naming the file.
pub fn restrict(path: &Path) -> Result<(), Failure> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let owner_only = fs::Permissions::from_mode(0o600);
        fs::set_permissions(path, owner_only).map_err(|error| cannot("protect", path, &error))?;
    }
    Ok(())
}

/// Reads a file whole.
///
/// # Errors
/// Exit 3, naming the file.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| cannot("read", path, &error))
}

/// Creates a directory that only its owner may enter, if it is not there.
///
/// # Errors
/// Exit 3, naming the directory.
pub fn private_directory(path: &Path) -> Result<(), Failure> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path).map_err(|error| cannot("create", path, &error))
}

/// Holds an exclusive lock on `path` until dropped, so that two processes do not make the same thing twice.
///
/// # Errors
/// Exit 3, naming the file.
pub fn lock(path: &Path) -> Result<File, Failure> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|error| cannot("create", parent, &error))?;
    }
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(path);
    let file = file.map_err(|error| cannot("open", path, &error))?;
    file.lock().map_err(|error| cannot("lock", path, &error))?;
    Ok(file)
}

fn cannot(verb: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::environment(format!("cannot {verb} {}: {error}", path.display()))
        .remedy("check that the path is right and that this user may use it; --state and --certs name other directories")
}
