//! A whole comparison: the scenarios first, then the efforts, the drills and the costs, never beside each other.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use super::{
    cost::{self, Measured, Plan},
    drill::{self, Drilled},
    effort::{self, Done},
    findings::{Cell, Claim, Depth, Findings, Settings, VERSION},
    machine,
    runner::{self, Columns},
    scenario::Scenario,
    sweep,
};
use crate::clock;

/// What is to be found out.
#[derive(Debug)]
pub struct Wanted {
    /// How much that is.
    pub depth: Depth,
    /// The columns.
    pub columns: Columns,
    /// The rows.
    pub scenarios: Vec<Scenario>,
    /// What the article claims, and which of them try it.
    pub claims: Vec<Claim>,
    /// How much is operated; nothing when no efforts are wanted.
    pub efforts: Option<effort::Plan>,
    /// How much is drilled; nothing when no drills are wanted.
    pub drills: Option<drill::Plan>,
    /// How much is measured; nothing when no costs are wanted.
    pub costs: Option<Plan>,
    /// How much of the growth of costs is measured; nothing when that is not wanted.
    pub sweeps: Option<sweep::Plan>,
}

/// Who watches a run.
pub trait Watch: Clone + Send + 'static {
    /// A cell is done.
    fn tried(&self, cell: &Cell);
    /// The tasks of an operator begin; they have so many steps at most.
    fn operating(&self, steps: u64);
    /// One step is over.
    fn operated(&self);
    /// The drills begin; they have so many rounds.
    fn drilling(&self, rounds: u64);
    /// One round is over.
    fn drilled(&self);
    /// The measurement begins; it has so many steps.
    fn measuring(&self, steps: u64);
    /// One step of the measurement is done.
    fn measured(&self);
    /// The sweeps begin; they have so many rounds.
    fn sweeping(&self, rounds: u64);
    /// One round of a sweep is done.
    fn swept(&self);
}

/// What came of a run.
#[derive(Debug)]
pub struct Found {
    /// All that was found, also when the run ended early.
    pub findings: Findings,
    /// Why something that was wanted is missing.
    pub trouble: Option<String>,
}

/// Runs until everything is found or `interrupted` is ready; no child is left behind in either case.
pub async fn run(wanted: &Wanted, watch: &impl Watch, interrupted: impl Future<Output = ()>) -> Found {
    let mut found = Found { findings: nothing(wanted), trouble: None };
    let mut interrupted = std::pin::pin!(interrupted);
    if try_all(wanted, watch, interrupted.as_mut(), &mut found).await
        && operate(wanted, watch, interrupted.as_mut(), &mut found).await
        && drill_all(wanted, watch, interrupted.as_mut(), &mut found).await
        && measure(wanted, watch, interrupted.as_mut(), &mut found).await
    {
        sweep_all(wanted, watch, interrupted, &mut found).await;
    }
    if cfg!(debug_assertions) && (found.findings.load.is_some() || !found.findings.sweeps.is_empty()) {
        found.findings.missing.push("This is a debug build: the costs are not those of a release build.".into());
    }
    found
}

fn nothing(wanted: &Wanted) -> Findings {
    Findings {
        version: VERSION,
        made: clock::rfc3339(clock::from_seconds(clock::seconds(clock::now()))),
        machine: machine::here(),
        settings: Settings { depth: wanted.depth, modes: wanted.columns.modes.clone() },
        catalogue: wanted.scenarios.iter().map(Scenario::entry).collect(),
        scenarios: Vec::new(),
        claims: wanted.claims.clone(),
        efforts: Vec::new(),
        drills: Vec::new(),
        rotations: Vec::new(),
        noisy: Vec::new(),
        renewal: None,
        outages: Vec::new(),
        costs: Vec::new(),
        break_even: Vec::new(),
        load: None,
        sweeps: Vec::new(),
        missing: Vec::new(),
    }
}

/// Tries the scenarios; false when that was interrupted.
async fn try_all<I>(wanted: &Wanted, watch: &impl Watch, interrupted: Pin<&mut I>, found: &mut Found) -> bool
where
    I: Future<Output = ()>,
{
    let mut done: Vec<Cell> = Vec::new();
    let running = runner::run(&wanted.scenarios, &wanted.columns, |cell| {
        watch.tried(cell);
        done.push(cell.clone());
    });
    let whole = tokio::select! {
        // Asked first: from then on a signal is heard, before there is a child to leave behind.
        biased;
        () = interrupted => None,
        cells = running => Some(cells),
    };
    if let Some(cells) = whole {
        found.findings.scenarios = cells;
        return true;
    }
    let place = |cell: &Cell| wanted.scenarios.iter().position(|scenario| scenario.id == cell.id);
    done.sort_by_key(|cell| (place(cell), cell.profile, cell.mode));
    let all = runner::count(&wanted.scenarios, &wanted.columns);
    found.fail(format!("The run was interrupted: {} of {all} trials were made, and nothing was measured.", done.len()));
    found.findings.scenarios = done;
    false
}

