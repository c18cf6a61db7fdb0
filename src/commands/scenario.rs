//! `scenario list|show|run`: the claims as they are written, and whether they hold on this machine.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::output;
use crate::{
    cli::{Common, Scenario as Command},
    compare::{
        findings::{Cell, Verdict},
        runner::{self, Columns},
        scenario::{Scenario, catalogue},
    },
    document::Fault,
    exit::Failure,
    mode::{Mode, Profile},
};

/// Does what `scenario …` asks.
///
/// # Errors
/// Exit 1 when a cell differs, 2 for an unknown id or a broken file, 3 when the machine does not let it run.
pub fn run(common: &Common, command: &Command) -> Result<(), Failure> {
    match command {
        Command::List { scenarios } => list(common, &load(scenarios.as_deref())?),
        Command::Show { id, scenarios } => {
            let all = load(scenarios.as_deref())?;
            show(common, find(&all, id)?)
        }
        Command::Run { which, mode, profile, scenarios } => {
            let chosen = choose(which, scenarios.as_deref())?;
            let mut columns = Columns::default();
            if !mode.is_empty() {
                columns.modes.clone_from(mode);
            }
            if !profile.is_empty() {
                columns.profiles.clone_from(profile);
            }
            try_all(common, &chosen, &columns)
        }
    }
}

/// Runs `work` until it is done or somebody asks this process to end; dropping it ends every child.
///
/// # Errors
/// Exit 3 when there is no runtime, or the run was interrupted.
pub fn until_interrupted<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::environment(format!("cannot start: {error}")))?;
    runtime.block_on(async {
        tokio::select! {
            done = work => Ok(done),
            () = asked_to_end() => Err(Failure::environment("interrupted; every server that was started has been ended")),
        }
    })
}

#[cfg(unix)]
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! { _ = tokio::signal::ctrl_c() => {}, _ = terminate.recv() => {} }
        }
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(not(unix))]
async fn asked_to_end() {
    drop(tokio::signal::ctrl_c().await);
}

fn load(from: Option<&Path>) -> Result<Vec<Scenario>, Failure> {
    from.map_or_else(catalogue::built_in, catalogue::directory).map_err(|fault| broken(&fault))
}

fn broken(fault: &Fault) -> Failure {
    Failure::usage(fault.to_string())
}

fn find<'a>(all: &'a [Scenario], id: &str) -> Result<&'a Scenario, Failure> {
    all.iter().find(|scenario| scenario.id == id).ok_or_else(|| {
        Failure::usage(format!("there is no scenario `{id}`"))
            .remedy("`authbench scenario list` shows all ids; a file is named by its path, ending in .toml")
    })
}

/// The named scenarios, each an id or a file; without names all of them.
fn choose(which: &[String], from: Option<&Path>) -> Result<Vec<Scenario>, Failure> {
    if which.is_empty() {
        return load(from);
    }
    let is_file = |name: &str| Path::new(name).extension().is_some_and(|extension| extension == "toml");
    let all = if which.iter().all(|name| is_file(name)) { Vec::new() } else { load(from)? };
    let one = |name: &String| {
        if is_file(name) {
            let path = PathBuf::from(name);
            let id = path.with_extension("").display().to_string();
            return catalogue::file(&path, &id).map_err(|fault| broken(&fault));
        }
        find(&all, name).cloned()
    };
    which.iter().map(one).collect()
}

fn list(common: &Common, all: &[Scenario]) -> Result<(), Failure> {
    let modes = |scenario: &Scenario| scenario.modes.iter().map(ToString::to_string).collect::<Vec<_>>();
    if common.json {
        let row = |one: &Scenario| json!({"id": one.id, "group": one.group, "title": one.title, "asks": one.asks, "modes": modes(one), "profiles": one.profiles});
        return output::json(&all.iter().map(row).collect::<Vec<Value>>());
    }
    let row = |one: &Scenario| vec![one.group.to_string(), one.id.clone(), modes(one).join(" "), one.title.clone()];
    output::table(&["GROUP", "ID", "MODES", "CLAIM"], &all.iter().map(row).collect::<Vec<_>>())
}

