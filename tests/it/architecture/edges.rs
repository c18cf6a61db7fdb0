//! Which room a file belongs to, and which other rooms it uses.

use std::path::Path;

/// One use of another room.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    /// The file, relative to the repository.
    pub(crate) file: String,
    /// Counted from one.
    pub(crate) line: usize,
    /// The room that uses.
    pub(crate) from: String,
    /// The room that is used; `..` for a path that climbs out with `super::`.
    pub(crate) to: String,
}

/// The top-level module that a file below `src/` belongs to; none for `lib.rs`, which only names the rooms.
pub(crate) fn room_of(path: &Path) -> Option<String> {
    let inside = path.strip_prefix("src").unwrap_or(path);
    let first = inside.components().next()?.as_os_str().to_str()?;
    let room = first.strip_suffix(".rs").unwrap_or(first);
    (room != "lib").then(|| room.to_owned())
}

/// Every use of another room in the text, tests and comments aside.
pub(crate) fn edges(path: &Path, text: &str) -> Vec<Edge> {
    let Some(from) = room_of(path).filter(|_| !path.ends_with("tests.rs")) else { return Vec::new() };
    let code = code_of(text);
    let up = "super::".repeat(path.components().count() - 1);
    let starts = [("crate::", false), ("authbench::", false), (up.as_str(), true)];
    let mut found = Vec::new();
    for (start, climbs) in starts {
        for (at, _) in code.match_indices(start).filter(|(at, _)| begins_a_path(&code, *at)) {
            let line = code[..at].matches('\n').count() + 1;
            let targets = if climbs { vec!["..".to_owned()] } else { targets(&code[at + start.len()..]) };
            let to_edge = |to| Edge { file: path.display().to_string(), line, from: from.clone(), to };
            found.extend(targets.into_iter().filter(|to| *to != from).map(to_edge));
        }
    }
    found
}

/// The text without comments and without what follows `#[cfg(test)] mod`, line by line, so that line numbers hold.
fn code_of(text: &str) -> String {
    let tests = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
    let lines = text[..tests].lines();
    lines.map(|line| line.split("//").next().filter(|_| !line.contains("://")).unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

fn begins_a_path(code: &str, at: usize) -> bool {
    !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':')
}

/// The rooms that a path names after `crate::`: one, or one for each branch of `{a::b, c::{d, e}}`.
fn targets(rest: &str) -> Vec<String> {
    let Some(branches) = rest.strip_prefix('{') else { return vec![first_word(rest)] };
    let mut depth = 1;
    let mut names = vec![String::new()];
    for letter in branches.chars() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => names.push(String::new()),
            _ => {}
        }
        if let Some(name) = names.last_mut() {
            name.push(letter);
        }
    }
    names.iter().map(|name| first_word(name.trim_start_matches(',').trim())).filter(|name| !name.is_empty()).collect()
}

fn first_word(path: &str) -> String {
    path.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(path: &str, text: &str) -> Vec<(usize, String)> {
        edges(Path::new(path), text).into_iter().map(|edge| (edge.line, edge.to)).collect()
    }

    #[test]
    fn uses_are_found_however_they_are_written() {
        let text = "use crate::{\n    store::{Live, feed::{A, B}},\n    words::words,\n    authn,\n};\nfn f() { crate::clock::now(); }\npub(crate) use crate::pki::X;\n";
        let all = [(1, "store"), (1, "words"), (1, "authn"), (6, "clock"), (7, "pki")].map(|(line, to)| (line, to.to_owned()));
        assert_eq!(seen("src/policy.rs", text), all);
        assert_eq!(seen("src/main.rs", "use authbench::cli::Cli;"), [(1, "cli".to_owned())]);
    }

    #[test]
    fn comments_tests_and_the_room_itself_do_not_count() {
        let text = "//! [`crate::store`]\nuse crate::policy::quota; // crate::pki\n#[cfg(test)]\nmod tests {\n    use crate::server;\n}\n";
        assert_eq!(seen("src/policy/network.rs", text), []);
        assert_eq!(seen("src/policy/tests.rs", "use crate::server;"), []);
        assert_eq!(seen("src/lib.rs", "use crate::server;"), []);
    }

    #[test]
    fn climbing_out_of_a_room_is_seen() {
        assert_eq!(seen("src/policy/network.rs", "use super::super::store;"), [(1, "..".to_owned())]);
        assert_eq!(seen("src/policy/network.rs", "use super::Permit;"), []);
        assert_eq!(seen("src/policy.rs", "use super::store;"), [(1, "..".to_owned())]);
    }
}
