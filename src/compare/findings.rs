//! What a run found: plain data, versioned. Every report is a pure function of it.

mod break_even;
mod cell;
mod claim;
mod cost;
mod drill;
mod effort;
mod figure;
mod noisy;
mod outage;
mod radius;
mod rotation;
#[cfg(test)]
mod schema;
mod sweep;

use serde::{Deserialize, Serialize};

pub use self::{
    break_even::{Answer, BreakEven, Confirmed, Per},
    cell::{Cell, Entry, Step, Tried, Verdict, Want},
    claim::{Claim, Judged, Trial, decided, passed},
    cost::{Cost, Load, Shape},
    drill::{Drill, Event, Kind, Lasted, Renewal, median},
    effort::{Change, Deed, DeedKind, Effort, Handed, Side, Task, Touched},
    figure::{Figure, Measure, Over, Unit},
    noisy::Noisy,
    outage::{Ended, Failure, Gap, Outage},
    radius::{Artefact, Probe},
    rotation::{Replaced, Rotation},
    sweep::{Axis, Grown, Point, Quantity, Sweep},
};
use crate::{mode::Mode, words::words};

/// The version of this shape, raised when a reader of the old one would misread the new one.
pub const VERSION: u32 = 1;

/// The JSON Schema of this shape, as published.
pub const SCHEMA: &str = include_str!("../../docs/findings.schema.json");

/// The `observed` of a cell whose deciding step was not reached.
pub const UNSEEN: &str = "no outcome";

/// All that one run found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// The sentences of the article that claim something, in its order.
    #[serde(default)]
    pub claims: Vec<Claim>,
    /// One per task and lock in which it has a meaning.
    #[serde(default)]
    pub efforts: Vec<Effort>,
    /// One per event and lock.
    #[serde(default)]
    pub drills: Vec<Drill>,
    /// One per thing that was replaced and lock.
    #[serde(default)]
    pub rotations: Vec<Rotation>,
    /// One flood per lock.
    #[serde(default)]
    pub noisy: Vec<Noisy>,
    /// What renewing a certificate takes; absent when it was not tried.
    #[serde(default)]
    pub renewal: Option<Renewal>,
    /// One per failure and mode.
    #[serde(default)]
    pub outages: Vec<Outage>,
    /// One per mode and connection shape.
    pub costs: Vec<Cost>,
    /// One per pair of locks and thing that is paid for at the start.
    #[serde(default)]
    pub break_even: Vec<BreakEven>,
    /// How the costs were measured; absent when they were not.
    pub load: Option<Load>,
    /// How the costs grow with one thing that is different.
    #[serde(default)]
    pub sweeps: Vec<Sweep>,
    /// What did not happen, in sentences: an interrupted run, a skipped part.
    pub missing: Vec<String>,
}

/// The machine, for whoever reads the numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Settings {
    /// How much was asked for.
    pub depth: Depth,
    /// The columns.
    pub modes: Vec<Mode>,
}

words! {
    /// How much is tried and measured.
    pub enum Depth {
        /// Within a minute: one profile, the drills that matter most, a first measurement.
        Quick = "quick",
        /// Within three minutes: everything that a decision needs.
        Default = "default",
        /// Within twelve minutes: every scenario three times, distributions, and how the costs grow.
        Thorough = "thorough",
    }
}

/// Why a document is not findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// Not JSON, or not of this shape.
    Broken(String),
    /// Findings of another version.
    Version(u64),
}

impl Findings {
    /// Reads what [`Findings::to_json`] wrote.
    ///
    /// # Errors
    /// The document is broken, or of another version.
    pub fn from_json(text: &[u8]) -> Result<Self, Unreadable> {
        let document: serde_json::Value = serde_json::from_slice(text).map_err(|error| Unreadable::Broken(error.to_string()))?;
        match document.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version != u64::from(VERSION) => return Err(Unreadable::Version(version)),
            Some(_) => {}
            None => return Err(Unreadable::Broken("it has no `version`".into())),
        }
        // From the text again, so that the error knows its line.
        serde_json::from_slice(text).map_err(|error| Unreadable::Broken(error.to_string()))
    }

    /// The document, indented, with a line end.
    ///
    /// # Errors
    /// None in practice: every field has a JSON form.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        Ok(text)
    }

    /// How many trials did not end as declared.
    pub fn differing(&self) -> usize {
        self.scenarios.iter().filter(|cell| cell.verdict == Verdict::Differs).count()
    }

    /// What did not go as it must in the drills, in sentences.
    pub fn faults(&self) -> Vec<String> {
        self.drill_faults().into_iter().chain(self.outages.iter().flat_map(Outage::faults)).collect()
    }

    /// Those of them where nothing failed: credentials that ended or were replaced, and a flood.
    pub fn drill_faults(&self) -> Vec<String> {
        let drills = self.drills.iter().flat_map(Drill::faults);
        let rotations = self.rotations.iter().filter_map(Rotation::fault);
        drills.chain(rotations).chain(self.noisy.iter().filter_map(Noisy::fault)).collect()
    }
}

#[cfg(test)]
mod tests;
