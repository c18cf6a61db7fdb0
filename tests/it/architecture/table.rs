//! The table of directions as a person reads it.

use std::collections::{BTreeMap, BTreeSet};

use super::{WORDS, edges::Edge};

/// Which room may use which, and which modules are words.
#[derive(Debug)]
pub(crate) struct Table {
    rows: BTreeMap<String, BTreeSet<String>>,
    words: BTreeSet<String>,
}

impl Table {
    /// Reads the page: the list of words below its heading, and the rows of the one table that begins `| room | may use |`.
    pub(crate) fn read(page: &str) -> Self {
        let section = page.split("## The words").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap_or_default();
        let words = section.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        let rows = page.lines().skip_while(|line| !line.starts_with("| room | may use |")).skip(2);
        let rows = rows.take_while(|line| line.starts_with('|')).map(|line| {
            let mut cells = line.trim_matches('|').split('|').map(str::trim);
            let room = cells.next().unwrap_or_default().to_owned();
            let may = cells.next().unwrap_or_default().split(',').map(str::trim).filter(|one| *one != "–");
            (room, may.map(str::to_owned).collect())
        });
        Self { rows: rows.collect(), words }
    }

    /// Whether a top-level module is a word or has a row.
    pub(crate) fn knows(&self, module: &str) -> bool {
        self.words.contains(module) || self.rows.contains_key(module)
    }

    /// Every module that the page names: rows, and the members of the words.
    pub(crate) fn rooms(&self) -> impl Iterator<Item = &String> {
        self.rows.keys().filter(|room| *room != WORDS).chain(&self.words)
    }

    /// What is wrong with an edge, in a sentence that begins with file and line.
    pub(crate) fn fault(&self, edge: &Edge) -> Option<String> {
        let (from, to) = (self.row_of(&edge.from), self.row_of(&edge.to));
        let allowed = from == to || self.rows.get(from).is_some_and(|may| may.contains(to));
        let rule = self.rows.get(from).map_or_else(
            || format!("`{from}` has no row"),
            |may| format!("`{from}` may use {}", may.iter().cloned().collect::<Vec<_>>().join(", ")),
        );
        (!allowed).then(|| format!("{}:{}: `{}` uses `{}`, but {rule}", edge.file, edge.line, edge.from, edge.to))
    }

    fn row_of<'a>(&self, module: &'a str) -> &'a str {
        if self.words.contains(module) { WORDS } else { module }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "## The words\n\n`clock` and\n`words`.\n\n## Directions `no`\n\n| room | may use | x |\n|---|---|---|\n| words | – | |\n| store | words | |\n| authn | store, words | |\n";

    fn fault(from: &str, to: &str) -> Option<String> {
        Table::read(PAGE).fault(&Edge { file: "src/x.rs".into(), line: 7, from: from.into(), to: to.into() })
    }

    #[test]
    fn what_the_table_allows_passes() {
        for (from, to) in [("authn", "store"), ("authn", "clock"), ("clock", "words"), ("store", "store")] {
            assert_eq!(fault(from, to), None);
        }
    }

    #[test]
    fn what_it_does_not_allow_is_named_with_file_line_and_rule() {
        insta::assert_snapshot!(fault("store", "authn").unwrap(), @"src/x.rs:7: `store` uses `authn`, but `store` may use words");
        insta::assert_snapshot!(fault("clock", "store").unwrap(), @"src/x.rs:7: `clock` uses `store`, but `words` may use ");
        insta::assert_snapshot!(fault("cellar", "store").unwrap(), @"src/x.rs:7: `cellar` uses `store`, but `cellar` has no row");
    }
}
