//! TOML documents that people write: read into a type, or a fault that names file, line, key and remedy.

use std::{fmt, ops::Range, path::Path};

use serde::de::DeserializeOwned;

/// What is wrong in a document, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file as the user named it.
    pub file: String,
    /// Counted from one; zero when the fault is in no particular line.
    pub line: usize,
    /// The key, dotted, as far as known.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if !self.key.is_empty() {
            write!(f, ": `{}`", self.key)?;
        }
        write!(f, ": {}\n  mend: {}", self.message, self.remedy)
    }
}

impl std::error::Error for Fault {}

/// The text of a document with its name, so that faults can point into it.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    file: &'a str,
    text: &'a str,
}

impl<'a> Document<'a> {
    /// Names a text.
    pub fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text }
    }

    /// Reads the text into `T`. `reference` is where all keys are described, for the remedy.
    ///
    /// # Errors
    /// The first fault.
    pub fn parse<T: DeserializeOwned>(&self, reference: &str) -> Result<T, Fault> {
        toml::from_str(self.text).map_err(|error| {
            let message = error.message().to_owned();
            let span = error.span().unwrap_or(0..0);
            let remedy = remedy_for(&message, reference);
            self.fault(&span, message, remedy)
        })
    }

    /// The text between two places, as its author wrote it.
    pub fn slice(&self, at: &Range<usize>) -> &'a str {
        self.text.get(at.clone()).unwrap_or_default()
    }

    /// A fault at a span of the text.
    pub fn fault(&self, at: &Range<usize>, message: impl Into<String>, remedy: impl Into<String>) -> Fault {
        let start = at.start.min(self.text.len());
        let before = self.text.get(..start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let written = self.text.lines().nth(line - 1).unwrap_or_default();
        Fault { file: self.file.into(), line, key: key_of(before, written), message: message.into(), remedy: remedy.into() }
    }

    /// A fault at a dotted key such as `issuers.audience`: the line of its last part, below its table where there is one.
    pub fn fault_at_key(&self, key: &str, message: impl Into<String>, remedy: impl Into<String>) -> Fault {
        let leaf = key.rsplit('.').next().unwrap_or(key);
        let table = key.rsplit_once('.').map(|(table, _)| table);
        let mut inside = table.is_none();
        let mut line = 0;
        for (index, text) in self.text.lines().enumerate() {
            if let Some(header) = header_of(text) {
                inside = table.is_none_or(|table| table == header);
            } else if inside && text.split('=').next().is_some_and(|name| name.trim().trim_matches('"') == leaf) {
                line = index + 1;
                break;
            }
        }
        Fault { file: self.file.into(), line, key: key.into(), message: message.into(), remedy: remedy.into() }
    }
}

/// Reads a file as text, with a fault of its own kind when that fails.
///
/// # Errors
/// A fault without a line: the file is missing, unreadable or not UTF-8.
pub fn read(path: &Path) -> Result<String, Fault> {
    std::fs::read_to_string(path).map_err(|error| Fault {
        file: path.display().to_string(),
        line: 0,
        key: String::new(),
        message: format!("cannot be read: {error}"),
        remedy: "name a file that exists, is readable and holds UTF-8 text".into(),
    })
}

/// What to write instead of what a reader complained about: the known name that is nearest, or where all names are described.
pub fn remedy_for(message: &str, reference: &str) -> String {
    let Some(unknown) = message.strip_prefix("unknown field `") else { return format!("see {reference}") };
    let mut quoted = unknown.split('`');
    let wrong = quoted.next().unwrap_or_default();
    let known: Vec<&str> = quoted.skip(1).step_by(2).collect();
    match known.iter().min_by_key(|word| distance(wrong, word)).filter(|word| distance(wrong, word) <= wrong.len().div_ceil(3)) {
        Some(near) => format!("write `{near}`, or see {reference}"),
        None => format!("remove it, or see {reference}"),
    }
}

fn header_of(line: &str) -> Option<&str> {
    let line = line.trim();
    line.starts_with('[').then(|| line.split(']').next().unwrap_or(line).trim_matches(['[', ' ']))
}

fn key_of(before: &str, written: &str) -> String {
    let table = before.lines().chain(std::iter::once(written)).filter_map(header_of).next_back();
    let key = written.split('=').next().filter(|_| written.contains('=')).map(|key| key.trim().trim_matches(['{', ' ', '"']));
    match (table, key) {
        (Some(table), Some(key)) => format!("{table}.{key}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => String::new(),
    }
}

/// Levenshtein distance, for "did you mean".
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, r) in right.chars().enumerate() {
            let substituted = diagonal + usize::from(l != r);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Sample {
        listen: String,
        plan: Option<Inner>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Inner {
        rate: u32,
    }

    fn fault(text: &str) -> String {
        Document::new("a.toml", text).parse::<Sample>("docs/a.md").unwrap_err().to_string()
    }

    #[test]
    fn a_fault_names_file_line_key_and_remedy() {
        insta::assert_snapshot!(fault("# hello\nlisen = \"x\"\n"), @"
        a.toml:2: `lisen`: unknown field `lisen`, expected `listen` or `plan`
          mend: write `listen`, or see docs/a.md
        ");
        insta::assert_snapshot!(fault("listen = \"x\"\n[plan]\nrate = \"many\"\n"), @r#"
        a.toml:3: `plan.rate`: invalid type: string "many", expected u32
          mend: see docs/a.md
        "#);
    }

    #[test]
    fn a_key_is_found_below_its_table() {
        let text = "rate = 1\n[plan]\nrate = 2\n";
        assert_eq!(Document::new("a", text).fault_at_key("plan.rate", "m", "r").line, 3);
        assert_eq!(Document::new("a", text).fault_at_key("rate", "m", "r").line, 1);
    }
}
