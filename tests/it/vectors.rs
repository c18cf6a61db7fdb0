//! Public test vectors through the one seam of token verification. They are read in place, from the directory that
//! `AUTHBENCH_VECTORS` names; nothing of them is copied here. What is expected of each is what its file says.

mod chains;
mod cookbook;
mod json_texts;
mod limbo;
mod limits;
mod pkits;
mod wycheproof;

use std::{collections::BTreeMap, env, path::PathBuf};

/// The directory of that name among the vectors. `None`, with a word about it, when nobody has named the vectors.
pub(crate) fn vectors(name: &str) -> Option<PathBuf> {
    let Some(root) = env::var_os("AUTHBENCH_VECTORS") else {
        println!("skipped: needs AUTHBENCH_VECTORS");
        return None;
    };
    Some(PathBuf::from(root).join(name))
}

/// What came of the vectors of one file.
#[derive(Debug, Default)]
struct Tally {
    run: usize,
    accepted: Vec<String>,
    /// The refused that should not be, below the limit of ours that explains it; the empty text when none does.
    refused: BTreeMap<String, Vec<String>>,
}

impl Tally {
    /// Counts one vector; `limit` is the stated limit of ours that keeps a valid one out.
    fn count(&mut self, name: &str, valid: bool, outcome: Result<(), String>, limit: Option<&str>) {
        self.run += 1;
        match (valid, outcome) {
            (true, Ok(())) | (false, Err(_)) => {}
            (false, Ok(())) => self.accepted.push(name.to_owned()),
            (true, Err(why)) => {
                self.refused.entry(limit.unwrap_or_default().to_owned()).or_default().push(format!("{name}: {why}"));
            }
        }
    }

    /// Prints the counts and fails unless nothing was wrongly accepted, and nothing refused without a stated limit.
    fn judge(&self, file: &str) {
        let refused: usize = self.refused.values().map(Vec::len).sum();
        let (run, accepted) = (self.run, self.accepted.len());
        let right = run - accepted - refused;
        println!("{file}: {run} run, {right} right, {accepted} wrongly accepted, {refused} wrongly refused");
        for (limit, vectors) in &self.refused {
            for vector in vectors {
                println!("  refused ({limit}) {vector}");
            }
        }
        assert!(run > 0, "{file} holds no vectors");
        assert!(self.accepted.is_empty(), "{file}: wrongly accepted: {:#?}", self.accepted);
        assert!(!self.refused.contains_key(""), "{file}: refused without a stated limit: {:#?}", self.refused[""]);
    }
}
