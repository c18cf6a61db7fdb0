//! Costs near what the stack does.

use crate::{
    compare::findings::{Answer, BreakEven, Confirmed, Cost, Figure, Measure, Over, Per, Shape},
    mode::Mode,
};

/// First call, then for new and kept connections p50, p99, server CPU, client CPU, bytes.
type Numbers = ((f64, f64), [f64; 5], [f64; 5]);

/// All costs of one mode.
pub(super) fn of(mode: Mode) -> Vec<Cost> {
    let (first, fresh, kept): Numbers = match mode {
        Mode::Open => ((1210.0, 2890.0), [742.0, 1310.0, 228.0, 310.0, 2480.0], [118.0, 264.0, 9.4, 31.0, 402.0]),
        Mode::Jwt => ((2640.0, 6120.0), [801.0, 1402.0, 279.0, 318.0, 3122.0], [171.0, 342.0, 52.1, 33.0, 1044.0]),
        Mode::Mtls => ((1730.0, 4380.0), [1190.0, 2015.0, 431.0, 472.0, 4371.0], [119.0, 270.0, 9.6, 31.0, 402.0]),
        Mode::Apikey => ((1225.0, 2960.0), [748.0, 1322.0, 230.0, 311.0, 2549.0], [121.0, 268.0, 10.2, 31.0, 471.0]),
    };
    let mut first_call = vec![figure(Measure::FirstCall, first.0, 30), figure(Measure::WireBytes, first.1, 30)];
    if mode == Mode::Jwt {
        first_call.extend([figure(Measure::TokenServerCpu, 612.0, 240), figure(Measure::TokenBytes, 3230.0, 240)]);
    }
    let mut on_new = figures(fresh, 1020);
    on_new.extend([
        figure(Measure::ConnectionServerCpu, fresh[2] - kept[2], 600),
        figure(Measure::ConnectionBytes, fresh[4] - kept[4], 600),
    ]);
    let mut on_kept = figures(kept, 2040);
    on_kept.extend([figure(Measure::Capacity, 1e6 / kept[2], 20_000), figure(Measure::IdleMemory, 38_400.0, 720)]);
    let cost = |shape, figures| Cost { mode, tls: true, shape, figures };
    vec![
        cost(Shape::First, first_call),
        cost(Shape::Fresh, on_new),
        cost(Shape::Resumed, vec![figure(Measure::ServerCpu, fresh[2] / 2.0, 600)]),
        cost(Shape::Kept, on_kept),
        cost(Shape::Http2, vec![figure(Measure::ServerCpu, kept[2] * 1.2, 4800)]),
    ]
}

/// The open door without TLS.
pub(super) fn plain() -> Vec<Cost> {
    let kept = vec![figure(Measure::ServerCpu, 7.9, 7200), figure(Measure::WireBytes, 358.0, 7200)];
    vec![Cost { mode: Mode::Open, tls: false, shape: Shape::Kept, figures: kept }]
}

/// Six repeats around a value, and what it is more than three quarters of it.
fn figure(name: Measure, value: f64, samples: u64) -> Figure {
    let spread = if name.unit() == crate::compare::findings::Unit::Bytes { 0.0 } else { 0.04 };
    let repeats = [-1.0, -0.4, 0.0, 0.0, 0.5, 1.0].map(|step: f64| value * (1.0 + step * spread));
    Figure::measured(name, &repeats, samples).over(&repeats, &[value * 0.75; 6])
}

fn figures(values: [f64; 5], calls: u64) -> Vec<Figure> {
    let names = [Measure::P50, Measure::P99, Measure::ServerCpu, Measure::ClientCpu, Measure::WireBytes];
    names.into_iter().zip(values).map(|(name, value)| figure(name, value, calls)).collect()
}

/// One of each answer.
pub(super) fn break_even() -> Vec<BreakEven> {
    let over = |value: f64| Some(Over { value, interval: Some((value - 2.0, value + 2.0)) });
    let one = |per, starter, other, measure| BreakEven {
        per,
        starter,
        other,
        measure,
        start: over(1139.0),
        saving: over(67.0),
        answer: Some(Answer::At),
        calls: Some(17.0),
        least: Some(16.9),
        most: Some(17.1),
        tried: None,
        void: None,
    };
    let tried = |calls, value: f64, agrees| {
        let ratio = Over { value, interval: Some((value - 0.01, value + 0.01)) };
        Some(Confirmed { calls, starter: 9000.0 * value, other: 9000.0, ratio, agrees })
    };
    let token = one(Per::Token, Mode::Jwt, Mode::Apikey, Measure::ServerCpu);
    let never = BreakEven { answer: Some(Answer::Never), saving: over(-41.9), calls: None, least: None, most: None, ..token };
    let bytes = one(Per::Connection, Mode::Mtls, Mode::Apikey, Measure::WireBytes);
    let cpu = BreakEven { measure: Measure::ServerCpu, start: over(201.0), saving: over(0.6), ..bytes.clone() };
    let undecided = BreakEven { answer: Some(Answer::Undecided), calls: Some(335.0), least: Some(77.3), most: None, ..cpu };
    vec![
        BreakEven { tried: tried(100, 5.66, Some(true)), ..never },
        BreakEven { tried: tried(335, 1.02, None), ..undecided },
        BreakEven { tried: tried(17, 1.0, Some(true)), ..bytes },
        BreakEven { answer: Some(Answer::Always), ..one(Per::Connection, Mode::Mtls, Mode::Jwt, Measure::ServerCpu) },
        BreakEven { tried: tried(2, 1.03, Some(false)), ..one(Per::Connection, Mode::Mtls, Mode::Jwt, Measure::WireBytes) },
    ]
}