fn show(common: &Common, one: &Scenario) -> Result<(), Failure> {
    if common.json {
        let mut expected: BTreeMap<Profile, BTreeMap<Mode, String>> = BTreeMap::new();
        for (profile, mode) in one.places() {
            let outcome = one.expected(mode, profile).map(|outcome| outcome.to_string());
            expected.entry(profile).or_default().insert(mode, outcome.unwrap_or_default());
        }
        output::json(&json!({
            "id": one.id, "group": one.group, "title": one.title, "asks": one.asks, "want": one.want,
            "why_not": one.why_not, "claims": one.claims, "expected": expected, "text": one.text,
        }))
    } else {
        output::line(one.text.trim_end())
    }
}

fn try_all(common: &Common, chosen: &[Scenario], columns: &Columns) -> Result<(), Failure> {
    if runner::count(chosen, columns) == 0 {
        let why = chosen.iter().find_map(|scenario| scenario.why_not.clone()).unwrap_or_default();
        return Err(Failure::usage(format!("nothing to run: no scenario has meaning in the chosen modes and profiles. {why}"))
            .remedy("choose another --mode or --profile, or none"));
    }
    let width = chosen.iter().map(|scenario| scenario.id.len()).max().unwrap_or_default();
    let mut told = Ok(());
    let print = |cell: &Cell| {
        if !common.json && told.is_ok() {
            told = tell(cell, width, common.verbose > 0);
        }
    };
    let cells = until_interrupted(runner::run(chosen, columns, print))?;
    told?;
    summarise(common, &cells)
}

fn tell(cell: &Cell, width: usize, verbose: bool) -> Result<(), Failure> {
    let Cell { id, expected, observed, .. } = cell;
    let place = place(cell);
    let mark = match cell.verdict {
        Verdict::AsExpected => "ok",
        Verdict::Differs => "differs",
        Verdict::Skipped => "skipped",
    };
    output::line(&format!("{mark:<8}{id:<width$}  {place:<7} expected {expected}, observed {observed}"))?;
    if let Some(because) = &cell.because {
        output::line(&format!("        {}", because.replace('\n', "\n        ")))?;
    }
    if verbose || cell.verdict == Verdict::Differs {
        for step in &cell.proof {
            output::line(&format!("        # {}", step.did))?;
            step.exchange.iter().try_for_each(|line| output::line(&format!("        {line}")))?;
            for tried in &step.variants {
                output::line(&format!("        - {}  {}", tried.observed, tried.variant))?;
            }
        }
    }
    Ok(())
}

/// The mode; with the profile, when it is not the usual one.
fn place(cell: &Cell) -> String {
    match cell.profile {
        Profile::Standard => cell.mode.to_string(),
        Profile::Aws => format!("{} (aws)", cell.mode),
    }
}

fn summarise(common: &Common, cells: &[Cell]) -> Result<(), Failure> {
    let count = |verdict| cells.iter().filter(|cell| cell.verdict == verdict).count();
    let (held, differ, skipped) = (count(Verdict::AsExpected), count(Verdict::Differs), count(Verdict::Skipped));
    if common.json {
        output::json(&json!({"cells": cells, "as_expected": held, "differs": differ, "skipped": skipped}))?;
    } else {
        output::line(&format!("{held} as expected, {differ} differing, {skipped} skipped"))?;
    }
    if differ > 0 {
        let which: Vec<String> = cells
            .iter()
            .filter(|cell| cell.verdict == Verdict::Differs)
            .map(|cell| format!("{} ({})", cell.id, place(cell)))
            .collect();
        return Err(Failure::expectation(format!("not as declared: {}", which.join(", ")))
            .remedy("the exchange of each is printed above; `authbench scenario show ID` prints what is declared"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_are_chosen_by_id_or_file() {
        let ids = |which: &[&str]| {
            let which: Vec<String> = which.iter().map(ToString::to_string).collect();
            choose(&which, None)
                .map(|all| all.into_iter().map(|one| one.id).collect::<Vec<_>>())
                .map_err(|error| error.to_string())
        };
        assert_eq!(ids(&["shared/expired"]).unwrap(), ["shared/expired"]);
        assert!(ids(&[]).unwrap().len() >= 16);
        let file = format!("{}/scenarios/shared/flood.toml", env!("CARGO_MANIFEST_DIR"));
        assert!(ids(&[&file]).unwrap()[0].ends_with("shared/flood"));
        insta::assert_snapshot!(ids(&["shared/expried"]).unwrap_err(), @"
        there is no scenario `shared/expried`
          mend: `authbench scenario list` shows all ids; a file is named by its path, ending in .toml
        ");
        assert!(ids(&["no/such.toml"]).unwrap_err().contains("no/such.toml: cannot be read"));
    }
}
