//! Many calls at once: each caller makes its own one after the other, beside the others.

use std::{collections::BTreeMap, fmt::Write, net::Ipv4Addr, thread};

use super::{
    call::{Call, Caller},
    stage::Stage,
};

/// One call and what must come of it.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// What is tried, for people.
    pub(super) what: String,
    pub(super) caller: Caller,
    pub(super) call: Call,
    /// What the caller is told.
    pub(super) told: String,
    /// What the server records, as [`Stage::recorded`] has it; `None` where nothing of it reaches the server.
    pub(super) recorded: Option<String>,
}

/// Tries them all; fails with every cell that came out otherwise. The stage must be fresh: its counters are compared too.
pub(super) fn try_all(stage: &Stage, callers: &[Caller], cells: &[Cell]) {
    let told: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> = callers.iter().map(|caller| scope.spawn(|| calls(*caller, cells))).collect();
        running.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
    });
    let expected = told.iter().filter(|(cell, _)| cell.recorded.is_some()).count();
    let mut records: BTreeMap<Ipv4Addr, Vec<String>> = BTreeMap::new();
    for (address, record) in stage.recorded_when(expected) {
        records.entry(address).or_default().push(record);
    }
    let mut wrong = String::new();
    for (cell, told) in &told {
        let Cell { what, caller, call, told: due_told, recorded: due } = cell;
        let seen = records.remove(&call.from).map(|records| records.join(" and "));
        if told != due_told {
            let _ = writeln!(wrong, "{what}, {caller:?}, TLS {}: told {told}, not {due_told}", call.tls);
        }
        if seen != *due {
            let _ = writeln!(wrong, "{what}, {caller:?}, TLS {}: recorded {seen:?}, not {due:?}", call.tls);
        }
    }
    println!("{} calls", told.len());
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(records.is_empty(), "recorded of nobody who called: {records:?}");
    counted(stage, told.iter().filter_map(|(cell, _)| cell.recorded.as_deref()));
}

fn calls(caller: Caller, cells: &[Cell]) -> Vec<(&Cell, String)> {
    let Some(mut running) = caller.start() else { return Vec::new() };
    cells.iter().filter(|cell| cell.caller == caller).map(|cell| (cell, running.call(&cell.call))).collect()
}

/// The counters say the same as the records.
fn counted<'a>(stage: &Stage, recorded: impl Iterator<Item = &'a str>) {
    let mut due: BTreeMap<&str, u64> = BTreeMap::new();
    for record in recorded {
        if let Some(reason) = record.strip_prefix("TLS ").and_then(|rest| rest.split(' ').next()) {
            *due.entry(reason).or_default() += 1;
        }
    }
    let counted = authbench::denial::Reason::ALL.iter().map(|reason| (reason.as_str(), stage.refused(reason.as_str())));
    let counted: BTreeMap<_, _> = counted.filter(|(_, count)| *count > 0).collect();
    assert_eq!(counted, due);
}
