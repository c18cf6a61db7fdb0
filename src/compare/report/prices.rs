//! Each lock's own price, and that of TLS: what they cost more than the baseline.

use super::{
    number::{between, text, with_unit},
    section::{Row, Section, Table, Value},
};
use crate::compare::findings::{Figure, Findings, Measure, Shape};

/// What is told, in this order.
const ROWS: &[(Shape, Measure, &str)] = &[
    (Shape::Kept, Measure::P50, "kept connection, latency p50"),
    (Shape::Kept, Measure::ServerCpu, "kept connection, server CPU"),
    (Shape::Kept, Measure::WireBytes, "kept connection, bytes"),
    (Shape::Kept, Measure::IdleMemory, "kept connection, idle, memory"),
    (Shape::Fresh, Measure::ConnectionServerCpu, "the connection alone, server CPU"),
    (Shape::Fresh, Measure::ConnectionBytes, "the connection alone, bytes"),
];

/// The whole part; nothing when no baseline was measured.
pub(super) fn section(findings: &Findings) -> Option<Section> {
    let mut table = Table::by_mode("What each costs more than its baseline", "More than the baseline", &findings.settings.modes);
    table.rows = ROWS.iter().filter_map(|(shape, measure, title)| row(findings, *shape, *measure, title)).collect();
    (!table.rows.is_empty()).then(|| Section {
        anchor: "price",
        title: "What TLS costs, and what a lock adds".into(),
        lead: vec![
            "A lock beside the open door, and the open door beside one without TLS: differences, taken repeat by repeat.".into(),
        ],
        tables: vec![table],
        ..Section::default()
    })
}

fn row(findings: &Findings, shape: Shape, measure: Measure, title: &str) -> Option<Row> {
    let figures = || findings.settings.modes.iter().map(|mode| findings.figure(*mode, shape, measure));
    figures().flatten().find(|figure| figure.over.is_some())?;
    let plain = findings.plain_figure(shape, measure).and_then(text);
    let note = plain.map(|plain| format!("without TLS {plain}")).unwrap_or_default();
    Some(Row { note, ..Row::of(title, figures().map(price)) })
}

/// `+4.10 µs`, smaller `2.00 – 6.20 µs`.
fn price(figure: Option<&Figure>) -> Value {
    let Some((figure, over)) = figure.and_then(|figure| Some((figure, figure.over?))) else {
        return Value::text("–");
    };
    let sign = if over.value < 0.0 { "−" } else { "+" };
    let text = format!("{sign}{}", with_unit(over.value.abs(), figure.unit));
    let small = over.interval.and_then(|interval| between(interval, figure.unit)).unwrap_or_default();
    Value { text, small, ..Value::default() }
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    #[test]
    fn a_price_is_a_difference_with_its_interval() {
        let section = section(&sample::findings()).unwrap();
        let row = &section.tables[0].rows[1];
        assert_eq!((row.title.as_str(), row.note.as_str()), ("kept connection, server CPU", "without TLS 7.90 µs"));
        let shown: Vec<_> = row.values.iter().map(Value::line).collect();
        assert_eq!(shown[0], "+2.35 µs 1.97 – 2.73 µs");
        assert!(super::section(&Findings { costs: Vec::new(), ..sample::findings() }).is_none());
    }

    #[test]
    fn a_void_figure_has_no_price() {
        let section = section(&sample::troubled()).unwrap();
        assert!(section.tables[0].rows.iter().all(|row| row.title != "kept connection, server CPU"));
    }
}
