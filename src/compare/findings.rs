//! What a run found: plain data, versioned. Every report is a pure function of it.

use serde::{Deserialize, Serialize};

use crate::{
    mode::{Mode, Profile},
    words::words,
};

/// The version of this shape, raised when a reader of the old one would misread the new one.
pub const VERSION: u32 = 1;

/// All that one run found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// See [`VERSION`].
    pub version: u32,
    /// When the run began, RFC 3339.
    pub made: String,
    /// Where and with what it ran.
    pub machine: Machine,
    /// How it was asked to run.
    pub settings: Settings,
    /// The scenarios that were tried, in the order of the matrix.
    pub catalogue: Vec<Entry>,
    /// One per scenario, mode and profile.
    pub scenarios: Vec<Cell>,
    /// One per mode and connection shape.
    pub costs: Vec<Cost>,
    /// What did not happen, in sentences: an interrupted run, a skipped part.
    pub missing: Vec<String>,
}

/// The machine, for whoever reads the numbers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Machine {
    /// `authbench 0.1.0`.
    pub authbench: String,
    /// Operating system and kernel.
    pub system: String,
    /// The processor's own name.
    pub processor: String,
    /// How many processors this process may use.
    pub processors: usize,
}

/// What was asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settings {
    /// `quick` or `default`.
    pub depth: String,
    /// The columns.
    pub modes: Vec<Mode>,
}

/// One row of the matrix.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Step {
    /// The verb and its object, in words.
    pub did: String,
    /// The declared outcome, for steps that have one.
    pub expected: Option<String>,
    /// The observed outcome, for steps that have one.
    pub observed: Option<String>,
    /// The exchange: commands and their answers, request and response heads, handshake results, line by line.
    pub exchange: Vec<String>,
}

/// What one mode costs over one shape of connection.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cost {
    /// The mode; `open` is the baseline.
    pub mode: Mode,
    /// `fresh` (a connection per request) or `kept` (one connection, many requests).
    pub shape: String,
    /// The figures, by name: see `docs/measuring.md`.
    pub figures: Vec<Figure>,
}

/// One measured number with its method.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Figure {
    /// `first_call`, `p50`, `p99`, `server_cpu`, `wire_bytes`.
    pub name: String,
    /// The unit: `µs`, `bytes`.
    pub unit: String,
    /// The median over the repeats; absent when the number is void.
    pub value: Option<f64>,
    /// The lowest and the highest of the repeats.
    pub range: Option<(f64, f64)>,
    /// How many observations stand behind it.
    pub samples: u64,
    /// Why there is no number.
    pub void: Option<String>,
}
