//! From how many calls on a lock that pays more at the start costs the same as another: computed from what both cost.
//!
//! Each repeat gives a number of calls of its own; one in which the calls save nothing gives an endless one. The answer is the median of
//! these numbers, and its interval is theirs, endless or not.

use super::ledger::Ledger;
use crate::{
    compare::{
        findings::{Answer, BreakEven, Measure, Over, Per, Shape},
        statistics::{interval, median},
    },
    mode::Mode,
};

/// The pairs, each with who pays more at the start first.
const PAIRS: [(Per, Mode, Mode); 4] = [
    (Per::Token, Mode::Jwt, Mode::Apikey),
    (Per::Token, Mode::Jwt, Mode::Mtls),
    (Per::Connection, Mode::Mtls, Mode::Apikey),
    (Per::Connection, Mode::Mtls, Mode::Jwt),
];

/// Computes all of them, as far as both locks were measured.
pub(super) fn computed(ledgers: &[Ledger]) -> Vec<BreakEven> {
    let find = |mode| ledgers.iter().find(|ledger| ledger.mode == mode && ledger.tls);
    let pairs = PAIRS.iter().filter_map(|(per, starter, other)| Some((*per, find(*starter)?, find(*other)?)));
    pairs
        .flat_map(|(per, starter, other)| {
            [Measure::ServerCpu, Measure::WireBytes].map(|measure| one(per, starter, other, measure))
        })
        .collect()
}

fn one(per: Per, starter: &Ledger, other: &Ledger, measure: Measure) -> BreakEven {
    let void = unknown(starter, measure).or_else(|| unknown(other, measure));
    let found = BreakEven { void, ..BreakEven::between(per, starter.mode, other.mode, measure) };
    if found.void.is_some() {
        return found;
    }
    let (shape, of) = start(per, measure);
    let (paid, free) = (starter.turns(shape, of), if per == Per::Token { &[] } else { other.turns(shape, of) });
    let more: Vec<f64> = paid.iter().enumerate().map(|(turn, paid)| paid - free.get(turn).unwrap_or(&0.0)).collect();
    let calls = |ledger: &Ledger| ledger.turns(Shape::Kept, measure).to_vec();
    let saved: Vec<f64> = calls(other).iter().zip(calls(starter)).map(|(other, one)| other - one).collect();
    answered(found, &more, &saved)
}

/// Where the ledger has what a start costs.
fn start(per: Per, measure: Measure) -> (Shape, Measure) {
    match (per, measure) {
        (Per::Token, Measure::WireBytes) => (Shape::First, Measure::TokenBytes),
        (Per::Token, _) => (Shape::First, Measure::TokenServerCpu),
        (Per::Connection, Measure::WireBytes) => (Shape::Fresh, Measure::ConnectionBytes),
        (Per::Connection, _) => (Shape::Fresh, Measure::ConnectionServerCpu),
    }
}

/// Why it is not known what this lock costs.
fn unknown(ledger: &Ledger, measure: Measure) -> Option<String> {
    let reason = |shape| ledger.book(shape).and_then(|book| book.reason(measure));
    reason(Shape::Kept).or_else(|| reason(Shape::Fresh))
}

/// The answer from what each repeat says the start costs more, and each call less.
pub(super) fn answered(found: BreakEven, more: &[f64], saved: &[f64]) -> BreakEven {
    let void = |why: &str| BreakEven { void: Some(why.to_owned()), ..found.clone() };
    let numbers: Vec<f64> = more.iter().zip(saved).map(|(more, saved)| number(*more, *saved)).collect();
    let (Some(start), Some(saving), Some(calls)) = (over(more, 100.0), over(saved, 100.0), median(&numbers)) else {
        return void("nothing was observed");
    };
    if start.value <= 0.0 {
        return void("the start cost no more in this run");
    }
    let Some((least, most)) = interval(&numbers) else {
        return void("there were fewer than six repeats");
    };
    let answer = match (least, most) {
        (_, most) if most <= 1.0 => Answer::Always,
        (least, _) if least.is_infinite() => Answer::Never,
        (_, most) if most.is_infinite() => Answer::Undecided,
        _ => Answer::At,
    };
    let finite = |value: f64| value.is_finite().then_some((value * 10.0).round() / 10.0);
    BreakEven {
        start: Some(start),
        saving: Some(saving),
        answer: Some(answer),
        calls: finite(calls),
        least: finite(least),
        most: finite(most),
        ..found
    }
}

/// At how many calls both cost the same, by one repeat: endless when the calls do not make up for the start.
fn number(more: f64, saved: f64) -> f64 {
    match (more, saved) {
        (more, saved) if more.is_nan() || saved.is_nan() => f64::NAN,
        (_, saved) if saved < 0.0 => f64::INFINITY,
        (more, _) if more <= 0.0 => 0.0,
        (more, saved) => more / saved,
    }
}

/// The median of what every repeat says, with its interval, in parts of `parts` to one.
pub(super) fn over(repeats: &[f64], parts: f64) -> Option<Over> {
    let rounded = |value: f64| (value * parts).round() / parts;
    let value = rounded(median(repeats)?);
    Some(Over { value, interval: interval(repeats).map(|(low, high)| (rounded(low), rounded(high))) })
}

#[cfg(test)]
mod tests;
