//! A part of the report as data: page, record and terminal draw every part alike.

use super::mark::Mark;
use crate::{compare::findings::Step, mode::Mode};

/// A part of the report.
#[derive(Debug, Default)]
pub(super) struct Section {
    /// Its address within the page; one word.
    pub(super) anchor: &'static str,
    /// Its heading: what it answers.
    pub(super) title: String,
    /// What to know before reading it, a paragraph each.
    pub(super) lead: Vec<String>,
    /// Plots, on the page only.
    pub(super) plots: Vec<Plot>,
    /// The rows.
    pub(super) tables: Vec<Table>,
    /// What to know afterwards: how, and what is void.
    pub(super) notes: Vec<String>,
    /// What values lead to, closed until it is asked for; on the page only.
    pub(super) sheets: Vec<Sheet>,
}

/// What was done and seen, step by step.
#[derive(Debug)]
pub(super) struct Sheet {
    /// Its address within the page; one word.
    pub(super) anchor: String,
    /// The lock.
    pub(super) mode: Mode,
    /// What was done.
    pub(super) title: String,
    /// The steps.
    pub(super) steps: Vec<Step>,
}

/// A drawing with its heading.
#[derive(Debug)]
pub(super) struct Plot {
    /// The lock, where it is about one alone.
    pub(super) mode: Option<Mode>,
    /// What it shows.
    pub(super) title: String,
    /// How to read it.
    pub(super) note: String,
    /// The drawing, SVG with `role="img"` and a label.
    pub(super) svg: String,
}

/// Rows and columns.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// What it is, for who listens; short and in capitals on a terminal.
    pub(super) caption: String,
    /// The heading of the first column, then those of the others.
    pub(super) head: (String, Vec<Head>),
    /// The rows.
    pub(super) rows: Vec<Row>,
}

/// The heading of a column.
#[derive(Debug)]
pub(super) enum Head {
    /// A lock.
    Mode(Mode),
    /// Anything else.
    Text(String),
}

/// One row.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// What the row is about.
    pub(super) title: String,
    /// More about it, smaller; may be empty.
    pub(super) note: String,
    /// One per column.
    pub(super) values: Vec<Value>,
    /// Whether a group of rows begins here.
    pub(super) begins: bool,
}

/// What stands where row and column meet.
#[derive(Debug, Default)]
pub(super) struct Value {
    /// The word or the number.
    pub(super) text: String,
    /// More, smaller: a multiple, an interval; may be empty.
    pub(super) small: String,
    /// How it is judged, if it is.
    pub(super) mark: Option<Mark>,
    /// The address of its proof within the page.
    pub(super) proof: Option<String>,
}

impl Section {
    /// The notes that say why a number is absent.
    pub(super) fn voids(&self) -> Vec<String> {
        self.notes.iter().filter(|note| note.starts_with("void:")).cloned().collect()
    }
}

/// A value of more characters is a sentence, and no number.
const NUMBER: usize = 34;

impl Table {
    /// Whether it holds sentences: they run over several lines, where numbers stand below each other.
    pub(super) fn is_told(&self) -> bool {
        self.rows.iter().flat_map(|row| &row.values).any(|value| value.line().chars().count() > NUMBER)
    }

    /// A table with one column per lock.
    pub(super) fn by_mode(caption: impl Into<String>, first: impl Into<String>, modes: &[Mode]) -> Self {
        let head = (first.into(), modes.iter().copied().map(Head::Mode).collect());
        Self { caption: caption.into(), head, rows: Vec::new() }
    }
}

impl Head {
    /// As it is written.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Mode(mode) => mode.as_str(),
            Self::Text(text) => text,
        }
    }

    /// The lock, if it is one.
    pub(super) fn mode(&self) -> Option<Mode> {
        match self {
            Self::Mode(mode) => Some(*mode),
            Self::Text(_) => None,
        }
    }

    /// The class of the style sheet.
    pub(super) fn class(&self) -> &str {
        match self {
            Self::Mode(mode) => mode.as_str(),
            Self::Text(_) => "",
        }
    }
}

impl Row {
    /// A row of plain texts.
    pub(super) fn of(title: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Self {
        Self { title: title.into(), values: values.into_iter().collect(), ..Self::default() }
    }
}

impl Value {
    /// A plain text.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Mark and text.
    pub(super) fn short(&self) -> String {
        self.mark.map_or_else(|| self.text.clone(), |mark| format!("{} {}", mark.symbol(), self.text))
    }

    /// Mark, text and smaller text as one line.
    pub(super) fn line(&self) -> String {
        format!("{} {}", self.short(), self.small).trim_end().to_owned()
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}
