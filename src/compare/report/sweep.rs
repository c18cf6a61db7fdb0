//! How the costs grow: a table for each thing that was different.

use super::{
    number::{between, with_unit},
    section::{Head, Row, Section, Table, Value},
};
use crate::{
    compare::findings::{Axis, Findings, Grown, Point, Quantity, Sweep},
    mode::Mode,
};

/// The whole part; nothing when nothing was swept.
pub(super) fn section(findings: &Findings) -> Option<Section> {
    let all = &findings.sweeps;
    (!all.is_empty()).then(|| Section {
        anchor: "sweeps",
        title: "How the costs grow".into(),
        lead: vec![
            "In each table the servers differ in one thing. Every figure is the median of its turns, with the range in which the true value \
             lies with a confidence of 95 %; without a range it was taken once, or less than six times."
                .into(),
        ],
        tables: all.iter().filter(|sweep| !sweep.points.is_empty()).map(table).collect(),
        notes: all.iter().flat_map(notes).collect(),
        ..Section::default()
    })
}

/// A column for each point, a row for each thing that was measured.
fn table(sweep: &Sweep) -> Table {
    let head = sweep.points.iter().map(|point| Head::Text(at(point))).collect();
    let row = |quantity| Row::of(said(quantity), sweep.points.iter().map(|point| value(found(point, quantity))));
    Table { caption: caption(sweep), head: (axis(sweep).into(), head), rows: quantities(sweep).into_iter().map(row).collect() }
}

/// What was measured at any of its points, in the order of the vocabulary.
fn quantities(sweep: &Sweep) -> Vec<Quantity> {
    let measured = |quantity: &Quantity| sweep.points.iter().any(|point| found(point, *quantity).is_some());
    Quantity::ALL.iter().copied().filter(measured).collect()
}

fn found(point: &Point, quantity: Quantity) -> Option<&Grown> {
    point.figures.iter().find(|grown| grown.name == quantity)
}

fn value(grown: Option<&Grown>) -> Value {
    let Some(grown) = grown else { return Value::text("–") };
    let Some(value) = grown.value else { return Value::text("void") };
    let small = grown.interval.and_then(|interval| between(interval, grown.unit)).unwrap_or_default();
    Value { text: with_unit(value, grown.unit), small, ..Value::default() }
}

fn at(point: &Point) -> String {
    point.number.map_or_else(|| point.at.clone(), thousands)
}

/// `100,000`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let place = |index: usize| index > 0 && (digits.len() - index).is_multiple_of(3);
    digits.chars().enumerate().flat_map(|(index, digit)| place(index).then_some(',').into_iter().chain([digit])).collect()
}

fn caption(sweep: &Sweep) -> String {
    let mode = sweep.mode;
    match sweep.of {
        Axis::TokenKey => format!("What tokens are signed with ({mode})"),
        Axis::ClientKey => format!("The key of the caller's certificate ({mode})"),
        Axis::ServerKey => format!("The key of the server's certificate ({mode})"),
        Axis::Credentials => format!("How many credentials the server knows ({mode})"),
        Axis::Revoked => format!("How many certificates the revocation list names ({mode})"),
    }
}

/// Short, for it stands at the head of a table that has no other name on a terminal.
fn axis(sweep: &Sweep) -> &'static str {
    match (sweep.of, sweep.mode) {
        (Axis::TokenKey, _) => "Token key",
        (Axis::ClientKey, _) => "Caller's key",
        (Axis::ServerKey, _) => "Server's key",
        (Axis::Credentials, Mode::Jwt) => "Clients known",
        (Axis::Credentials, Mode::Apikey) => "API keys known",
        (Axis::Credentials, _) => "Credentials known",
        (Axis::Revoked, _) => "On the list",
    }
}

fn said(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::FreshServer => "call with a full handshake, server CPU",
        Quantity::FreshClient => "call with a full handshake, caller CPU",
        Quantity::KeptServer => "call on a kept connection, server CPU",
        Quantity::KeptClient => "call on a kept connection, caller CPU",
        Quantity::UnseenServer => "the same with an unseen token, server CPU",
        Quantity::IssueServer => "token given out, server CPU",
        Quantity::IssueClient => "token given out, caller CPU",
        Quantity::Ready => "server ready after",
        Quantity::Memory => "memory of the server",
        Quantity::MakeAll => "command that made them, time",
        Quantity::MakeOne => "command that made one more, time",
        Quantity::InForce => "new list in force after",
        Quantity::Size => "list, size of the file",
    }
}

/// Why numbers are absent: each reason once.
fn notes(sweep: &Sweep) -> Vec<String> {
    let mut notes: Vec<String> = sweep.void.iter().map(|why| format!("{}: {why}", caption(sweep))).collect();
    for grown in sweep.points.iter().flat_map(|point| &point.figures) {
        if let Some(why) = &grown.void {
            let note = format!("void: {}, {}: {why}", caption(sweep), said(grown.name));
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    #[test]
    fn numbers_are_told_with_their_range_and_voids_with_their_reason() {
        let section = section(&sample::grown()).unwrap();
        let shown: Vec<String> = section
            .tables
            .iter()
            .flat_map(|table| &table.rows)
            .map(|row| row.values.iter().map(Value::line).collect::<Vec<_>>().join(" | "))
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @"
        412 µs 396 – 441 µs | 384 µs 369 – 411 µs
        371 µs 356 – 397 µs | 1.49 ms 1.43 – 1.60 ms
        409 µs 393 – 438 µs | 417 µs 400 – 446 µs
        17.2 MB | 50.4 MB
        41.0 ms 39.4 – 43.9 ms | void
        ");
        insta::assert_snapshot!(section.notes.join("\n"), @"
        How many credentials the server knows (mtls): The server keeps no record of the certificates that another CA signs.
        void: How many certificates the revocation list names (mtls), new list in force after: <b>late</b>
        ");
    }

    #[test]
    fn a_run_without_sweeps_has_no_such_part() {
        assert!(section(&sample::findings()).is_none());
    }

    #[test]
    fn long_numbers_are_grouped() {
        assert_eq!([1, 999, 1000, 100_000, 1_234_567].map(thousands), ["1", "999", "1,000", "100,000", "1,234,567"]);
    }
}
