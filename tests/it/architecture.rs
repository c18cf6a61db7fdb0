//! The table of directions in `docs/architecture.md`, held against the code, and the measures that keep files readable.

mod edges;
mod table;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use edges::{Edge, edges};
use table::Table;

/// The group of modules that import nothing of ours but one another.
const WORDS: &str = "words";
/// Said beforehand: beyond this a file has two subjects.
const LONGEST: usize = 300;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every source file below `src/`, relative to the repository, in a stable order.
fn sources() -> Vec<(PathBuf, String)> {
    let mut waiting = vec![root().join("src")];
    let mut found = Vec::new();
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    found
}

fn all_edges() -> Vec<Edge> {
    sources().iter().flat_map(|(path, text)| edges(path, text)).collect()
}

#[test]
fn every_use_follows_the_table_of_directions() {
    let table = Table::read(&page("docs/architecture.md"));
    let faults: Vec<String> = all_edges().iter().filter_map(|edge| table.fault(edge)).collect();
    assert!(faults.is_empty(), "the table in docs/architecture.md forbids:\n{}", faults.join("\n"));
}

#[test]
fn every_room_has_a_row_and_every_row_a_room() {
    let table = Table::read(&page("docs/architecture.md"));
    let rooms: BTreeSet<String> = sources().iter().filter_map(|(path, _)| edges::room_of(path)).collect();
    let unlisted: Vec<_> = rooms.iter().filter(|room| !table.knows(room)).collect();
    assert!(unlisted.is_empty(), "no row in docs/architecture.md for {unlisted:?}");
    let empty: Vec<_> = table.rooms().filter(|room| !rooms.contains(*room)).collect();
    assert!(empty.is_empty(), "rows in docs/architecture.md without a file in src/: {empty:?}");
}

#[test]
fn no_circle_among_rooms() {
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for edge in all_edges() {
        uses.entry(edge.from).or_default().insert(edge.to);
    }
    // Take away who uses nothing that is left, until nothing changes: what stays goes round in a circle.
    while let Some(free) =
        uses.iter().find(|(_, to)| to.iter().all(|room| !uses.contains_key(room))).map(|(from, _)| from.clone())
    {
        uses.remove(&free);
    }
    assert!(uses.is_empty(), "these use one another in a circle, or something that does: {uses:?}");
}

#[test]
fn no_file_is_too_long_to_read() {
    let mut lengths: Vec<(usize, PathBuf)> = sources().into_iter().map(|(path, text)| (text.lines().count(), path)).collect();
    lengths.sort();
    let (median, _) = &lengths[lengths.len() / 2];
    println!("{} files, median {median} lines", lengths.len());
    let long: Vec<_> = lengths.iter().filter(|(lines, _)| *lines > LONGEST).collect();
    assert!(long.is_empty(), "over {LONGEST} lines: {long:?}");
}

#[test]
fn every_reason_and_endpoint_is_in_the_wire_reference() {
    let wire = page("docs/wire.md");
    let reasons = authbench::denial::Reason::ALL.iter().map(|reason| reason.as_str());
    let paths = [
        authbench::wire::HELLO_PATH,
        authbench::wire::TOKEN_PATH,
        authbench::wire::REVOCATION_PATH,
        authbench::wire::INTROSPECTION_PATH,
        authbench::wire::JWKS_PATH,
        authbench::wire::METADATA_PATH,
        authbench::wire::OPENID_PATH,
        authbench::wire::METRICS_PATH,
        authbench::wire::API_KEY_HEADER,
        authbench::wire::REQUEST_ID_HEADER,
        authbench::wire::HANDSHAKES_REFUSED,
        authbench::wire::DECISIONS,
    ];
    let missing: Vec<_> = reasons.chain(paths).filter(|word| !wire.contains(&format!("`{word}"))).collect();
    assert!(missing.is_empty(), "docs/wire.md does not mention {missing:?}");
}

#[test]
fn the_configuration_reference_shows_the_file_that_config_init_writes() {
    let reference = page("docs/configuration.md");
    assert!(
        reference.contains(authbench::config::TEMPLATE),
        "docs/configuration.md does not hold src/config/template.toml as it is"
    );
}
