//! What commands print on stdout, and the only place that prints.

use std::io::{self, Write};

use serde::Serialize;

/// One line of text. A closed pipe is no error: the reader has seen enough.
pub fn line(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// One JSON document on a line of its own.
pub fn json(document: &impl Serialize) {
    line(&serde_json::to_string(document).unwrap_or_default());
}

/// What came of a command: as one JSON document with `--json`, else as text.
pub fn show(as_json: bool, document: &impl Serialize, text: impl FnOnce() -> String) {
    if as_json { json(document) } else { line(&text()) }
}

/// One line on stderr: progress, warnings, where to look next.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A table with a header, for people; columns as wide as their widest cell.
pub fn table(header: &[&str], rows: &[Vec<String>]) {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_header(header.to_vec()).add_rows(rows.iter().cloned());
    for text in table.lines() {
        line(text.trim_end());
    }
}
