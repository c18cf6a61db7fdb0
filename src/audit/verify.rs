//! Reads audit logs and says whether anything in them was changed, taken away or cut. They may hold anything: whoever wrote them may
//! be whom they are about.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use crate::{
    chain::{CHANGES, Checker, Finding, Head, LONGEST, Link, Strand},
    exit::Failure,
    store::{Store, audit_directory},
};

/// What came of it.
#[derive(Debug)]
pub struct Verified {
    /// The files, by writer and in order.
    pub strands: Vec<Strand>,
    /// What is to be told, in the order in which it was found.
    pub findings: Vec<Finding>,
    /// How many of them are faults; more than are told, if there are very many.
    pub faults: u64,
}

/// Checks these files, or all of the state directory if there are none, against the ends that the store keeps.
///
/// # Errors
/// Exit 3 when the store or a file cannot be read.
pub fn verify(state: &Path, files: &[PathBuf], archived: bool) -> Result<Verified, Failure> {
    let store = Store::open_existing(state)?;
    if let Err(failure) = store.write_trail() {
        tracing::warn!("{failure}");
    }
    // Before the files: those are ahead of what the store knows, never behind it.
    let (heads, waiting) = store.trail()?;
    let all = if files.is_empty() { all_in(&audit_directory(state))? } else { files.to_vec() };
    let mut checker = Checker::new(heads, archived);
    for path in &all {
        checker.begin(path.display().to_string());
        read(path, &mut checker).map_err(|error| unreadable(path, &error))?;
    }
    add_waiting(&mut checker, &waiting);
    // Commands may have gone on while files were read.
    checker.no_more_than(store.trail()?.0.get(CHANGES).unwrap_or(&Head::START).seq);
    let (strands, findings, faults) = checker.finish();
    Ok(Verified { strands, findings, faults })
}

/// Those that could not be written to the file.
fn add_waiting(checker: &mut Checker, waiting: &str) {
    let last = checker.last_of(CHANGES);
    let seq = |line: &str| Link::read(line.as_bytes()).map_or(u64::MAX, |link| link.seq);
    let mut lines = waiting.lines().skip_while(|line| seq(line) <= last).peekable();
    if lines.peek().is_some() {
        checker.begin("(waiting in the database)");
        lines.for_each(|line| checker.line(line.as_bytes()));
    }
}

/// Whatever they are called: who puts a file away gives it a name.
fn all_in(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = match directory.read_dir() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| unreadable(directory, &error))?,
    };
    let is_hidden = |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let paths = entries.flatten().map(|entry| entry.path());
    let mut found: Vec<_> = paths.filter(|path| path.is_file() && !is_hidden(path)).collect();
    found.sort();
    Ok(found)
}

fn read(path: &Path, checker: &mut Checker) -> io::Result<()> {
    let mut reader = BufReader::new(File::open(path)?);
    let mut line = Vec::new();
    loop {
        line.clear();
        // One more than any line has: more of it need not be kept to see that it is too long.
        let most = u64::try_from(LONGEST).unwrap_or(u64::MAX).saturating_add(2);
        if reader.by_ref().take(most).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if line.pop_if(|last| *last == b'\n').is_some() {
            checker.line(&line);
        } else if line.len() > LONGEST {
            checker.line(&line);
            reader.skip_until(b'\n')?;
        } else {
            checker.rest(&line);
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::environment(format!("the audit log {} cannot be read: {error}", path.display()))
        .remedy("name files that are there and that this user may read; without any, all of STATE/audit is checked")
}
