//! The costs in rows and columns: measures by modes.

use super::{
    chart::{self, Bar},
    number::{between, digits, ratio, text},
    section::{self, Plot, Section, Table},
};
use crate::{
    compare::findings::{Figure, Findings, Measure, Shape},
    mode::Mode,
};

/// The rows of the cost table, in the order in which they are told.
const ROWS: &[(Shape, Measure, &str)] = &[
    (Shape::First, Measure::FirstCall, "first call, time"),
    (Shape::First, Measure::WireBytes, "first call, bytes"),
    (Shape::First, Measure::TokenServerCpu, "a new token, server CPU"),
    (Shape::First, Measure::TokenBytes, "a new token, bytes"),
    (Shape::Kept, Measure::P50, "kept connection, latency p50"),
    (Shape::Kept, Measure::P99, "kept connection, latency p99"),
    (Shape::Kept, Measure::P999, "kept connection, latency p99.9"),
    (Shape::Kept, Measure::ServerCpu, "kept connection, server CPU"),
    (Shape::Kept, Measure::ClientCpu, "kept connection, caller CPU"),
    (Shape::Kept, Measure::WireBytes, "kept connection, bytes"),
    (Shape::Kept, Measure::Capacity, "kept connections, capacity of a core"),
    (Shape::Kept, Measure::IdleMemory, "kept connection, idle, memory"),
    (Shape::Http2, Measure::P50, "HTTP/2 connection, latency p50"),
    (Shape::Http2, Measure::P99, "HTTP/2 connection, latency p99"),
    (Shape::Http2, Measure::ServerCpu, "HTTP/2 connection, server CPU"),
    (Shape::Http2, Measure::ClientCpu, "HTTP/2 connection, caller CPU"),
    (Shape::Http2, Measure::WireBytes, "HTTP/2 connection, bytes"),
    (Shape::Fresh, Measure::P50, "new connection, latency p50"),
    (Shape::Fresh, Measure::P99, "new connection, latency p99"),
    (Shape::Fresh, Measure::ServerCpu, "new connection, server CPU"),
    (Shape::Fresh, Measure::ClientCpu, "new connection, caller CPU"),
    (Shape::Fresh, Measure::WireBytes, "new connection, bytes"),
    (Shape::Fresh, Measure::ConnectionServerCpu, "the connection alone, server CPU"),
    (Shape::Fresh, Measure::ConnectionClientCpu, "the connection alone, caller CPU"),
    (Shape::Fresh, Measure::ConnectionBytes, "the connection alone, bytes"),
    (Shape::Resumed, Measure::P50, "resumed session, latency p50"),
    (Shape::Resumed, Measure::P99, "resumed session, latency p99"),
    (Shape::Resumed, Measure::ServerCpu, "resumed session, server CPU"),
    (Shape::Resumed, Measure::ClientCpu, "resumed session, caller CPU"),
    (Shape::Resumed, Measure::WireBytes, "resumed session, bytes"),
    (Shape::Resumed, Measure::ConnectionServerCpu, "the resumption alone, server CPU"),
    (Shape::Resumed, Measure::ConnectionClientCpu, "the resumption alone, caller CPU"),
    (Shape::Resumed, Measure::ConnectionBytes, "the resumption alone, bytes"),
];

/// One measure over all modes.
#[derive(Debug)]
pub(super) struct Row<'a> {
    /// How connections were used.
    pub(super) shape: Shape,
    /// Both in words.
    pub(super) title: &'static str,
    /// One per column.
    pub(super) values: Vec<Value<'a>>,
}

/// One figure beside its baseline.
#[derive(Debug)]
pub(super) struct Value<'a> {
    /// The column.
    pub(super) mode: Mode,
    /// The figure, if it was taken.
    pub(super) figure: Option<&'a Figure>,
    /// The multiple of the open door's; absent for the open door itself.
    pub(super) ratio: Option<f64>,
}

impl Value<'_> {
    /// The number, `void`, or a dash.
    pub(super) fn shown(&self) -> String {
        match self.figure {
            None => "–".into(),
            Some(figure) => text(figure).unwrap_or_else(|| "void".into()),
        }
    }

    /// `×1.04 · 9.20 – 9.80 µs`, as far as there is either.
    fn beside(&self) -> String {
        let interval = self.figure.and_then(|figure| between(figure.interval?, figure.unit));
        let parts = [Some(self.times()).filter(|times| !times.is_empty()), interval];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    /// `×1.04`, or nothing.
    pub(super) fn times(&self) -> String {
        self.ratio.map(|ratio| format!("×{}", digits(ratio))).unwrap_or_default()
    }
}

/// The whole part; nothing when nothing was measured.
pub(super) fn section(findings: &Findings) -> Option<Section> {
    let table = whole(findings);
    (!table.rows.is_empty()).then(|| Section {
        anchor: "cost",
        title: "What each lock costs".into(),
        lead: vec!["Where a range stands beside a figure, the true value lies in it with a confidence of 95 %.".into()],
        plots: charts(findings),
        tables: vec![table],
        notes: voids(findings),
        ..Section::default()
    })
}

