//! Runs scenarios against freshly started servers, a few at a time, and hands each cell over as it is done.

use std::{
    collections::BTreeSet,
    net::{IpAddr, UdpSocket},
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use tokio::time::timeout;

use super::{
    findings::{Cell, Step, UNSEEN, Verdict},
    lab::Lab,
    scenario::{Outcome, Scenario, Verb},
};
use crate::mode::{Mode, Profile};

/// How many cells are tried at once: a cell waits most of its time, for processes, promises and ends of validity.
const AT_ONCE: usize = 4;
/// How long one cell may take, whatever happens in it.
const CELL_WITHIN: Duration = Duration::from_secs(60);

/// How many cells [`run`] will hand over.
pub fn count(scenarios: &[Scenario], modes: &[Mode]) -> usize {
    scenarios.iter().map(|scenario| columns(scenario, modes).count()).sum()
}

/// Tries every scenario in every mode in which it has meaning, each in a private place with a server of its own.
///
/// `finished` sees each cell when it is done; the result has them in the order of the matrix. Dropping the future ends every
/// child. What cannot be tried here is a cell too, with verdict `skipped`.
pub async fn run(scenarios: &[Scenario], modes: &[Mode], mut finished: impl FnMut(&Cell)) -> Vec<Cell> {
    let all = scenarios.iter().flat_map(|scenario| columns(scenario, modes).map(move |mode| (scenario, mode)));
    let mut places: Vec<_> = all.enumerate().collect();
    // The cells that wait for time to pass go first, so that nothing waits for them in the end.
    places.sort_by_key(|(_, (scenario, _))| !scenario.waits());
    let mut running = stream::iter(places)
        .map(|(place, (scenario, mode))| async move { (place, cell(scenario, mode).await) })
        .buffer_unordered(AT_ONCE);
    let mut cells = Vec::new();
    while let Some((place, cell)) = running.next().await {
        finished(&cell);
        cells.push((place, cell));
    }
    cells.sort_by_key(|(place, _)| *place);
    cells.into_iter().map(|(_, cell)| cell).collect()
}

fn columns(scenario: &Scenario, modes: &[Mode]) -> impl Iterator<Item = Mode> {
    let wanted: BTreeSet<Mode> = modes.iter().copied().collect();
    scenario.modes.iter().copied().filter(move |mode| wanted.contains(mode))
}

/// One scenario in one mode.
async fn cell(scenario: &Scenario, mode: Mode) -> Cell {
    let begun = Instant::now();
    let mut cell = Cell {
        id: scenario.id.clone(),
        mode,
        profile: Profile::Standard,
        expected: scenario.expected(mode).map(|outcome| outcome.to_string()).unwrap_or_default(),
        observed: UNSEEN.to_owned(),
        verdict: Verdict::AsExpected,
        because: None,
        proof: Vec::new(),
        took_ms: 0,
    };
    match missing_address(scenario) {
        Some(address) => {
            cell.verdict = Verdict::Skipped;
            cell.because = Some(format!("{address} is no address of this machine, so nobody can call from there"));
        }
        None => match timeout(CELL_WITHIN, happen(scenario, mode, &mut cell)).await {
            Ok(Ok(())) => {}
            Ok(Err(trouble)) => differs(&mut cell, trouble),
            Err(_) => differs(&mut cell, format!("it was not over within {CELL_WITHIN:?}")),
        },
    }
    cell.took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    cell
}

async fn happen(scenario: &Scenario, mode: Mode, cell: &mut Cell) -> Result<(), String> {
    let mut lab = Lab::open(scenario, mode).await?;
    for (index, step) in scenario.steps.iter().enumerate() {
        let did = lab.perform(&step.verb).await;
        let observed = did.as_ref().ok().cloned().flatten();
        let expected = step.expect.as_ref().and_then(|expect| expect.in_mode(mode));
        cell.proof.push(Step {
            did: step.verb.to_string(),
            expected: expected.as_ref().map(ToString::to_string),
            observed: observed.as_ref().map(ToString::to_string),
            exchange: lab.exchange(),
        });
        did.map_err(|trouble| format!("step {}: {}: {trouble}", index + 1, step.verb))?;
        compare(cell, scenario, index, expected.as_ref(), observed.as_ref());
    }
    lab.close().await
}

fn compare(cell: &mut Cell, scenario: &Scenario, index: usize, expected: Option<&Outcome>, observed: Option<&Outcome>) {
    let (Some(expected), Some(observed)) = (expected, observed) else { return };
    if index == scenario.deciding {
        cell.observed = observed.to_string();
    }
    if expected != observed {
        let verb = &scenario.steps[index].verb;
        differs(cell, format!("step {}: {verb}: expected {expected}, observed {observed}", index + 1));
    }
}

/// The first difference is the one to look at.
fn differs(cell: &mut Cell, because: String) {
    cell.verdict = Verdict::Differs;
    cell.because.get_or_insert(because);
}

/// An address that a step calls from and that this machine does not have: some systems have one loopback address only.
fn missing_address(scenario: &Scenario) -> Option<IpAddr> {
    let addresses = scenario.steps.iter().filter_map(|step| if let Verb::Call(call) = &step.verb { call.from } else { None });
    addresses.into_iter().find(|address| UdpSocket::bind((*address, 0)).is_err())
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
        let cells = run(&[scenario("192.0.2.1", "\"jwt\", \"open\"")], Mode::ALL, |_| seen += 1).await;
        assert_eq!((seen, cells.len(), cells[0].mode, cells[0].verdict), (2, 2, Mode::Open, Verdict::Skipped));
        assert!(cells[0].because.as_deref().unwrap().starts_with("192.0.2.1 is no address of this machine"));
    }

    #[test]
    fn only_modes_in_which_a_scenario_has_meaning_are_counted() {
        let both = [scenario("127.0.0.1", "\"jwt\""), scenario("127.0.0.1", "\"mtls\", \"open\"")];
        assert_eq!(count(&both, Mode::ALL), 3);
        assert_eq!(count(&both, &[Mode::Open, Mode::Open]), 1);
    }
}
