//! `compare`: try every scenario, measure every mode, write the report.

use std::{path::Path, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::{
    output,
    report::{draw, needs, show},
};
use crate::{
    cli::{self, Common},
    compare::{
        cost, drill, effort,
        findings::{Cell, Depth, Findings, Verdict},
        report::Reader,
        run::{Found, Wanted, Watch, run as compare},
        runner::{self, Columns},
        scenario::{Scenario, catalogue, claims::claims},
        sweep,
    },
    exit::Failure,
    files::{self, Readers},
    mode::{Mode, Profile},
};

/// The words for `--only` that stand for another part instead of a group of scenarios.
const EFFORT: &str = "effort";
const DRILLS: &str = "drills";
const COST: &str = "cost";
/// The word that stands for the growth of costs, which is otherwise measured by `--thorough` only.
const SWEEPS: &str = "sweeps";

/// Compares, writes `findings.json`, `report.md`, `index.html` and `junit.xml`, prints the table.
///
/// # Errors
/// Exit 1 when a trial or a drill did not end as declared, 2 for an unknown group or wrong needs, 3 when the run was interrupted, something could not be
/// measured, or the files cannot be written.
pub fn run(common: &Common, command: &cli::Compare) -> Result<(), Failure> {
    let wanted = wanted(command)?;
    let needs = needs(command.needs.as_deref())?;
    let reader = Reader { needs: needs.as_ref(), ..Reader::default() };
    let file = command.out.join("findings.json");
    // Found out now rather than after the run.
    std::fs::create_dir_all(&command.out)
        .map_err(|error| Failure::environment(format!("cannot create {}: {error}", command.out.display())))
        .map_err(|failure| failure.remedy("name another directory with --out"))?;
    let Found { findings, trouble } = found(&wanted)?;
    let text = findings.to_json().map_err(|error| Failure::environment(format!("cannot write the findings: {error}")))?;
    files::write(&file, &text, Readers::Everyone)?;
    let drawn = draw(&findings, reader, &command.out)?;
    if common.json {
        output::json(&json!({
            "findings": file, "report": drawn.record, "page": drawn.page, "junit": drawn.junit,
            "trials": findings.scenarios.len(), "differs": findings.differing(), "faults": findings.faults(), "missing": findings.missing,
        }))?;
    } else {
        show(common, &findings, reader, &drawn)?;
        output::line(&format!("data    {}", file.display()))?;
    }
    verdict(&findings, trouble, &file)
}

fn verdict(findings: &Findings, trouble: Option<String>, file: &Path) -> Result<(), Failure> {
    let differing: Vec<_> = findings.scenarios.iter().filter(|cell| cell.verdict == Verdict::Differs).collect();
    if let Some(first) = differing.first() {
        let what = format!("{} of {} trials did not end as declared", differing.len(), findings.scenarios.len());
        let look = format!("authbench scenario run {} --mode {} --profile {}", first.id, first.mode, first.profile);
        return Err(Failure::expectation(what).remedy(format!("look at the proof in {}, or try `{look}`", file.display())));
    }
    if let Some(first) = findings.faults().first() {
        return Err(Failure::expectation(format!("in the drills something did not go as declared: {first}"))
            .remedy("try it again on a quiet machine: `authbench compare --only drills`"));
    }
    trouble.map_or(Ok(()), |why| Err(Failure::environment(why).remedy("run it again")))
}

fn wanted(command: &cli::Compare) -> Result<Wanted, Failure> {
    let all = catalogue::built_in().map_err(|fault| Failure::usage(fault.to_string()))?;
    let modes: Vec<Mode> =
        Mode::ALL.iter().copied().filter(|mode| command.mode.is_empty() || command.mode.contains(mode)).collect();
    let depth = match (command.quick, command.thorough) {
        (true, _) => Depth::Quick,
        (false, true) => Depth::Thorough,
        (false, false) => Depth::Default,
    };
    let only = command.only.as_deref();
    let wants = |part: &str| only.is_none_or(|only| only == part);
    let swept = only.map_or(depth == Depth::Thorough, |only| only == SWEEPS);
    // A minute is enough for one profile.
    let profiles = if depth == Depth::Quick { vec![Profile::Standard] } else { Profile::ALL.to_vec() };
    let scenarios = chosen(all, only)?;
    Ok(Wanted {
        depth,
        columns: Columns { profiles, modes, times: if depth == Depth::Thorough { 3 } else { 1 } },
        claims: claims(&scenarios).map_err(|fault| Failure::usage(fault.to_string()))?,
        scenarios,
        efforts: wants(EFFORT).then(|| effort::Plan::of(depth)),
        drills: wants(DRILLS).then(|| drill::Plan::of(depth)),
        costs: wants(COST).then(|| cost::Plan::of(depth)),
        sweeps: swept.then(|| sweep::Plan::of(depth)),
    })
}

fn chosen(all: Vec<Scenario>, only: Option<&str>) -> Result<Vec<Scenario>, Failure> {
    let Some(only) = only else { return Ok(all) };
    let mut groups: Vec<String> = all.iter().map(|scenario| scenario.group.to_string()).collect();
    groups.dedup();
    if ![COST, DRILLS, EFFORT, SWEEPS].contains(&only) && !groups.iter().any(|group| group == only) {
        return Err(Failure::usage(format!("there is no group `{only}`")).remedy(format!(
            "write one of {}, or `{EFFORT}`, `{DRILLS}`, `{COST}` or `{SWEEPS}` for these alone",
            groups.join(", ")
        )));
    }
    Ok(all.into_iter().filter(|scenario| scenario.group.to_string() == only).collect())
}

fn found(wanted: &Wanted) -> Result<Found, Failure> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Failure::environment(format!("cannot start: {error}")))?;
    let progress = Progress::new(runner::count(&wanted.scenarios, &wanted.columns));
    let found = runtime.block_on(compare(wanted, &progress, interrupted()));
    progress.0.finish_and_clear();
    // What still waits for a child that was killed need not be waited for.
    runtime.shutdown_timeout(Duration::from_millis(500));
    Ok(found)
}

