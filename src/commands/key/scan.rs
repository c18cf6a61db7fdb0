//! `authbench key scan PATH…`: which keys stand where they should not, and which of them still open something.

use std::{
    fs::{self, File},
    io::{self, BufReader},
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{
    authn::apikey::{ApiKey, Place, find, usable},
    cli::Common,
    clock,
    commands::output,
    denial::Reason,
    exit::Failure,
    store::{Store, Which},
};

/// Read at once.
const BUFFER: usize = 64 * 1024;

/// Looks through every path.
///
/// # Errors
/// Exit 1 when a key that was found is live; else exit 3 when something could not be read.
pub(super) fn run(common: &Common, store: &Store, paths: &[PathBuf]) -> Result<(), Failure> {
    let mut scan = Scan { store, found: Vec::new(), files: 0, octets: 0, unread: Vec::new() };
    for path in paths {
        if path.as_os_str() == "-" { scan.text("-", io::stdin())? } else { scan.path(path, true)? }
    }
    scan.tell(common)?;
    scan.verdict()
}

struct Scan<'a> {
    store: &'a Store,
    found: Vec<Found>,
    files: u64,
    octets: u64,
    unread: Vec<String>,
}

/// One key at one place.
struct Found {
    file: String,
    at: Place,
    id: String,
    name: Option<String>,
    standing: Standing,
}

/// What a key that was found is worth.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Live,
    /// The store knows why it is refused.
    Refused(Reason),
    /// A secret that its key does not have any more, or never had.
    Replaced,
    /// Of another store, or of a key that nobody has made.
    Unknown,
}

impl Standing {
    fn text(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Refused(reason) => reason.as_str(),
            Self::Replaced => "replaced",
            Self::Unknown => "unknown",
        }
    }
}

impl Scan<'_> {
    fn path(&mut self, path: &Path, named: bool) -> Result<(), Failure> {
        // What was named is looked at, link or not; what is met on the way only when it is there itself.
        let kind = if named { fs::metadata(path) } else { fs::symlink_metadata(path) };
        match kind {
            Err(error) => self.unread(path, &error),
            Ok(kind) if kind.is_dir() => self.directory(path)?,
            Ok(kind) if kind.is_file() => match File::open(path) {
                Ok(file) => self.text(&path.display().to_string(), file)?,
                Err(error) => self.unread(path, &error),
            },
            Ok(_) if named => self.unread(path, &io::Error::other("neither a file nor a directory")),
            Ok(_) => {}
        }
        Ok(())
    }

    fn directory(&mut self, path: &Path) -> Result<(), Failure> {
        let listed =
            fs::read_dir(path).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>());
        match listed {
            Err(error) => self.unread(path, &error),
            Ok(mut entries) => {
                entries.sort();
                entries.iter().try_for_each(|entry| self.path(entry, false))?;
            }
        }
        Ok(())
    }

    fn text(&mut self, name: &str, text: impl io::Read) -> Result<(), Failure> {
        let mut keys = Vec::new();
        let store = self.store;
        let read = find(BufReader::with_capacity(BUFFER, text), |key, at| keys.push(judge(store, key, name, at)));
        self.files += 1;
        self.found.extend(keys.into_iter().collect::<Result<Vec<_>, _>>()?);
        match read {
            Ok(octets) => self.octets += octets,
            Err(error) => self.unread(Path::new(name), &error),
        }
        Ok(())
    }

    fn unread(&mut self, path: &Path, error: &io::Error) {
        self.unread.push(format!("{}: {error}", path.display()));
    }

    fn live(&self) -> usize {
        self.found.iter().filter(|found| found.standing == Standing::Live).count()
    }

    fn tell(&self, common: &Common) -> Result<(), Failure> {
        if common.json {
            return output::json(&json!({
                "files": self.files,
                "octets": self.octets,
                "live": self.live(),
                "found": self.found.iter().map(document).collect::<Vec<_>>(),
                "unread": self.unread,
            }));
        }
        self.unread.iter().for_each(|text| output::note(&format!("not read: {text}")));
        if !self.found.is_empty() {
            output::table(&["PLACE", "ID", "NAME", "STATE"], &self.found.iter().map(row).collect::<Vec<_>>())?;
        }
        let (keys, live, files) = (self.found.len(), self.live(), self.files);
        output::note(&format!("keys: {keys}, live: {live}; looked through: {files} (octets: {})", self.octets));
        Ok(())
    }

    fn verdict(&self) -> Result<(), Failure> {
        let mut ids: Vec<_> = self.found.iter().filter(|found| found.standing == Standing::Live).map(|found| &found.id).collect();
        ids.sort_unstable();
        ids.dedup();
        match ids[..] {
            [] if self.unread.is_empty() => Ok(()),
            [] => Err(Failure::environment(format!("not everything could be read ({})", self.unread.len()))
                .remedy("let this user read what is named above, or leave it away")),
            [id, ..] => Err(Failure::expectation(format!("live keys were found: {}", ids.len())).remedy(format!(
                "`authbench key revoke {id}` ends one; `authbench key rotate {id} --overlap 1h` gives its caller time"
            ))),
        }
    }
}

fn judge(store: &Store, key: ApiKey<'_>, file: &str, at: Place) -> Result<Found, Failure> {
    let caller = store.caller_of_id(Which::Key, key.id())?;
    let standing = match &caller {
        None => Standing::Unknown,
        Some(caller) => match caller.secret(&key.secret_digest()) {
            None => Standing::Replaced,
            Some(secret) => usable(caller, secret, clock::now()).map_or_else(Standing::Refused, |()| Standing::Live),
        },
    };
    let name = caller.map(|caller| caller.name.to_string());
    Ok(Found { file: file.to_owned(), at, id: key.id().to_owned(), name, standing })
}

fn document(found: &Found) -> Value {
    json!({
        "file": found.file,
        "line": found.at.line,
        "column": found.at.column,
        "id": found.id,
        "name": found.name,
        "state": found.standing.text(),
        "live": found.standing == Standing::Live,
    })
}

/// File names are hostile text on a terminal.
fn row(found: &Found) -> Vec<String> {
    let place = format!("{}:{}:{}", found.file.escape_debug(), found.at.line, found.at.column);
    let name = found.name.clone().unwrap_or_else(|| "–".into());
    vec![place, found.id.clone(), name, found.standing.text().to_owned()]
}
