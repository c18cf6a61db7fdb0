//! What commands print on stdout, and the only place that prints.

use std::io::{self, ErrorKind, Write};

use serde::Serialize;

use crate::exit::Failure;

/// One line of text. A closed pipe is no error: the reader has seen enough.
///
/// # Errors
/// Exit 3 when standard output does not take it for another reason.
pub fn line(text: &str) -> Result<(), Failure> {
    match print(text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(refused(&error).remedy("make room there, or send the output somewhere else"))
        }
        _ => Ok(()),
    }
}

/// One JSON document on a line of its own.
///
/// # Errors
/// As [`line()`].
pub fn json(document: &impl Serialize) -> Result<(), Failure> {
    line(&written(document)?)
}

/// What came of a command: as one JSON document with `--json`, else as text.
///
/// # Errors
/// As [`line()`].
pub fn show(as_json: bool, document: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), Failure> {
    if as_json { json(document) } else { line(&text()) }
}

/// The same for a fresh secret: it cannot be shown again, so a closed pipe is an error too. `remedy` says how to get another.
///
/// # Errors
/// Exit 3 when standard output did not take it.
pub fn show_secret(as_json: bool, document: &impl Serialize, text: impl FnOnce() -> String, remedy: &str) -> Result<(), Failure> {
    let text = if as_json { written(document)? } else { text() };
    print(&text).map_err(|error| {
        Failure::environment(format!("{}; the credential is made, but its secret was not shown", refused(&error))).remedy(remedy)
    })
}

/// One line on stderr: progress, warnings, where to look next.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A table with a header, for people; columns as wide as their widest cell.
///
/// # Errors
/// As [`line()`].
pub fn table(header: &[&str], rows: &[Vec<String>]) -> Result<(), Failure> {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_header(header.to_vec()).add_rows(rows.iter().cloned());
    table.lines().try_for_each(|text| line(text.trim_end()))
}

/// Flushed, so that a full disk is seen here and not after the process has reported success.
fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()
}

fn written(document: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(document).map_err(|error| Failure::environment(format!("this cannot be written as JSON: {error}")))
}

fn refused(error: &io::Error) -> Failure {
    Failure::environment(format!("standard output does not take it: {error}"))
}