/// Ctrl-C, or SIGTERM where that exists.
async fn interrupted() {
    let key = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! { () = key => {}, _ = terminate.recv() => {} }
            return;
        }
    }
    key.await;
}

/// A bar on a terminal; nothing in a pipe.
#[derive(Debug, Clone)]
struct Progress(ProgressBar);

impl Progress {
    fn new(trials: usize) -> Self {
        let bar = ProgressBar::new(trials as u64).with_message("scenarios");
        if let Ok(style) = ProgressStyle::with_template("{elapsed:>4} {bar:32.cyan/dim} {pos:>3}/{len} {wide_msg}") {
            bar.set_style(style.progress_chars("━╸─"));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }
}

impl Watch for Progress {
    fn tried(&self, cell: &Cell) {
        self.0.set_message(format!("{} {}", cell.mode, cell.id));
        if cell.verdict == Verdict::Differs {
            self.0.println(format!("differs: {} {}: {}", cell.mode, cell.id, cell.because.as_deref().unwrap_or_default()));
        }
        self.0.inc(1);
    }

    fn operating(&self, steps: u64) {
        self.0.set_position(0);
        self.0.set_length(steps);
        self.0.set_message("the tasks of an operator, one lock after the other");
    }

    fn operated(&self) {
        self.0.inc(1);
    }

    fn drilling(&self, rounds: u64) {
        self.0.set_position(0);
        self.0.set_length(rounds);
        self.0.set_message("drills, one lock after the other");
    }

    fn drilled(&self) {
        self.0.inc(1);
    }

    fn measuring(&self, steps: u64) {
        // A bar that redraws itself would be measured too.
        self.0.disable_steady_tick();
        self.0.set_position(0);
        self.0.set_length(steps);
        self.0.set_message("costs, one mode after the other");
    }

    fn measured(&self) {
        self.0.inc(1);
    }

    fn sweeping(&self, rounds: u64) {
        self.measuring(rounds);
        self.0.set_message("how the costs grow");
    }

    fn swept(&self) {
        self.0.inc(1);
    }
}
