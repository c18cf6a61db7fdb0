//! What changed since an earlier run: the first part, when one was named.

use super::{
    costs,
    drills::{event_name, kind_name},
    html::anchor,
    mark::{Mark, outcome},
    number::{count, digits, with_unit},
    section::{Head, Row, Section, Table, Value},
};
use crate::{
    compare::{
        against::{Alone, Changes, Moved, Seen, Tolerance, Turned, What, changes},
        findings::{Cell, Entry, Findings, Verdict},
    },
    mode::Profile,
};

/// So many titles are named; of more, the rest is counted.
const NAMED: usize = 8;

/// The whole part, also when nothing changed.
pub(super) fn section(findings: &Findings, before: &Findings) -> Section {
    let changes = changes(before, findings);
    let tables = [outcomes(&changes), figures(&changes)];
    Section {
        anchor: "changes",
        title: format!("What changed since {}", moment(&before.made)),
        lead: vec![format!("Compared with the run of {}: {}", moment(&before.made), summary(&changes))],
        tables: tables.into_iter().flatten().collect(),
        notes: notes(&changes),
        ..Section::default()
    }
}

/// The date and the minute of an RFC 3339 time.
fn moment(made: &str) -> String {
    made.chars().take(16).collect::<String>().replace('T', " ")
}

fn summary(changes: &Changes<'_>) -> String {
    let turned = match changes.outcomes.len() {
        0 => "none".to_owned(),
        turned => turned.to_string(),
    };
    let trials = format!("of {} that both runs made, {turned} ended otherwise.", count(changes.shared, "trial", "trials"));
    let figures = match &changes.figures {
        Err(why) => format!(" Costs and times are not compared: {why}."),
        Ok(Tolerance { moved, within, void }) => {
            let all = moved.len() + within + void;
            let moved = match moved.len() {
                0 => "none".to_owned(),
                moved => moved.to_string(),
            };
            let void = match void {
                0 => String::new(),
                void => format!("; {void} cannot be judged, being void in one run or both, or a latency under another load"),
            };
            if all == 0 {
                String::new()
            } else {
                format!(" Of {}, {moved} left the interval of the other run{void}.", count(all, "figure", "figures"))
            }
        }
    };
    trials + &figures
}

fn before_and_now(caption: &str, first: &str, rows: Vec<Row>) -> Option<Table> {
    let head = (first.to_owned(), vec![Head::Text("before".into()), Head::Text("now".into())]);
    (!rows.is_empty()).then(|| Table { caption: caption.into(), head, rows })
}

fn outcomes(changes: &Changes<'_>) -> Option<Table> {
    let row = |Turned { entry, before, now }: &Turned<'_>| Row {
        title: format!("{}{}: {}", now.mode, if now.profile == Profile::Aws { ", aws" } else { "" }, entry.title),
        values: vec![
            Value { mark: Some(Mark::of(entry.want, before)), ..Value::text(ended(before)) },
            Value { mark: Some(Mark::of(entry.want, now)), proof: Some(anchor(now.profile, entry)), ..Value::text(ended(now)) },
        ],
        ..Row::default()
    };
    before_and_now("Trials that ended otherwise", "Trial", changes.outcomes.iter().map(row).collect())
}

fn ended(cell: &Cell) -> String {
    match (cell.verdict, outcome(&cell.observed)) {
        (Verdict::Skipped, _) => "not tried".into(),
        (_, (reason, true)) => format!("{reason} (tls)"),
        (_, (reason, false)) => reason.into(),
    }
}

fn figures(changes: &Changes<'_>) -> Option<Table> {
    let row = |Moved { mode, what, unit, before, now }: &Moved| {
        let told = |Seen { value, interval: (low, high) }: &Seen, times: &str| Value {
            small: format!("({} – {}){times}", with_unit(*low, *unit), with_unit(*high, *unit)),
            ..Value::text(with_unit(*value, *unit))
        };
        let times = if before.value > 0.0 { format!(" ×{}", digits(now.value / before.value)) } else { String::new() };
        Row::of(format!("{mode}: {}", title(*what)), [told(before, ""), told(now, &times)])
    };
    let moved = changes.figures.as_ref().ok()?.moved.iter().map(row).collect();
    before_and_now("Figures beyond the interval of the other run", "Figure, with its interval", moved)
}

fn title(what: What) -> String {
    match what {
        What::Cost(shape, measure) => costs::title(shape, measure),
        What::Lasted(event, kind) => format!("served after the end: {}, {}", event_name(event), kind_name(kind)),
    }
}