fn whole(findings: &Findings) -> Table {
    let caption = "Every figure per call, with its multiple of the open door";
    let mut table = Table::by_mode(caption, "Per call", &findings.settings.modes);
    let mut shape = None;
    for row in rows(findings) {
        let begins = shape.replace(row.shape).is_some_and(|before| before != row.shape);
        let value =
            |value: &Value<'_>| section::Value { text: value.shown(), small: value.beside(), ..section::Value::default() };
        table.rows.push(section::Row { begins, ..section::Row::of(row.title, row.values.iter().map(value)) });
    }
    table
}

fn charts(findings: &Findings) -> Vec<Plot> {
    let call = "from nothing to the answer; in jwt the token is fetched first";
    let kept = "one call after the other on one connection";
    let fresh = "a full handshake for every call";
    let resumed = "a new connection for every call that resumes a session";
    let latency = "median – 99th percentile, from the intended start";
    [
        (Shape::First, Measure::FirstCall, "The first call", call),
        (Shape::Kept, Measure::ServerCpu, "Server CPU per call, kept connection", kept),
        (Shape::Fresh, Measure::ServerCpu, "Server CPU per call, new connection", fresh),
        (Shape::Resumed, Measure::ServerCpu, "Server CPU per call, resumed session", resumed),
        (Shape::Kept, Measure::Capacity, "Calls a second, one core", "as many as the server answers when it has one processor"),
        (Shape::Kept, Measure::P50, "Latency, kept connection", latency),
        (Shape::Fresh, Measure::P50, "Latency, new connection", latency),
        (Shape::Fresh, Measure::WireBytes, "Bytes per call, new connection", fresh),
    ]
    .into_iter()
    .filter_map(|(shape, measure, title, note)| {
        let bars: Vec<_> = findings.settings.modes.iter().map(|mode| bar(findings, *mode, shape, measure)).collect();
        let svg = chart::bars(title, measure.unit(), &bars)?;
        Some(Plot { mode: None, title: title.into(), note: note.into(), svg })
    })
    .collect()
}

fn bar(findings: &Findings, mode: Mode, shape: Shape, measure: Measure) -> Bar {
    let figure = findings.figure(mode, shape, measure);
    let tail = findings.figure(mode, shape, Measure::P99).filter(|_| measure == Measure::P50);
    Bar {
        mode,
        value: figure.and_then(|figure| figure.value),
        tail: tail.and_then(|tail| tail.value),
        range: figure.and_then(|figure| figure.interval.or(figure.range)),
    }
}

/// What a figure measures, in words.
pub(super) fn title(shape: Shape, measure: Measure) -> String {
    let row = ROWS.iter().find(|row| (row.0, row.1) == (shape, measure));
    row.map_or_else(|| format!("{shape}, {measure}"), |row| row.2.into())
}

/// The rows that were measured in at least one mode.
pub(super) fn rows(findings: &Findings) -> Vec<Row<'_>> {
    let all = ROWS.iter().map(|(shape, measure, title)| row(findings, *shape, *measure, title));
    all.filter(|row| row.values.iter().any(|value| value.figure.is_some())).collect()
}

/// One measure over all modes.
pub(super) fn row<'a>(findings: &'a Findings, shape: Shape, measure: Measure, title: &'static str) -> Row<'a> {
    let base = findings.figure(Mode::Open, shape, measure);
    let values = findings.settings.modes.iter().map(|mode| {
        let figure = findings.figure(*mode, shape, measure);
        Value { mode: *mode, figure, ratio: ratio(figure, base).filter(|_| *mode != Mode::Open) }
    });
    Row { shape, title, values: values.collect() }
}

/// Why numbers are absent: each reason once, with the rows and modes it concerns.
pub(super) fn voids(findings: &Findings) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for row in rows(findings) {
        let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
        for value in &row.values {
            if let Some(why) = value.figure.and_then(|figure| figure.void.as_deref()) {
                gather(&mut found, why, value.mode.as_str());
            }
        }
        for (why, modes) in found {
            gather(&mut reasons, why, format!("{} ({})", row.title, modes.join(", ")));
        }
    }
    reasons.into_iter().map(|(why, rows)| format!("void: {}: {why}", rows.join("; "))).collect()
}

fn gather<'a, T>(groups: &mut Vec<(&'a str, Vec<T>)>, key: &'a str, item: T) {
    match groups.iter_mut().find(|(known, _)| *known == key) {
        Some((_, items)) => items.push(item),
        None => groups.push((key, vec![item])),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    #[test]
    fn a_ratio_needs_a_baseline_and_a_number() {
        let findings = sample::findings();
        let row = row(&findings, Shape::Kept, Measure::ServerCpu, "");
        assert_eq!(row.values.iter().map(Value::times).collect::<Vec<_>>(), ["", "×5.54", "×1.02", "×1.09"]);
        assert_eq!(row.values[3].beside(), "×1.09 · 9.79 – 10.6 µs");
        let troubled = sample::troubled();
        let row = super::row(&troubled, Shape::Kept, Measure::ServerCpu, "");
        assert!(row.values.iter().all(|value| value.times().is_empty() && value.shown() == "void"));
    }
}
