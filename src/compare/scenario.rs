//! A scenario: one claim, in verbs that mean the same in every mode, with the honest outcome of each mode.

mod ask;
mod attack;
pub mod blanks;
mod call;
pub mod catalogue;
mod certificate;
mod check;
pub mod claims;
mod each;
mod expect;
mod forge;
mod known;
mod outcome;
mod place;
mod step;
#[cfg(test)]
mod tests;
mod written;

pub use ask::{Ask, Authentication, Endpoint};
pub use attack::{Impostor, Loot, SignedBy, Steal, Tamper};
pub use call::{Call, Field, On, Protocol, TlsVersion};
pub use certificate::{Chain, Purpose};
pub use expect::Expect;
pub use forge::{Flaw, Forge, Minter, Shape, Signature};
pub use outcome::{Outcome, TokenError};
pub use step::{Expire, Flood, Named, Provision, Rotate, Step, Variant, Verb};

use serde::Deserialize;

use super::findings::{Artefact, Entry, Want};
use crate::{
    document::{Document, Fault},
    mode::{Mode, Profile},
    words::words,
};

/// Where the format is described, for remedies.
pub const REFERENCE: &str = "docs/scenarios.md";

/// The caller of which no step needs to speak first: it presents nothing.
pub const NOBODY: &str = "nobody";

words! {
    /// The group of rows that a scenario belongs to, in the order of the matrix.
    pub enum Group {
        /// Who are you?
        Proof = "proof",
        /// From when until when is a credential good, and who can end it?
        Lifetime = "lifetime",
        /// What is a stolen thing worth?
        Theft = "theft",
        /// Can one be made without the right to?
        Forgery = "forgery",
        /// What when somebody takes too much, or comes from the wrong place?
        Abuse = "abuse",
        /// What when we rotate, restart, crash?
        Operation = "operation",
        /// What do we see of it?
        Visibility = "visibility",
    }
}

/// One file of `scenarios/`, read and checked.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The file's path below `scenarios/`, without `.toml`.
    pub id: String,
    /// The claim.
    pub title: String,
    /// The question, in the words of a team that chooses.
    pub asks: String,
    /// The group of rows.
    pub group: Group,
    /// What the team would like the deciding step to end with.
    pub want: Want,
    /// The columns in which it has meaning; never empty.
    pub modes: Vec<Mode>,
    /// Why the other modes are left out.
    pub why_not: Option<String>,
    /// The profiles in which it is tried; never empty.
    pub profiles: Vec<Profile>,
    /// The claims of the article that it tries.
    pub claims: Vec<claims::Tie>,
    /// What a thief has in it, where it is about that.
    pub artefact: Option<Artefact>,
    /// Whether the client CA has an issuing CA below it (`mtls`).
    pub issuing_ca: bool,
    /// A fragment of `authbench.toml` for the server.
    pub server: toml::Table,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// The step that the cell stands for; it has an `expect`.
    pub deciding: usize,
    /// The text as it is written.
    pub text: String,
}

impl Scenario {
    /// Reads and checks the text of a scenario. `file` is what faults name.
    ///
    /// # Errors
    /// The first fault, with line, key and remedy.
    pub fn parse(id: &str, file: &str, text: &str) -> Result<Self, Fault> {
        let document = Document::new(file, text);
        let written: written::Written = document.parse(REFERENCE)?;
        let modes = check::modes(&document, &written)?;
        let profiles = check::profiles(&document, &written)?;
        claims::check(&document, written.claims.as_ref(), &modes)?;
        let raw: Raw = document.parse(REFERENCE)?;
        let steps = check::steps(&document, written.step, &raw.step, &places(&profiles, &modes))?;
        let deciding = check::deciding(&document, &steps, &places(&profiles, &modes))?;
        check::probes(&document, written.artefact.as_ref(), &steps)?;
        Ok(Self {
            id: id.to_owned(),
            title: written.title,
            asks: written.asks,
            group: written.group,
            want: written.want,
            modes,
            why_not: written.why_not,
            profiles,
            claims: written.claims.map(toml::Spanned::into_inner).unwrap_or_default(),
            artefact: written.artefact.map(toml::Spanned::into_inner),
            issuing_ca: written.issuing_ca,
            server: written.server,
            steps: steps.into_iter().map(|step| step.step).collect(),
            deciding,
            text: text.to_owned(),
        })
    }

    /// The row of the matrix.
    pub fn entry(&self) -> Entry {
        Entry {
            id: self.id.clone(),
            title: self.title.clone(),
            asks: self.asks.clone(),
            group: self.group.to_string(),
            want: self.want,
            modes: self.modes.clone(),
            why_not: self.why_not.clone(),
            profiles: self.profiles.clone(),
            artefact: self.artefact,
        }
    }

    /// Where it happens: profile by profile, and in each mode by mode.
    pub fn places(&self) -> Vec<(Profile, Mode)> {
        places(&self.profiles, &self.modes)
    }

    /// What the deciding step is declared to end with in a mode of a profile.
    pub fn expected(&self, mode: Mode, profile: Profile) -> Option<Outcome> {
        self.steps.get(self.deciding)?.expect.as_ref()?.outcome(mode, profile)
    }

    /// Whether it waits for time to pass.
    pub fn waits(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.verb, Verb::Expire(_)))
    }

    /// Whether a step needs a second issuer that the server trusts (in `jwt`).
    pub(super) fn needs_trusted_issuer(&self) -> bool {
        self.steps.iter().any(|step| matches!(&step.verb, Verb::Forge(forge) if forge.by == Minter::Trusted))
    }
}

/// The steps once more, without a type: what variants are laid over.
#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    step: Vec<toml::Table>,
}

fn places(profiles: &[Profile], modes: &[Mode]) -> Vec<(Profile, Mode)> {
    profiles.iter().flat_map(|profile| modes.iter().map(|mode| (*profile, *mode))).collect()
}
