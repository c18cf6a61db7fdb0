//! What it takes to run each lock: one table a task, what was counted by modes.

use super::{
    answer::{capital, name},
    number::{count, digits},
    section::{Head, Row, Section, Sheet, Table, Value},
};
use crate::{
    compare::findings::{DeedKind, Effort, Findings, Side, Task, median},
    mode::Mode,
};

/// A number and more about it.
type Counted = fn(&Effort) -> (usize, String);

const SECRETS: &str = "secrets that had to travel";
/// The counted rows of each table.
const ROWS: &[(&str, Counted)] = &[
    ("commands of the operator", |effort| (effort.commands.len(), for_callers(effort))),
    (SECRETS, |effort| (effort.secrets(), handed(effort, true))),
    ("other things handed over", |effort| (effort.handed.len() - effort.secrets(), handed(effort, false))),
    ("steps of the callers", |effort| (effort.deeds.len(), deeds(effort))),
    ("files changed at the operator's", |effort| (effort.files_of(Side::Operator), String::new())),
    ("files changed at the callers'", |effort| (effort.files_of(Side::Caller), String::new())),
    ("restarts of the server", |effort| (effort.restarts as usize, String::new())),
];

/// The whole part; nothing when nothing was done.
pub(super) fn section(findings: &Findings) -> Option<Section> {
    let tables: Vec<Table> = Task::ALL.iter().filter_map(|task| table(findings, *task)).collect();
    (!tables.is_empty()).then(|| Section {
        anchor: "effort",
        title: "What it takes to run".into(),
        lead: vec![
            "Each task was done with real commands beside a real server, as the operations guide says; what is counted is what was done. The \
             caller called with what lay in its own directory and with nothing else."
                .into(),
        ],
        tables,
        notes: notes(findings),
        sheets: findings.efforts.iter().map(sheet).collect(),
        ..Section::default()
    })
}

/// A task in words: what is to be reached.
pub(super) fn title(task: Task) -> &'static str {
    match task {
        Task::Onboard => "Take a caller in",
        Task::OnboardOwnKey => "Take one in with its own key",
        Task::Rotate => "Replace a credential",
        Task::Revoke => "Turn a caller away",
        Task::RecoverFiles => "A caller's files were stolen",
        Task::RecoverMaker => "The key that makes them was stolen",
    }
}

/// The address of a task behind a lock within the page.
pub(super) fn anchor(task: Task, mode: Mode) -> String {
    format!("effort-{}-{mode}", task.as_str().replace('_', "-"))
}

/// What was done behind a lock, if it was.
pub(super) fn find(findings: &Findings, task: Task, mode: Mode) -> Option<&Effort> {
    findings.efforts.iter().find(|effort| effort.task == task && effort.mode == mode)
}

/// A row that is zero everywhere says nothing, but that no secret travels does.
fn table(findings: &Findings, task: Task) -> Option<Table> {
    let of: Vec<Option<&Effort>> = findings.settings.modes.iter().map(|mode| find(findings, task, *mode)).collect();
    let done: Vec<&Effort> = of.iter().copied().flatten().collect();
    let first = done.first()?;
    let callers = if first.callers == 1 { String::new() } else { format!(": {} callers", first.callers) };
    let heads = findings.settings.modes.iter().copied().map(Head::Mode).collect();
    let mut table = Table { caption: format!("{}{callers}", title(task)), head: (title(task).into(), heads), rows: Vec::new() };
    for (row, counted) in ROWS {
        if *row == SECRETS && !done.iter().all(|effort| effort.handed.is_empty())
            || done.iter().any(|effort| counted(effort).0 > 0)
        {
            table.rows.push(Row::of(*row, of.iter().map(|effort| value(*effort, *counted))));
        }
    }
    table.rows.push(Row::of("waiting time", of.iter().map(|effort| waited(*effort))));
    Some(table)
}

fn value(effort: Option<&Effort>, counted: Counted) -> Value {
    let Some(effort) = effort else { return Value::text("–") };
    let (number, small) = counted(effort);
    Value { text: number.to_string(), small, proof: Some(anchor(effort.task, effort.mode)), mark: None }
}

/// Median, and the longest where there are several.
fn waited(effort: Option<&Effort>) -> Value {
    let Some((effort, middle)) = effort.and_then(|effort| Some((effort, median(&effort.waited_ms)?))) else {
        return Value::text("–");
    };
    let longest = effort.waited_ms.iter().copied().fold(0.0, f64::max);
    let small = if effort.waited_ms.len() > 1 { format!("at most {} ms", digits(longest)) } else { String::new() };
    Value { text: format!("{} ms", digits(middle)), small, ..Value::default() }
}

fn for_callers(effort: &Effort) -> String {
    let all = effort.commands.len();
    match effort.for_callers as usize {
        one if effort.callers > 1 && one > 0 => format!("{} once, {one} for the callers", all - one),
        _ if effort.callers > 1 => "whatever the number of callers".into(),
        _ => String::new(),
    }
}