/// Does what an operator has to do, and counts it; false when that was interrupted.
async fn operate<I>(wanted: &Wanted, watch: &impl Watch, interrupted: Pin<&mut I>, found: &mut Found) -> bool
where
    I: Future<Output = ()>,
{
    let Some(plan) = wanted.efforts else {
        found.findings.missing.push("What the locks take to run was not counted: only a part was asked for.".into());
        return true;
    };
    let modes = &wanted.columns.modes;
    watch.operating(effort::steps(modes, plan));
    let mut done = Done::default();
    let whole = tokio::select! {
        () = effort::measure(modes, plan, || watch.operated(), &mut done) => true,
        () = interrupted => false,
    };
    for trouble in done.troubles {
        found.fail(format!("Not every task was done: {trouble}."));
    }
    if !whole {
        found.fail("The run was interrupted: tasks are missing, and nothing was measured.".into());
    }
    found.findings.efforts = done.efforts;
    whole
}

/// Drills the locks; false when that was interrupted.
async fn drill_all<I>(wanted: &Wanted, watch: &impl Watch, interrupted: Pin<&mut I>, found: &mut Found) -> bool
where
    I: Future<Output = ()>,
{
    let Some(plan) = wanted.drills else {
        found.findings.missing.push("There were no drills: only a part was asked for.".into());
        return true;
    };
    let modes = &wanted.columns.modes;
    watch.drilling(drill::steps(modes, plan));
    let mut drilled = Drilled::default();
    let whole = tokio::select! {
        () = drill::drill(modes, plan, || watch.drilled(), &mut drilled) => true,
        () = interrupted => false,
    };
    let Drilled { drills, rotations, noisy, renewal, outages, troubles } = drilled;
    for trouble in troubles {
        found.fail(format!("Not everything was drilled: {trouble}."));
    }
    if !whole {
        found.fail("The drills were interrupted: some are missing, and nothing was measured.".into());
    }
    let findings = &mut found.findings;
    (findings.drills, findings.rotations, findings.noisy, findings.renewal) = (drills, rotations, noisy, renewal);
    findings.outages = outages;
    whole
}

/// Measures the costs; false when that was interrupted.
async fn measure<I>(wanted: &Wanted, watch: &impl Watch, interrupted: Pin<&mut I>, found: &mut Found) -> bool
where
    I: Future<Output = ()>,
{
    let Some(plan) = wanted.costs else {
        found.findings.missing.push("The costs were not measured: only a part was asked for.".into());
        return true;
    };
    let stop = Arc::new(AtomicBool::new(false));
    let (modes, told) = (&wanted.columns.modes, watch.clone());
    watch.measuring(cost::steps(modes, plan));
    let (whole, (measured, troubles)) = tokio::select! {
        done = cost::campaign(modes, plan, &stop, move || told.measured()) => (true, done),
        () = interrupted => (false, (Err("it was interrupted".into()), Vec::new())),
    };
    stop.store(true, Relaxed);
    for trouble in troubles {
        found.fail(format!("Something was amiss with the measured servers: {trouble}."));
    }
    match measured {
        Ok(Measured { costs, break_even, load }) => {
            found.findings.costs = costs;
            found.findings.break_even = break_even;
            found.findings.load = Some(load);
        }
        Err(why) => found.fail(format!("The costs were not measured: {why}.")),
    }
    whole
}

/// Measures how the costs grow. What was not asked for is not missed: that takes its time.
async fn sweep_all<I>(wanted: &Wanted, watch: &impl Watch, interrupted: Pin<&mut I>, found: &mut Found)
where
    I: Future<Output = ()>,
{
    let Some(plan) = wanted.sweeps else { return };
    let (modes, stop) = (&wanted.columns.modes, Arc::new(AtomicBool::new(false)));
    watch.sweeping(sweep::steps(modes, plan));
    let ticking = watch.clone();
    tokio::select! {
        sweeps = sweep::sweeps(modes, plan, &stop, move || ticking.swept()) => found.findings.sweeps = sweeps,
        () = interrupted => found.fail("How the costs grow was not measured: it was interrupted.".into()),
    }
    stop.store(true, Relaxed);
}

impl Found {
    fn fail(&mut self, why: String) {
        self.findings.missing.push(why.clone());
        self.trouble.get_or_insert(why);
    }
}
