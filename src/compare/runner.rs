//! Runs scenarios against freshly started servers, a few at a time, and hands each cell over as it is done.

use std::{
    net::{IpAddr, UdpSocket},
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use tokio::time::timeout;

use super::{
    findings::{Cell, Step, Tried, UNSEEN, Verdict},
    lab::{Ended, Lab},
    scenario::{Outcome, Scenario, Verb},
};
use crate::mode::{Mode, Profile};

/// How many cells are tried at once: a cell waits most of its time, for processes, promises and ends of validity.
const AT_ONCE: usize = 6;
/// How many cells beside them that wait for a credential to end, and take no processor meanwhile.
const WAITING_AT_ONCE: usize = 4;
/// How long one cell may take, whatever happens in it.
const CELL_WITHIN: Duration = Duration::from_secs(60);

/// What is wanted of the scenarios: these profiles, and in each these modes.
#[derive(Debug, Clone)]
pub struct Columns {
    /// Whose habits the servers have.
    pub profiles: Vec<Profile>,
    /// Behind which locks.
    pub modes: Vec<Mode>,
    /// How many times each cell, one after the other; every time must end as declared.
    pub times: u32,
}

impl Default for Columns {
    /// All of them, once.
    fn default() -> Self {
        Self { profiles: Profile::ALL.to_vec(), modes: Mode::ALL.to_vec(), times: 1 }
    }
}

impl Columns {
    /// Where a scenario is tried.
    fn of(&self, scenario: &Scenario) -> Vec<(Profile, Mode)> {
        let wanted = |(profile, mode): &(Profile, Mode)| self.profiles.contains(profile) && self.modes.contains(mode);
        scenario.places().into_iter().filter(wanted).collect()
    }
}

/// How many cells [`run`] will hand over.
pub fn count(scenarios: &[Scenario], columns: &Columns) -> usize {
    scenarios.iter().map(|scenario| columns.of(scenario).len()).sum()
}

/// Tries every scenario in every profile and mode in which it has meaning, each in a private place with a server of its own.
///
/// `finished` sees each cell when it is done; the result has them in the order of the matrix. Dropping the future ends every
/// child. What cannot be tried here is a cell too, with verdict `skipped`.
pub async fn run(scenarios: &[Scenario], columns: &Columns, mut finished: impl FnMut(&Cell)) -> Vec<Cell> {
    let all = scenarios.iter().flat_map(|scenario| columns.of(scenario).into_iter().map(move |place| (scenario, place)));
    let (waiting, others): (Vec<_>, Vec<_>) = all.enumerate().partition(|(_, (scenario, _))| scenario.waits());
    let trying =
        |(place, (scenario, (profile, mode)))| async move { (place, repeated(scenario, profile, mode, columns.times).await) };
    let waiting = stream::iter(waiting).map(trying).buffer_unordered(WAITING_AT_ONCE);
    let others = stream::iter(others).map(trying).buffer_unordered(AT_ONCE);
    let mut running = stream::select(waiting, others);
    let mut cells = Vec::new();
    while let Some((place, cell)) = running.next().await {
        finished(&cell);
        cells.push((place, cell));
    }
    cells.sort_by_key(|(place, _)| *place);
    cells.into_iter().map(|(_, cell)| cell).collect()
}

/// One scenario in one mode of one profile, so many times; the first that did not end as declared stands for all.
async fn repeated(scenario: &Scenario, profile: Profile, mode: Mode, times: u32) -> Cell {
    let mut first = cell(scenario, profile, mode).await;
    while first.times < times && first.verdict == Verdict::AsExpected {
        let again = cell(scenario, profile, mode).await;
        let tried = first.times + 1;
        if again.verdict != Verdict::AsExpected {
            first = again;
        }
        first.times = tried;
    }
    first
}

async fn cell(scenario: &Scenario, profile: Profile, mode: Mode) -> Cell {
    let begun = Instant::now();
    let mut cell = Cell {
        id: scenario.id.clone(),
        mode,
        profile,
        expected: scenario.expected(mode, profile).map(|outcome| outcome.to_string()).unwrap_or_default(),
        observed: UNSEEN.to_owned(),
        verdict: Verdict::AsExpected,
        because: None,
        proof: Vec::new(),
        took_ms: 0,
        times: 1,
    };
    match missing_address(scenario) {
        Some(address) => {
            cell.verdict = Verdict::Skipped;
            cell.because = Some(format!("{address} is no address of this machine, so nobody can call from there"));
        }
        None => match timeout(CELL_WITHIN, happen(scenario, profile, mode, &mut cell)).await {
            Ok(Ok(())) => {}
            Ok(Err(trouble)) => differs(&mut cell, trouble),
            Err(_) => differs(&mut cell, format!("it was not over within {CELL_WITHIN:?}")),
        },
    }
    cell.took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    cell
}

async fn happen(scenario: &Scenario, profile: Profile, mode: Mode, cell: &mut Cell) -> Result<(), String> {
    let mut lab = Lab::open(scenario, profile, mode).await?;
    for (index, step) in scenario.steps.iter().enumerate().filter(|(_, step)| step.happens((profile, mode))) {
        let did = lab.perform(step).await;
        let ended = did.as_deref().unwrap_or_default();
        let expected = step.expect.as_ref().and_then(|expect| expect.outcome(mode, profile));
        let shared = shared(ended, expected.as_ref());
        cell.proof.push(Step {
            did: step.verb.to_string(),
            expected: expected.as_ref().map(ToString::to_string),
            observed: shared.map(|ended| ended.outcome.to_string()),
            exchange: lab.exchange(),
            variants: ended.iter().filter(|ended| !ended.variant.is_empty()).map(tried).collect(),
            probe: step.probe,
        });
        compare(cell, scenario, index, expected.as_ref(), ended);
        did.map_err(|trouble| format!("step {}: {}: {trouble}", index + 1, step.verb))?;
    }
    lab.close().await
}

fn tried(ended: &Ended) -> Tried {
    Tried { variant: ended.variant.clone(), observed: ended.outcome.to_string() }
}

/// What stands for all variants: the first that did not end as expected, or else the first.
fn shared<'e>(ended: &'e [Ended], expected: Option<&Outcome>) -> Option<&'e Ended> {
    ended.iter().find(|one| expected.is_some_and(|expected| one.outcome != *expected)).or(ended.first())
}