/// Each thing once, in the order in which it was handed over first.
fn handed(effort: &Effort, secret: bool) -> String {
    let of = effort.handed.iter().filter(|handed| handed.secret == secret).map(|handed| handed.what.as_str());
    each(of)
}

fn deeds(effort: &Effort) -> String {
    each(effort.deeds.iter().map(|deed| match deed.kind {
        DeedKind::Keeps => "keeps what it got",
        DeedKind::Makes => "makes a key",
        DeedKind::Asks => "asks for a token",
    }))
}

fn each<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut all: Vec<&str> = Vec::new();
    for word in words {
        if !all.contains(&word) {
            all.push(word);
        }
    }
    all.join(", ")
}

fn notes(findings: &Findings) -> Vec<String> {
    let rounds = findings.efforts.iter().map(|effort| effort.waited_ms.len()).max().unwrap_or(0);
    let restarts: u32 = findings.efforts.iter().map(|effort| effort.restarts).sum();
    let none = (restarts == 0).then(|| "No task needed a restart of the server.".to_owned());
    let waiting = format!(
        "Waiting time: from the first command until the caller was served with what is new and, where something was to end, who held \
         that was refused; median of {}. Commands and calls only: what people take to hand something over is not in it.",
        count(rounds, "round", "rounds")
    );
    let absent =
        "–: behind the open door nobody has a credential; an API key is a secret that both sides know, and no key makes it.";
    let has_absent = findings.settings.modes.iter().any(|mode| find(findings, Task::RecoverMaker, *mode).is_none());
    [Some(waiting), none, has_absent.then(|| absent.to_owned())].into_iter().flatten().collect()
}

/// What was typed and seen.
fn sheet(effort: &Effort) -> Sheet {
    let title = format!("{}: {}", capital(name(effort.mode)), title(effort.task));
    Sheet { anchor: anchor(effort.task, effort.mode), mode: effort.mode, title, steps: effort.proof.clone() }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Reader, html, markdown, sample},
        *,
    };

    fn told(findings: &Findings) -> String {
        let section = section(findings).unwrap();
        let line = |row: &Row| format!("{}: {}", row.title, row.values.iter().map(Value::line).collect::<Vec<_>>().join(" | "));
        let table =
            |table: &Table| format!("{}\n{}\n", table.caption, table.rows.iter().map(line).collect::<Vec<_>>().join("\n"));
        section.tables.iter().map(table).chain(section.notes.clone()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn every_task_is_told_by_what_was_counted() {
        insta::assert_snapshot!(told(&sample::operated()), @"
        Take a caller in
        commands of the operator: 0 | 1 | 1 | 1
        secrets that had to travel: 0 | 1 client secret | 1 private key | 1 API key
        other things handed over: 1 server's CA | 2 client id, server's CA | 2 certificate, server's CA | 1 server's CA
        steps of the callers: 1 keeps what it got | 2 keeps what it got, asks for a token | 1 keeps what it got | 1 keeps what it got
        files changed at the operator's: 1 | 1 | 1 | 1
        files changed at the callers': 1 | 1 | 1 | 1
        waiting time: 41.2 ms at most 55.0 ms | 41.2 ms at most 55.0 ms | 41.2 ms at most 55.0 ms | 41.2 ms at most 55.0 ms

        Take one in with its own key
        commands of the operator: – | – | 1 | –
        secrets that had to travel: – | – | 0 | –
        other things handed over: – | – | 2 certificate request, certificate | –
        steps of the callers: – | – | 2 makes a key, keeps what it got | –
        files changed at the operator's: – | – | 1 | –
        files changed at the callers': – | – | 1 | –
        waiting time: – | – | 41.2 ms at most 55.0 ms | –

        The key that makes them was stolen: 3 callers
        commands of the operator: – | 3 whatever the number of callers | 6 3 once, 3 for the callers | –
        secrets that had to travel: – | 0 | 3 private key | –
        other things handed over: – | 0 | 3 certificate | –
        steps of the callers: – | 3 asks for a token | 3 keeps what it got | –
        files changed at the operator's: – | 1 | 1 | –
        files changed at the callers': – | 1 | 1 | –
        waiting time: – | 41.2 ms at most 55.0 ms | 41.2 ms at most 55.0 ms | –

        Waiting time: from the first command until the caller was served with what is new and, where something was to end, who held that was refused; median of 3 rounds. Commands and calls only: what people take to hand something over is not in it.
        No task needed a restart of the server.
        –: behind the open door nobody has a credential; an API key is a secret that both sides know, and no key makes it.
        ");
    }

    #[test]
    fn every_count_opens_to_its_proof_and_nothing_done_is_no_part() {
        let findings = sample::operated();
        let page = html(&findings, Reader::default()).unwrap();
        for effort in &findings.efforts {
            let place = anchor(effort.task, effort.mode);
            assert!(page.contains(&format!("href=\"#{place}\"")) && page.contains(&format!("id=\"{place}\"")), "{place}");
        }
        assert!(page.contains("$ authbench cert issue &#60;partner&#62; --json"));
        assert!(markdown(&findings, Reader::default()).contains("## What it takes to run"));
        assert!(section(&sample::findings()).is_none());
    }
}
