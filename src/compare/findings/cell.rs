//! The matrix: its rows, its cells, and the exchange that proves each.

use serde::{Deserialize, Serialize};

use super::{Artefact, Probe};
use crate::{
    mode::{Mode, Profile},
    words::words,
};

/// One row of the matrix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Entry {
    /// The file's path below `scenarios/`, without `.toml`.
    pub id: String,
    /// The claim.
    pub title: String,
    /// The question in the words of the team that chooses.
    pub asks: String,
    /// The group of rows.
    pub group: String,
    /// What the team would like the deciding step to end with.
    pub want: Want,
    /// The modes in which the claim has a meaning.
    pub modes: Vec<Mode>,
    /// Why it has none in the others.
    pub why_not: Option<String>,
    /// The profiles in which it is tried.
    #[serde(default = "standard")]
    pub profiles: Vec<Profile>,
    /// What a thief has in it, where it is about that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artefact: Option<Artefact>,
}

/// Findings from before there were two.
fn standard() -> Vec<Profile> {
    vec![Profile::Standard]
}

words! {
    /// What the team would like to see.
    pub enum Want {
        /// The call should pass: it is a rightful one.
        Allowed = "allowed",
        /// The call should be stopped: it is an attack or an error.
        Refused = "refused",
    }
}

/// One cell of the matrix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Cell {
    /// The scenario.
    pub id: String,
    /// The column.
    pub mode: Mode,
    /// Whose habits the server had.
    pub profile: Profile,
    /// The outcome of the deciding step that the scenario declares for this mode.
    pub expected: String,
    /// The outcome that was observed.
    pub observed: String,
    /// How the two compare.
    pub verdict: Verdict,
    /// Why the verdict is not `as_expected`.
    pub because: Option<String>,
    /// Every step with the exchange that proves it. Secrets are shortened.
    pub proof: Vec<Step>,
    /// How long the cell took, in milliseconds.
    pub took_ms: u64,
    /// How many times it was tried; of several trials this is the first, or the first that did not end as declared.
    #[serde(default = "once")]
    pub times: u32,
}

/// Findings from before there were several.
fn once() -> u32 {
    1
}

words! {
    /// How what was observed compares with what was declared.
    pub enum Verdict {
        /// They agree, in every step.
        AsExpected = "as_expected",
        /// They do not.
        Differs = "differs",
        /// It could not be tried here.
        Skipped = "skipped",
    }
}

/// One step of a scenario as it happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Step {
    /// The verb and its object, in words.
    pub did: String,
    /// The declared outcome, for steps that have one.
    pub expected: Option<String>,
    /// The observed outcome, for steps that have one.
    pub observed: Option<String>,
    /// The exchange: commands and their answers, request and response heads, handshake results, line by line. Of several variants
    /// that of the first, and of the first that ended differently.
    pub exchange: Vec<String>,
    /// How each variant of the step ended; empty when it happened once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Tried>,
    /// What a thief tries in it, where it is about that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
}

/// One variant of a step as it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Tried {
    /// What was different about it, as the scenario writes it.
    pub variant: String,
    /// How it ended.
    pub observed: String,
}
