//! Files that belong together: read together, and again when one of them has changed.

use std::{os::unix::fs::MetadataExt, path::Path};

use tokio::task::spawn_blocking;

use crate::exit::Failure;

/// What several files were like when they were looked at: as good as their contents, since whoever changes a file changes
/// when its inode was last changed, which nobody can set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Stamps(Vec<Option<[i128; 4]>>);

impl Stamps {
    pub(super) fn of<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Self {
        Self(paths.into_iter().map(stamp).collect())
    }
}

fn stamp(path: &Path) -> Option<[i128; 4]> {
    const NANOS: i128 = 1_000_000_000;
    let found = path.metadata().ok()?;
    let at = |seconds: i64, nanos: i64| i128::from(seconds) * NANOS + i128::from(nanos);
    let (changed, modified) = (at(found.ctime(), found.ctime_nsec()), at(found.mtime(), found.mtime_nsec()));
    Some([changed, modified, found.len().into(), found.ino().into()])
}

/// Several files and how they were found last.
#[derive(Debug)]
pub(super) struct Watched {
    what: &'static str,
    seen: Stamps,
    failed: Option<Failed>,
}

/// They could not be used as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failed {
    /// Whoever writes several files needs a moment: they are tried once more before anybody is told.
    Once,
    Told,
}

impl Watched {
    /// Read when they were found like that; `what` is what errors call them.
    pub(super) fn new(what: &'static str, seen: Stamps) -> Self {
        Self { what, seen, failed: None }
    }

    /// Whether to read them now: they have changed, somebody demands it, or they are to be tried once more.
    pub(super) fn is_due(&mut self, found: Stamps, demanded: bool) -> bool {
        let is_new = found != self.seen || demanded;
        self.seen = found;
        if is_new {
            self.failed = None;
        }
        is_new || self.failed == Some(Failed::Once)
    }

    /// Remembers what came of reading them, and tells of a failure that stays.
    pub(super) fn settle(&mut self, taken: Result<(), Failure>) {
        self.failed = match (taken, self.failed) {
            (Ok(()), _) => None,
            (Err(_), None) => Some(Failed::Once),
            (Err(failure), Some(_)) => {
                tracing::error!(%failure, "{} cannot be used; the old ones stay", self.what);
                Some(Failed::Told)
            }
        };
    }
}

/// Does what reads files or waits for them on a thread of its own.
///
/// # Errors
/// Those of the work, and exit 3 when it broke off.
pub(super) async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    spawn_blocking(work).await.map_err(|error| Failure::environment(error.to_string()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_when_they_change_and_a_failure_is_tried_once_more() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let now = || Stamps::of([path.as_path()]);
        let (mut watched, failure) = (Watched::new("files", now()), || Err(Failure::usage("no")));
        assert!(!watched.is_due(now(), false));
        std::fs::write(&path, "x").unwrap();
        assert!(watched.is_due(now(), false), "it is there now");
        watched.settle(failure());
        assert!(watched.is_due(now(), false), "once more");
        watched.settle(failure());
        assert!(!watched.is_due(now(), false), "not for ever");
        assert!(watched.is_due(now(), true), "whoever demands it gets it");
        watched.settle(Ok(()));
        std::fs::remove_file(&path).unwrap();
        assert!(watched.is_due(now(), false), "it is gone");
    }

    #[test]
    fn a_file_with_another_content_of_the_same_length_and_time_has_changed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        std::fs::write(&path, "one").unwrap();
        let (before, modified) = (Stamps::of([path.as_path()]), path.metadata().unwrap().modified().unwrap());
        std::fs::write(&path, "two").unwrap();
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        assert_ne!(Stamps::of([path.as_path()]), before);
    }
}