fn notes(changes: &Changes<'_>) -> Vec<String> {
    let faults = changes.new_faults.iter().map(|fault| format!("New in the drills: {fault}."));
    let gone = changes.gone_faults.iter().map(|fault| format!("Gone from the drills: {fault}."));
    let alone = [("Only in this run", &changes.only_now), ("Only in the earlier run", &changes.only_before)];
    let alone = alone.into_iter().filter_map(|(whose, alone)| told(whose, alone));
    let conditions = (!changes.conditions.is_empty()).then(|| format!("Made differently: {}.", changes.conditions.join("; ")));
    faults.chain(gone).chain(alone).chain(conditions).collect()
}

fn told(whose: &str, Alone { scenarios, cells }: &Alone<'_>) -> Option<String> {
    let named: Vec<_> = scenarios.iter().take(NAMED).map(|entry: &&Entry| format!("“{}”", entry.title)).collect();
    let more = scenarios.len().saturating_sub(NAMED);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let scenarios = (!scenarios.is_empty())
        .then(|| format!("{}: {}{more}", count(scenarios.len(), "scenario", "scenarios"), named.join(", ")));
    let cells = (*cells > 0).then(|| count(*cells, "trial of another lock or profile", "trials of other locks or profiles"));
    let parts: Vec<_> = scenarios.into_iter().chain(cells).collect();
    (!parts.is_empty()).then(|| format!("{whose}: {}.", parts.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    fn told(findings: &Findings, before: &Findings) -> String {
        let section = section(findings, before);
        let rows = section.tables.iter().flat_map(|table| &table.rows).map(|row| {
            let values: Vec<_> = row.values.iter().map(Value::line).collect();
            format!("{}: {}", row.title, values.join(" → "))
        });
        let lines: Vec<_> = [section.title].into_iter().chain(section.lead).chain(rows).chain(section.notes).collect();
        lines.join("\n")
    }

    #[test]
    fn nothing_changed_is_said() {
        insta::assert_snapshot!(told(&sample::findings(), &sample::findings()), @"
        What changed since 2026-11-23 14:30
        Compared with the run of 2026-11-23 14:30: of 77 trials that both runs made, none ended otherwise. Of 98 figures, none left the interval of the other run.
        ");
    }

    #[test]
    fn what_turned_moved_came_and_went_is_told() {
        let before = sample::earlier();
        insta::assert_snapshot!(told(&sample::findings(), &before), @"
        What changed since 2026-11-22 09:05
        Compared with the run of 2026-11-22 09:05: of 73 trials that both runs made, 2 ended otherwise. Of 98 figures, 1 left the interval of the other run.
        mtls: The credential has ended: ? not tried → ✓ expired (tls)
        apikey: A revoked credential on a connection that is open: ✗ allowed → ✓ revoked
        jwt: kept connection, server CPU: 82.0 µs (80.1 µs – 85.3 µs) → 52.1 µs (50.0 µs – 54.2 µs) ×0.64
        Only in this run: 1 scenario: “The server restarts between two calls”.
        Only in the earlier run: 1 scenario: “A scenario of former times”.
        Made differently: authbench: authbench 0.0.9 before, authbench 0.1.0 now.
        ");
        insta::assert_snapshot!(told(&sample::troubled(), &sample::both_profiles()), @"
        What changed since 2026-11-23 14:30
        Compared with the run of 2026-11-23 14:30: of 69 trials that both runs made, 2 ended otherwise. Of 98 figures, none left the interval of the other run; 28 cannot be judged, being void in one run or both, or a latency under another load.
        apikey: A revoked credential on a new connection: ✓ revoked → ! allowed
        jwt: The same, and the partner may call only from its own network: ✓ address_denied → ? not tried
        New in the drills: revoked, jwt: on kept connections a request was accepted 131.7 ms after; 100 ms are allowed.
        New in the drills: revoked, jwt: 2 of 640 requests of another caller were refused meanwhile.
        New in the drills: credential replaced, apikey: 3 of 2210 requests were not served, the first: answered 401 Unauthorized, on a kept connection.
        Only in the earlier run: 2 scenarios: “The server restarts between two calls”, “The server is killed right after a revocation”; 9 trials of other locks or profiles.
        ");
    }

    #[test]
    fn costs_of_another_machine_are_not_compared() {
        let mut before = sample::earlier();
        before.machine.processors = 64;
        insta::assert_snapshot!(told(&sample::findings(), &before), @"
        What changed since 2026-11-22 09:05
        Compared with the run of 2026-11-22 09:05: of 73 trials that both runs made, 2 ended otherwise. Costs and times are not compared: a machine of 64 × AMD EPYC before, a machine of 2 × AMD EPYC now.
        mtls: The credential has ended: ? not tried → ✓ expired (tls)
        apikey: A revoked credential on a connection that is open: ✗ allowed → ✓ revoked
        Only in this run: 1 scenario: “The server restarts between two calls”.
        Only in the earlier run: 1 scenario: “A scenario of former times”.
        Made differently: authbench: authbench 0.0.9 before, authbench 0.1.0 now.
        ");
    }
}
