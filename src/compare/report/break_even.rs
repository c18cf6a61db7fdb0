//! From how many calls on two locks cost the same.

use super::{
    answer::name,
    number::{between, digits, with_unit},
    section::{Head, Row, Section, Table, Value},
};
use crate::compare::findings::{Answer, BreakEven, Findings, Measure, Over, Per};

/// What is counted, in the order of the columns.
const COUNTED: [(Measure, &str); 2] = [(Measure::ServerCpu, "server CPU"), (Measure::WireBytes, "bytes")];

/// The whole part; nothing when nothing was computed.
pub(super) fn section(findings: &Findings) -> Option<Section> {
    let all = &findings.break_even;
    let mut pairs: Vec<_> = all.iter().map(|one| (one.per, one.starter, one.other)).collect();
    pairs.dedup();
    let row = |(per, starter, other)| {
        let value = |(measure, _)| {
            all.iter()
                .find(|one| (one.per, one.starter, one.other, one.measure) == (per, starter, other, measure))
                .map_or_else(|| Value::text("–"), value)
        };
        Row::of(format!("{starter} beside {other}, per {per}"), COUNTED.map(value))
    };
    let head = ("Calls until both cost the same".to_owned(), COUNTED.map(|(_, title)| Head::Text(title.into())).into());
    let table = Table {
        caption: "After how many calls two locks have cost the same".into(),
        head,
        rows: pairs.into_iter().map(row).collect(),
    };
    (!all.is_empty()).then(|| Section {
        anchor: "break-even",
        title: "When a start pays".into(),
        lead: vec![
            "A token or a connection is paid for once, a call each time. The lock that is named first pays more at the start: so many calls must follow until both have cost the same."
                .into(),
        ],
        tables: vec![table],
        notes: notes(all),
        ..Section::default()
    })
}

fn value(one: &BreakEven) -> Value {
    let Some(answer) = one.answer else { return Value::text("void") };
    let calls = |calls: Option<f64>| calls.map_or_else(String::new, digits);
    let (text, small) = match answer {
        Answer::At => (calls(one.calls), format!("{} – {}", calls(one.least), calls(one.most))),
        Answer::Never => ("never".into(), String::new()),
        Answer::Always => ("at once".into(), String::new()),
        Answer::Undecided => ("undecided".into(), format!("{} or more, or never", calls(one.least))),
    };
    Value { text, small, ..Value::default() }
}

fn notes(all: &[BreakEven]) -> Vec<String> {
    let mut notes: Vec<String> = all.iter().filter_map(|one| Some(format!("{}{}", parts(one)?, tried(one)))).collect();
    for one in all {
        if let Some(why) = &one.void {
            notes.push(format!("void: {} beside {}, {} per {}: {why}", one.starter, one.other, counted(one), one.per));
        }
    }
    notes
}

/// `A token costs OAuth2 JWT 612 µs of server CPU (590 – 640) more, and each call then 4.10 µs (2.00 – 6.20) more than API key.`
fn parts(one: &BreakEven) -> Option<String> {
    let (start, saving) = (one.start?, one.saving?);
    one.answer?;
    let (starter, other) = (name(one.starter), name(one.other));
    let thing = if one.per == Per::Token { "A new token" } else { "A new connection" };
    let each = if saving.value < 0.0 { "more" } else { "less" };
    let saving =
        Over { value: saving.value.abs(), interval: saving.interval.map(|(low, high)| ordered(low, high, saving.value)) };
    Some(format!(
        "{thing} costs {starter} {} more{} than {other}, and each call then {} {each}.",
        amount(one, start),
        if one.measure == Measure::WireBytes { "" } else { " server CPU" },
        amount(one, saving)
    ))
}

/// The interval of an amount that is told without its sign.
fn ordered(low: f64, high: f64, sign: f64) -> (f64, f64) {
    if sign < 0.0 { (-high, -low) } else { (low, high) }
}

fn tried(one: &BreakEven) -> String {
    let Some(point) = &one.tried else { return String::new() };
    let calls = if point.calls == 1 { "1 call".to_owned() } else { format!("{} calls", point.calls) };
    let interval = point.ratio.interval.map_or_else(String::new, |(low, high)| format!(" ({low:.3} – {high:.3})"));
    let judged = match point.agrees {
        Some(true) => ", as computed",
        Some(false) => ", which is not what was computed",
        None => "",
    };
    format!(" Tried with {calls} per {}, it cost {:.3} times as much{interval}{judged}.", one.per, point.ratio.value)
}

fn counted(one: &BreakEven) -> &'static str {
    COUNTED.iter().find(|(measure, _)| *measure == one.measure).map_or("", |(_, title)| *title)
}

fn amount(one: &BreakEven, over: Over) -> String {
    let unit = one.measure.unit();
    let interval =
        over.interval.and_then(|interval| between(interval, unit)).map_or_else(String::new, |interval| format!(" ({interval})"));
    format!("{}{interval}", with_unit(over.value, unit))
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    #[test]
    fn every_answer_is_told_with_what_was_tried() {
        let section = section(&sample::findings()).unwrap();
        let rows: Vec<_> = section.tables[0]
            .rows
            .iter()
            .map(|row| {
                let values: Vec<_> = row.values.iter().map(Value::line).collect();
                format!("{}: {}", row.title, values.join(" | "))
            })
            .collect();
        insta::assert_snapshot!(rows.join("\n"), @"
        jwt beside apikey, per token: never | –
        mtls beside apikey, per connection: undecided 77.3 or more, or never | 17.0 16.9 – 17.1
        mtls beside jwt, per connection: at once | 17.0 16.9 – 17.1
        ");
        insta::assert_snapshot!(section.notes.join("\n"), @"
        A new token costs OAuth2 JWT 1.14 ms more server CPU than API key, and each call then 41.9 µs (39.9 – 43.9 µs) more. Tried with 100 calls per token, it cost 5.660 times as much (5.650 – 5.670), as computed.
        A new connection costs mutual TLS 201 µs (199 – 203 µs) more server CPU than API key, and each call then 0.60 µs (-1.40 – 2.60 µs) less. Tried with 335 calls per connection, it cost 1.020 times as much (1.010 – 1.030).
        A new connection costs mutual TLS 1.14 kB more than API key, and each call then 67 B (65 – 69 B) less. Tried with 17 calls per connection, it cost 1.000 times as much (0.990 – 1.010), as computed.
        A new connection costs mutual TLS 1.14 ms more server CPU than OAuth2 JWT, and each call then 67.0 µs (65.0 – 69.0 µs) less.
        A new connection costs mutual TLS 1.14 kB more than OAuth2 JWT, and each call then 67 B (65 – 69 B) less. Tried with 2 calls per connection, it cost 1.030 times as much (1.020 – 1.040), which is not what was computed.
        ");
    }

    #[test]
    fn what_was_not_found_is_void_or_left_out() {
        assert!(section(&sample::troubled()).unwrap().notes.iter().any(|note| note.starts_with("void: ")));
        assert!(section(&Findings { break_even: Vec::new(), ..sample::findings() }).is_none());
    }
}
