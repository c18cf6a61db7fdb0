//! What a build that can be broken has in the place of certainty: one look at the environment.

use std::{env, sync::LazyLock};

use super::{Guard, WITHOUT};

static GONE: LazyLock<Option<Guard>> = LazyLock::new(|| gone().ok().flatten());

fn gone() -> Result<Option<Guard>, String> {
    env::var(WITHOUT).ok().map(|word| word.parse()).transpose()
}

impl Guard {
    /// Whether it has not been taken away.
    pub fn stands(self) -> bool {
        *GONE != Some(self)
    }
}

/// What everybody must know who starts such a build.
///
/// # Errors
/// When the environment names a check that there is not.
pub fn warning() -> Result<Option<String>, String> {
    let gone = gone().map_err(|why| format!("{WITHOUT}: {why}"))?;
    Ok(Some(match gone {
        Some(guard) => format!("BROKEN ON PURPOSE: this server goes without the check `{guard}`"),
        None => format!("A build that {WITHOUT} breaks on purpose: good for nothing but testing the tests"),
    }))
}
