//! Lists of networks, in the file or in files of their own: a fault names the line of the network.

use std::{fs::File, io::Read, path::Path};

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::{
    document::{Document, Fault},
    network::{Misfit, Networks},
};

/// The longest file of networks, in octets.
const LONGEST: u64 = 64 << 20;

/// Networks as written, each with its place.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NetworkList(Spanned<Vec<Spanned<String>>>);

impl NetworkList {
    /// A list that stands in no file.
    pub(super) fn of(texts: &[String]) -> Self {
        Self(Spanned::new(0..0, texts.iter().map(|text| Spanned::new(0..0, text.clone())).collect()))
    }

    /// The networks, canonical.
    ///
    /// # Errors
    /// What is wrong with the list, with the remedy.
    pub fn networks(&self) -> Result<Networks, Misfit> {
        let texts: Vec<_> = self.0.get_ref().iter().map(Spanned::get_ref).collect();
        Networks::parse(&texts)
    }

    /// The same for who has the document at hand.
    ///
    /// # Errors
    /// A fault in the line of the network.
    pub(super) fn read(&self, key: &str, document: &Document<'_>) -> Result<Networks, Fault> {
        self.networks().map_err(|Misfit { at, why, remedy }| {
            let wrong = at.and_then(|at| self.0.get_ref().get(at)).map_or(self.0.span(), Spanned::span);
            Fault { key: key.into(), ..document.fault(&wrong, why, remedy) }
        })
    }
}

/// Reads a file of networks, one a line; `#` begins a comment.
///
/// # Errors
/// A fault in a line of the file; without a line when the file as a whole cannot be used. `key` is where it is named.
pub(super) fn read_file(path: &Path, key: &str) -> Result<Networks, Fault> {
    let fault = |line: usize, message: String, remedy: &str| {
        let file = path.display().to_string();
        Fault { file, line, key: key.into(), message, remedy: remedy.into() }
    };
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_string(&mut text));
    read.map_err(|error| {
        fault(0, format!("cannot be read: {error}"), "name a file that exists, is readable and holds UTF-8 text")
    })?;
    if text.len() as u64 > LONGEST {
        return Err(fault(0, format!("is longer than {LONGEST} octets"), "write fewer networks; one may hold many others"));
    }
    let said = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    let (numbers, networks): (Vec<_>, Vec<_>) = (1..).zip(said).filter(|(_, network)| !network.is_empty()).unzip();
    Networks::parse(&networks).map_err(|Misfit { at, why, remedy }| match at.and_then(|at| numbers.get(at)) {
        Some(line) => fault(*line, why, &remedy),
        None if networks.is_empty() => {
            fault(0, why, "a file without networks was most likely cut short: write one a line, or take it out")
        }
        None => fault(0, why, &remedy),
    })
}
