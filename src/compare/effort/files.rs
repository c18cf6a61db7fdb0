//! The files of a directory, and which of them are other than before.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use crate::compare::findings::{Change, Side, Touched};

/// Every file below some directories with what it holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Snapshot(BTreeMap<PathBuf, Vec<u8>>);

impl Snapshot {
    /// Reads everything below `directories`; one that is not there holds nothing. Paths are told from `root`.
    ///
    /// # Errors
    /// A sentence when one cannot be read.
    pub(super) fn of(root: &Path, directories: &[PathBuf]) -> Result<Self, String> {
        let mut found = Self::default();
        let mut waiting = directories.to_vec();
        while let Some(directory) = waiting.pop() {
            let entries = match std::fs::read_dir(&directory) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(format!("{}: {error}", directory.display())),
            };
            for entry in entries {
                let path = entry.map_err(|error| error.to_string())?.path();
                if path.is_dir() {
                    waiting.push(path);
                } else {
                    found.read(root, &path)?;
                }
            }
        }
        Ok(found)
    }

    /// A lock holds nothing, and a database is one thing, however many files it is in.
    fn read(&mut self, root: &Path, path: &Path) -> Result<(), String> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.extension().is_some_and(|end| end == "lock") || name.ends_with("-shm") {
            return Ok(());
        }
        let whole = path.with_file_name(name.trim_end_matches("-wal"));
        let text = match std::fs::read(path) {
            Ok(text) => text,
            // The server tidies up meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(format!("{}: {error}", path.display())),
        };
        let place = whole.strip_prefix(root).unwrap_or(&whole).to_owned();
        self.0.entry(place).or_default().extend(text);
        Ok(())
    }

    /// What is other in `after`, by path.
    pub(super) fn until(&self, after: &Self, side: Side) -> Vec<Touched> {
        let touched = |path: &PathBuf, how| Touched { side, path: path.display().to_string(), how };
        let there = after.0.iter().filter_map(|(path, text)| match self.0.get(path) {
            None => Some(touched(path, Change::Appeared)),
            Some(before) => (before != text).then(|| touched(path, Change::Changed)),
        });
        let went = self.0.keys().filter(|path| !after.0.contains_key(*path)).map(|path| touched(path, Change::Went));
        let mut all: Vec<Touched> = there.chain(went).collect();
        all.sort();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_other_than_before_is_told_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let read =
            || Snapshot::of(root.path(), &[root.path().join("a"), root.path().join("b"), root.path().join("none")]).unwrap();
        for (name, text) in [("a/same", "1"), ("a/changed", "1"), ("a/deep/gone", "1"), ("b/db", "1"), ("c/elsewhere", "1")] {
            write(name, text);
        }
        let before = read();
        assert_eq!(before.until(&read(), Side::Caller), []);
        for (name, text) in
            [("a/changed", "2"), ("a/new", ""), ("b/db-wal", "2"), ("b/db-shm", "2"), ("b/x.lock", ""), ("c/elsewhere", "2")]
        {
            write(name, text);
        }
        std::fs::remove_file(root.path().join("a/deep/gone")).unwrap();
        let told: Vec<_> = before
            .until(&read(), Side::Caller)
            .into_iter()
            .map(|file| format!("{} {} {}", file.side, file.path, file.how))
            .collect();
        assert_eq!(told, ["caller a/changed changed", "caller a/deep/gone went", "caller a/new appeared", "caller b/db changed"]);
    }
}
