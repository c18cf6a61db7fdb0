//! Files that must be whole or absent, and secret files that only their owner may read.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use crate::{exit::Failure, secret::random_text};

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
    stage(path, content, readers)?.publish()
}

/// A file that is written and synced, but not yet in its place. Dropped, it is as if it had never been.
#[derive(Debug)]
pub struct Staged {
    beside: PathBuf,
    path: PathBuf,
}

/// How many letters nobody can foresee.
const RANDOM: usize = 12;

/// The name of something beside its place: nobody can foresee it, so nobody can have put a link there.
///
/// # Errors
/// Exit 3 when the system's generator fails.
pub fn beside(path: &Path) -> Result<PathBuf, Failure> {
    let random = random_text(RANDOM).map_err(Failure::environment)?;
    Ok(directory_of(path).join(format!(".{}.{random}", path.file_name().unwrap_or_default().display())))
}

/// Writes the file beside its place, so that nothing but [`Staged::publish`] is left to do.
///
/// # Errors
/// Exit 3, naming the file, also when its place is taken by a directory.
pub fn stage(path: &Path, content: &[u8], readers: Readers) -> Result<Staged, Failure> {
    let failed = |error: io::Error| cannot("write", path, &error);
    if path.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    let parent = directory_of(path);
    fs::create_dir_all(parent).map_err(failed)?;
    let staged = Staged { beside: beside(path)?, path: path.into() };
    write_new(&staged.beside, content, readers).map_err(failed)?;
    Ok(staged)
}

impl Staged {
    /// Moves the file to its place.
    ///
    /// # Errors
    /// Exit 3, naming the file.
    pub fn publish(self) -> Result<(), Failure> {
        let moved = fs::rename(&self.beside, &self.path).and_then(|()| sync_directory_of(&self.path));
        moved.map_err(|error| cannot("write", &self.path, &error))
    }
}

/// Moves files of one directory to their places, one right after the other.
///
/// # Errors
/// Exit 3, naming the file.
pub fn publish_together(files: &[Staged]) -> Result<(), Failure> {
    for staged in files {
        fs::rename(&staged.beside, &staged.path).map_err(|error| cannot("write", &staged.path, &error))?;
    }
    let Some(staged) = files.first() else { return Ok(()) };
    sync_directory_of(&staged.path).map_err(|error| cannot("write", &staged.path, &error))
}

/// Removes what killed processes left beside its place in a directory; some of it may be keys. The caller sees to it that
/// nobody is at work there. What cannot be removed stays.
pub fn sweep(directory: &Path) {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_str().is_some_and(is_left_over)) {
        let path = entry.path();
        let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
}

/// `.NAME.RANDOM`, as [`stage`] calls files.
fn is_left_over(name: &str) -> bool {
    let random = name.strip_prefix('.').and_then(|name| name.rsplit_once('.')).map_or("", |(_, random)| random);
    random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl Drop for Staged {
    fn drop(&mut self) {
        // Not there any more when it was published.
        let _ = fs::remove_file(&self.beside);
    }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the file: one that is there already is neither followed nor written to, so the mode always counts.
fn write_new(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
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

/// Opens a file to read it and to write at its end; makes it when missing, for its owner alone (mode 0600).
///
/// # Errors
/// When it cannot be opened.
pub fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the name of a new file survive a power cut.
///
/// # Errors
/// When the directory cannot be synced.
pub fn sync_directory_of(path: &Path) -> io::Result<()> {
    File::open(directory_of(path))?.sync_all()
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

/// Deletes a file, for good as far as the file system can say. One that is gone already is deleted too.
///
/// # Errors
/// Exit 3, naming the file.
pub fn remove(path: &Path) -> Result<(), Failure> {
    let removed = match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        removed => removed.and_then(|()| sync_directory_of(path)),
    };
    removed.map_err(|error| cannot("delete", path, &error))
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

/// Gives a directory another name, with all that is in it at once. Nothing must have that name.
///
/// # Errors
/// Exit 3, naming the new one.
pub fn move_directory(from: &Path, to: &Path) -> Result<(), Failure> {
    let moved = fs::rename(from, to).and_then(|()| sync_directory_of(to));
    moved.map_err(|error| cannot("write", to, &error))
}

/// How long another process may hold a lock. What is done under one takes milliseconds; many may queue.
const LOCKED: Duration = Duration::from_secs(30);

/// Holds an exclusive lock on `path` until dropped, so that two processes do not make the same thing twice.
///
/// # Errors
/// Exit 3, naming the file, also when another process does not let go of it.
pub fn lock(path: &Path) -> Result<File, Failure> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|error| cannot("create", parent, &error))?;
    }
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(path);
    let file = file.map_err(|error| cannot("open", path, &error))?;
    let until = Instant::now() + LOCKED;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < until => thread::sleep(Duration::from_millis(5)),
            Err(TryLockError::WouldBlock) => return Err(cannot("lock", path, &io::ErrorKind::TimedOut.into())),
            Err(TryLockError::Error(error)) => return Err(cannot("lock", path, &error)),
        }
    }
}

fn cannot(verb: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::environment(format!("cannot {verb} {}: {error}", path.display()))
        .remedy("check that the path is right and that this user may use it; --state and --certs name other directories")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[cfg(unix)]
    #[test]
    fn a_planted_link_is_not_followed_and_the_mode_counts() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let directory = tempfile::tempdir().unwrap();
        let (path, theirs) = (directory.path().join("key"), directory.path().join("theirs"));
        fs::write(&theirs, "theirs").unwrap();
        // Where the file was staged when its name was the process's number.
        symlink(&theirs, directory.path().join(format!(".key.{}", std::process::id()))).unwrap();
        write(&path, b"ours", Readers::Owner).unwrap();
        assert_eq!((fs::read(&theirs).unwrap(), fs::read(&path).unwrap()), (b"theirs".to_vec(), b"ours".to_vec()));
        assert!(!path.is_symlink());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let planted = directory.path().join("planted");
        symlink(&theirs, &planted).unwrap();
        assert_eq!(write_new(&planted, b"ours", Readers::Owner).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn only_what_was_left_beside_its_place_is_swept() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::mem::forget(stage(&at("key.pem"), b"left", Readers::Owner).unwrap());
        fs::create_dir_all(beside(&at("2")).unwrap().join("issuing")).unwrap();
        for stays in ["key.pem", ".hidden", ".gitignore", ".key.pem.short", "a.abcdefghijkl", ".key.pem.abcdefghijk-"] {
            fs::write(at(stays), "stays").unwrap();
        }
        sweep(directory.path());
        let mut left = names(directory.path());
        left.sort();
        assert_eq!(left, [".gitignore", ".hidden", ".key.pem.abcdefghijk-", ".key.pem.short", "a.abcdefghijkl", "key.pem"]);
    }

    #[test]
    fn what_was_only_staged_leaves_nothing_and_the_old_file_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        fs::write(&path, "old").unwrap();
        drop(stage(&path, b"new", Readers::Owner).unwrap());
        assert_eq!((fs::read(&path).unwrap(), names(directory.path())), (b"old".to_vec(), vec!["key".to_owned()]));
        stage(&path, b"new", Readers::Owner).unwrap().publish().unwrap();
        assert_eq!((fs::read(&path).unwrap(), names(directory.path())), (b"new".to_vec(), vec!["key".to_owned()]));
        assert!(stage(directory.path(), b"new", Readers::Owner).is_err(), "a directory is no file");
    }
}
