//! What the operator is told in numbers, and what wakes somebody: the metrics, the rules and the dashboard, in the real tools.

mod alert;
mod dashboard;
mod page;
mod prometheus;
mod reference;
mod rules;
mod switch;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file of the project.
fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// What is in it.
fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The metrics in the text of expressions: words that begin as ours do, without what a histogram or a rule adds.
fn metrics_in(expressions: &[String]) -> Vec<String> {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
    let words = expressions.iter().flat_map(|expression| expression.split(move |letter| !is_word(letter)));
    let ours = words.filter(|word| word.starts_with("authbench_") || word.starts_with("process_"));
    ours.map(|word| word.trim_end_matches("_bucket").to_owned()).collect()
}
