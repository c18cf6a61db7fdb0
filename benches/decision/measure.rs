//! Turns, medians, and the table.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Rounds in which every case has one turn.
const ROUNDS: usize = 61;
/// How long a turn takes, roughly: long beside the clock's grain, short beside what else happens on the machine.
const TURN: Duration = Duration::from_millis(4);

/// Operations before anything is counted: more than there are tokens that take turns.
const WARM_UP: u32 = 256;

/// One thing that is measured, over and over.
pub(crate) struct Case {
    /// What it is compared within.
    pub(crate) group: &'static str,
    /// What it is.
    pub(crate) name: String,
    work: Box<dyn FnMut()>,
}

impl Case {
    /// `work` is one operation.
    pub(crate) fn new(group: &'static str, name: impl Into<String>, work: impl FnMut() + 'static) -> Self {
        Self { group, name: name.into(), work: Box::new(work) }
    }
}

/// Goes round in a list.
pub(crate) struct Round<T>(Vec<T>, usize);

impl<T> Round<T> {
    /// Begins somewhere.
    pub(crate) fn new(all: Vec<T>) -> Self {
        Self(all, 0)
    }

    /// The next one; after the last comes the first.
    pub(crate) fn next(&mut self) -> &T {
        self.1 = (self.1 + 1) % self.0.len();
        &self.0[self.1]
    }
}

/// How much is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Each case once, nothing printed.
    Once,
    /// All rounds, and the table.
    Measured,
}

/// CPU time of this thread.
fn spent() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}

/// CPU time for so many operations.
fn cost(case: &mut Case, operations: u32) -> Duration {
    let before = spent();
    for _ in 0..operations {
        (case.work)();
    }
    spent().saturating_sub(before)
}

/// Gives every case its turn in every round, nobody always first, and prints medians.
pub(crate) fn run(mut cases: Vec<Case>, effort: Effort) {
    if effort == Effort::Once {
        for case in &mut cases {
            (case.work)();
        }
        return;
    }
    let turns: Vec<u32> = cases.iter_mut().map(operations_in_a_turn).collect();
    let mut costs = vec![Vec::with_capacity(ROUNDS); cases.len()];
    for round in 0..ROUNDS {
        for place in 0..cases.len() {
            let at = (round + place) % cases.len();
            costs[at].push(cost(&mut cases[at], turns[at]).as_secs_f64() * 1e6 / f64::from(turns[at]));
        }
    }
    print(&cases, costs);
}

/// What is done for the first time costs more: a round of all that the case has is let pass before anything is counted.
fn operations_in_a_turn(case: &mut Case) -> u32 {
    cost(case, WARM_UP);
    let mut operations = 16;
    while cost(case, operations) < TURN / 2 {
        operations *= 2;
    }
    operations
}

#[expect(clippy::print_stdout, reason = "this program's only result")]
fn print(cases: &[Case], costs: Vec<Vec<f64>>) {
    println!("{} | {ROUNDS} rounds, turns of about {} ms | {}", processor(), TURN.as_millis(), std::env::consts::ARCH);
    let (mut group, mut first) = ("", 0.0);
    for (case, mut costs) in cases.iter().zip(costs) {
        costs.sort_unstable_by(f64::total_cmp);
        let tenth = |part: usize| costs[part * (costs.len() - 1) / 10];
        let median = tenth(5);
        if case.group != group {
            (group, first) = (case.group, median);
            println!("\n| {group} | µs CPU, median | 10 % – 90 % | over the first |\n|---|---|---|---|");
        }
        println!("| {} | {median:.2} | {:.2} – {:.2} | {:.2} |", case.name, tenth(1), tenth(9), median / first);
    }
}

fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    model.map_or_else(|| "unknown processor".to_owned(), |(_, name)| name.trim().to_owned())
}
