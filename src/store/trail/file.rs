//! From the table to the file: every line once, whoever was stopped on the way.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use rusqlite::Connection;

use super::{audit_directory, waiting};
use crate::{chain::CHANGES, exit::Failure, files, store::failed};

/// So much is read at once.
const BLOCK: usize = 4096;

/// Writes what waits in the table to the file, and takes it off the table when it is on disk.
pub(in crate::store) fn flush(store: &Connection, state: &Path) -> Result<(), Failure> {
    let is_waiting = "SELECT EXISTS (SELECT 1 FROM audit_waiting)";
    let asked = store.prepare_cached(is_waiting).and_then(|mut ask| ask.query_row([], |row| row.get(0)));
    if !asked.map_err(|e| failed(&e))? {
        return Ok(());
    }
    let directory = audit_directory(state);
    files::private_directory(&directory)?;
    let _lock = files::lock(&directory.join(".lock"))?;
    // Read under the lock: who held it before may have written them.
    let (last, lines) = waiting(store).map_err(|e| failed(&e))?;
    let path = directory.join(format!("{CHANGES}.jsonl"));
    append(&path, lines.as_bytes()).map_err(|error| unwritable(&path, &error))?;
    forget(store, last).map_err(|e| failed(&e))
}

/// The database need not wait for the disk: lines that come back by a power cut are found in the file.
fn forget(store: &Connection, last: i64) -> rusqlite::Result<()> {
    store.pragma_update(None, "synchronous", "NORMAL")?;
    let forgotten = store.prepare_cached("DELETE FROM audit_waiting WHERE first <= ?1").and_then(|mut sql| sql.execute([last]));
    store.pragma_update(None, "synchronous", "FULL")?;
    forgotten.map(drop)
}

fn append(path: &Path, lines: &[u8]) -> io::Result<()> {
    let mut file = files::append(path)?;
    let length = without_zeros(&mut file)?;
    let end = end_of(&mut file, length, lines.len().saturating_add(1))?;
    let is_all = u64::try_from(end.len()).is_ok_and(|read| read == length);
    match held(&end, is_all, lines) {
        Some(held) => file.write_all(lines.get(held..).unwrap_or_default())?,
        // Something that we did not write: it stays, on a line of its own, for whoever checks the log.
        None => file.write_all(&[b"\n", lines].concat())?,
    }
    file.sync_data()?;
    if length == 0 { files::sync_directory_of(path) } else { Ok(()) }
}

/// Takes away the zeros that a file system leaves of a write which a power cut stopped. The length that is left.
fn without_zeros(file: &mut File) -> io::Result<u64> {
    let whole = file.metadata()?.len();
    let mut length = whole;
    loop {
        let end = end_of(file, length, BLOCK)?;
        let zeros = end.iter().rev().take_while(|octet| **octet == 0).count();
        length -= u64::try_from(zeros).unwrap_or_default();
        if zeros < end.len() || zeros == 0 {
            break;
        }
    }
    if length < whole {
        file.set_len(length)?;
    }
    Ok(length)
}

/// The end of a file of that length, so many octets at most.
fn end_of(file: &mut File, length: u64, most: usize) -> io::Result<Vec<u8>> {
    let from = length.saturating_sub(u64::try_from(most).unwrap_or(u64::MAX));
    file.seek(SeekFrom::Start(from))?;
    let mut end = Vec::new();
    file.take(length - from).read_to_end(&mut end)?;
    Ok(end)
}

/// How many octets of `lines` are at the end of the file already; `None` when that ends in the middle of another line.
fn held(end: &[u8], is_all: bool, lines: &[u8]) -> Option<usize> {
    let after_each_line = end.iter().enumerate().filter(|(_, octet)| **octet == b'\n').map(|(at, _)| at + 1);
    let mut begins = is_all.then_some(0).into_iter().chain(after_each_line);
    begins.find(|begin| end.get(*begin..).is_some_and(|rest| lines.starts_with(rest))).map(|begin| end.len() - begin)
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::environment(format!("the audit log {} cannot be written: {error}", path.display()))
        .remedy("make room or let this user write there: the lines wait in the database, and the next command writes them")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_file_holds_already_is_not_written_again() {
        let lines = b"{\"seq\":8}\n{\"seq\":9}\n";
        for (end, is_all, is) in [
            (&b""[..], true, Some(0)),
            (b"{\"seq\":7}\n", true, Some(0)),
            (b"\n{\"seq\":7}\n", false, Some(0)),
            (b"{\"seq\":7}\n{\"se", true, Some(4)),
            (b"seq\":7}\n{\"seq\":8}\n", false, Some(10)),
            (b"q\":7}\n{\"seq\":8}\n{\"seq\":9", false, Some(18)),
            (b"\n{\"seq\":8}\n{\"seq\":9}\n", false, Some(20)),
            (b"{\"seq\":8}\n{\"seq\":9}\n", true, Some(20)),
            (b"{\"seq\":7}\nX", true, None),
            (b"{\"seq\":7}", true, None),
            (b"eq\":8}\n{\"seq\":10", false, None),
        ] {
            assert_eq!(held(end, is_all, lines), is, "{}", String::from_utf8_lossy(end));
        }
    }

    #[test]
    fn a_line_that_was_stopped_anywhere_is_finished() {
        let directory = tempfile::tempdir().unwrap();
        let lines = b"{\"seq\":1}\n{\"seq\":2}\n";
        for stopped in 0..=lines.len() {
            for zeros in [0, 3, 2 * BLOCK] {
                let path = directory.path().join(format!("{stopped}-{zeros}"));
                std::fs::write(&path, [&lines[..stopped], &vec![0; zeros]].concat()).unwrap();
                append(&path, lines).unwrap();
                assert_eq!(std::fs::read(&path).unwrap(), lines, "{stopped} {zeros}");
            }
        }
    }

    #[test]
    fn what_somebody_else_put_at_the_end_stays_and_spoils_no_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        std::fs::write(&path, "{\"seq\":1}\nnot ours").unwrap();
        append(&path, b"{\"seq\":2}\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"seq\":1}\nnot ours\n{\"seq\":2}\n");
    }
}