fn compare(cell: &mut Cell, scenario: &Scenario, index: usize, expected: Option<&Outcome>, ended: &[Ended]) {
    let (Some(expected), Some(observed)) = (expected, shared(ended, expected)) else { return };
    if index == scenario.deciding {
        cell.observed = observed.outcome.to_string();
    }
    if *expected != observed.outcome {
        let verb = &scenario.steps[index].verb;
        let variant = if observed.variant.is_empty() { String::new() } else { format!(" with `{}`", observed.variant) };
        let others = ended.iter().filter(|one| one.outcome != *expected).count() - 1;
        let others = if others == 0 { String::new() } else { format!(", and {others} of {} more", ended.len()) };
        let observed = &observed.outcome;
        differs(cell, format!("step {}: {verb}{variant}: expected {expected}, observed {observed}{others}", index + 1));
    }
}

/// The first difference is the one to look at.
fn differs(cell: &mut Cell, because: String) {
    cell.verdict = Verdict::Differs;
    cell.because.get_or_insert(because);
}

/// An address that a step calls from and that this machine does not have: some systems have one loopback address only.
fn missing_address(scenario: &Scenario) -> Option<IpAddr> {
    let verbs = scenario.steps.iter().flat_map(|step| step.ways().into_iter().map(|(_, verb)| verb));
    let mut addresses = verbs.filter_map(|verb| if let Verb::Call(call) = verb { call.from } else { None });
    addresses.find(|address| UdpSocket::bind((*address, 0)).is_err())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(from: &str, modes: &str) -> Scenario {
        let text = format!(
            "title = \"t\"\nasks = \"a\"\ngroup = \"proof\"\nwant = \"refused\"\nmodes = [{modes}]\nwhy_not = \"w\"\n\
             [[step]]\ncall = {{ as = \"nobody\", from = \"{from}\" }}\nexpect = \"closed\"\n"
        );
        Scenario::parse("x", "x.toml", &text).unwrap()
    }

    #[tokio::test]
    async fn what_this_machine_cannot_do_is_skipped_with_the_reason() {
        // TEST-NET-1 (RFC 5737) is nobody's address.
        let mut seen = 0;
        let cells = run(&[scenario("192.0.2.1", "\"jwt\", \"open\"")], &Columns::default(), |_| seen += 1).await;
        assert_eq!((seen, cells.len(), cells[0].mode, cells[0].verdict), (2, 2, Mode::Open, Verdict::Skipped));
        assert!(cells[0].because.as_deref().unwrap().starts_with("192.0.2.1 is no address of this machine"));
    }

    #[test]
    fn only_modes_in_which_a_scenario_has_meaning_are_counted() {
        let both = [scenario("127.0.0.1", "\"jwt\""), scenario("127.0.0.1", "\"mtls\", \"open\"")];
        assert_eq!(count(&both, &Columns::default()), 3);
        assert_eq!(count(&both, &Columns { modes: vec![Mode::Open, Mode::Open], ..Columns::default() }), 1);
    }
}
