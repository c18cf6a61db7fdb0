//! What one decision costs, lock by lock, what refusing a wrong key costs, what verifying a token costs beside the bare check of
//! its signature, and what a revocation list and lists of networks cost by how many they name.
//!
//! Run with `cargo bench --bench decision`; a table goes to standard output. Method and figures: `docs/measuring.md`. No usual
//! harness: those read the wall clock and run one case to its end before the next, and on a shared machine both move the
//! result more than the code does. Here every case has its turn in every round, and what counts is CPU time of this thread.

#![expect(clippy::expect_used, reason = "a measurement that cannot be made ends at once, and says why")]

mod lists;
mod locks;
mod measure;
mod mint;
mod networks;
mod refusals;
mod tokens;

use std::env;

use measure::{Case, Effort};

fn main() {
    // `cargo test --all-targets` starts this too, without `--bench`: then it is only seen that every case works.
    let effort = if env::args().any(|argument| argument == "--bench") { Effort::Measured } else { Effort::Once };
    let state = tempfile::tempdir().expect("a temporary directory");
    let lab = locks::Lab::new(state.path());
    // A word on the command line picks cases: `cargo bench --bench decision -- remembered`.
    let wanted = env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let all = locks::cases(&lab).into_iter().chain(refusals::cases(&lab)).chain(tokens::cases(&lab)).chain(lists::cases());
    let all = all.chain(networks::cases(&lab));
    let cases: Vec<Case> = all.filter(|case| case.name.contains(&wanted) || case.group.contains(&wanted)).collect();
    measure::run(cases, effort);
    if effort == Effort::Measured && "list".contains(&wanted) {
        lists::read_and_print();
    }
}
