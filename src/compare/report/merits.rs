//! What each lock is good for: where it is ahead of all others and where behind, as far as the findings part them.

use super::{
    answer::{capital, list, name, titles},
    drills::find,
    matrix::Matrix,
    number::{digits, with_unit},
    tally::shared,
};
use crate::{
    compare::{
        against::Seen,
        findings::{Entry, Event, Findings, Kind, Lasted, Measure, Shape},
    },
    mode::Mode,
};

/// What is compared, with its name in a sentence. Less is better.
const MEASURES: &[(Shape, Measure, &str)] = &[
    (Shape::First, Measure::FirstCall, "the time of the first call"),
    (Shape::Kept, Measure::ServerCpu, "server CPU per call on a kept connection"),
    (Shape::Fresh, Measure::ServerCpu, "server CPU per call on a new connection"),
    (Shape::Fresh, Measure::WireBytes, "bytes per call on a new connection"),
];

/// Where one lock stands out.
#[derive(Debug, Default)]
struct Merits {
    best: Vec<String>,
    worst: Vec<String>,
}

/// A sentence for each lock; none when there are no two locks to compare, or nothing parts them.
pub(super) fn sentences(findings: &Findings, matrix: Option<&Matrix<'_>>) -> Vec<String> {
    let modes = findings.settings.modes.iter().copied();
    let mut all: Vec<_> = modes.filter(|mode| *mode != Mode::Open).map(|mode| (mode, Merits::default())).collect();
    if all.len() < 2 {
        return Vec::new();
    }
    if let Some(matrix) = matrix {
        stopped(&mut all, matrix);
    }
    ended(&mut all, findings);
    for (shape, measure, what) in MEASURES {
        let seen = |mode| Seen::of(findings.figure(mode, *shape, *measure)?);
        extremes(&mut all, seen, |seen| format!("{what} ({})", with_unit(seen.value, measure.unit())));
    }
    if all.iter().all(|(_, merits)| merits.best.is_empty() && merits.worst.is_empty()) {
        return Vec::new();
    }
    all.iter().map(|(mode, merits)| merits.told(*mode)).collect()
}

/// Attacks that one lock alone stopped, or alone let through, of those that all locks faced.
fn stopped(all: &mut [(Mode, Merits)], matrix: &Matrix<'_>) {
    let modes: Vec<Mode> = all.iter().map(|(mode, _)| *mode).collect();
    let tallies = shared(matrix, &modes);
    let passed = |at: usize, entry: &Entry| tallies[at].through.iter().any(|through| through.id == entry.id);
    for (at, (_, merits)) in all.iter_mut().enumerate() {
        let others: Vec<usize> = (0..tallies.len()).filter(|other| *other != at).collect();
        let first = &tallies[others[0]].through;
        let alone = first.iter().filter(|entry| !passed(at, entry) && others.iter().all(|other| passed(*other, entry)));
        let alone: Vec<&Entry> = alone.copied().collect();
        if !alone.is_empty() {
            merits.best.push(format!("stopping {}", titles(&alone)));
        }
        let only: Vec<&Entry> =
            tallies[at].through.iter().filter(|entry| !others.iter().any(|other| passed(*other, entry))).copied().collect();
        if !only.is_empty() {
            merits.worst.push(format!("stopping {}", titles(&only)));
        }
    }
}

/// How long a revoked credential goes on over a kept connection.
fn ended(all: &mut [(Mode, Merits)], findings: &Findings) {
    let lasted = |mode| find(findings, Event::Revoked, mode)?.lasted.iter().find(|lasted| lasted.kind == Kind::Kept);
    let seen = |lasted: &Lasted| Some(Seen { value: lasted.longest()?, interval: (lasted.shortest()?, lasted.longest()?) });
    let told = |seen: Seen| match seen.value {
        longest if longest > 0.0 => format!("the end of a revoked credential ({} ms at most)", digits(longest)),
        _ => "the end of a revoked credential (at once)".into(),
    };
    extremes(all, |mode| seen(lasted(mode)?), told);
}

/// Notes the lock whose interval lies below those of all others, and the one whose lies above. Nothing when one lock has no number.
fn extremes(all: &mut [(Mode, Merits)], seen: impl Fn(Mode) -> Option<Seen>, told: impl Fn(Seen) -> String) {
    let Some(numbers) = all.iter().map(|(mode, _)| seen(*mode)).collect::<Option<Vec<Seen>>>() else { return };
    for (at, (_, merits)) in all.iter_mut().enumerate() {
        let here = numbers[at];
        let others = || numbers.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, seen)| seen.interval);
        if others().all(|(low, _)| here.interval.1 < low) {
            merits.best.push(told(here));
        } else if others().all(|(_, high)| here.interval.0 > high) {
            merits.worst.push(told(here));
        }
    }
}

impl Merits {
    fn told(&self, mode: Mode) -> String {
        let name = capital(name(mode));
        let each = |items: &[String]| list(&items.iter().map(|item| format!("in {item}")).collect::<Vec<_>>());
        let (best, worst) = (each(&self.best), each(&self.worst));
        match (best.is_empty(), worst.is_empty()) {
            (false, false) => format!("{name} is ahead of every other lock {best}. It is behind every other {worst}."),
            (false, true) => format!("{name} is ahead of every other lock {best}, and behind all in nothing that was compared."),
            (true, false) => format!("{name} is ahead of all in nothing that was compared, and behind every other lock {worst}."),
            (true, true) => format!("{name} is neither ahead of every other lock nor behind in anything that was compared."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{matrix::matrices, sample},
        *,
    };

    fn told(findings: &Findings) -> String {
        sentences(findings, matrices(findings).first()).join("\n")
    }

    #[test]
    fn what_parts_the_locks_is_said_of_each() {
        insta::assert_snapshot!(told(&sample::findings()), @"
        OAuth2 JWT is ahead of all in nothing that was compared, and behind every other lock in the time of the first call (2.64 ms) and in server CPU per call on a kept connection (52.1 µs).
        Mutual TLS is ahead of every other lock in stopping “A credential seen by a proxy is replayed from another machine” and “A fake server takes the call of a careless caller” and in the end of a revoked credential (at once). It is behind every other in server CPU per call on a new connection (431 µs) and in bytes per call on a new connection (4.37 kB).
        API key is ahead of every other lock in the time of the first call (1.23 ms), in server CPU per call on a new connection (230 µs) and in bytes per call on a new connection (2.55 kB), and behind all in nothing that was compared.
        ");
    }

    #[test]
    fn a_void_number_parts_nobody() {
        insta::assert_snapshot!(told(&sample::troubled()), @"
        OAuth2 JWT is ahead of all in nothing that was compared, and behind every other lock in the time of the first call (2.64 ms).
        Mutual TLS is ahead of every other lock in stopping “A credential seen by a proxy is replayed from another machine” and “A fake server takes the call of a careless caller” and in the end of a revoked credential (at once). It is behind every other in bytes per call on a new connection (4.37 kB).
        API key is ahead of every other lock in the time of the first call (1.23 ms) and in bytes per call on a new connection (2.55 kB). It is behind every other in stopping “A revoked credential on a new connection”.
        ");
    }

    #[test]
    fn intervals_that_touch_part_nobody() {
        let mut findings = Findings { scenarios: Vec::new(), drills: Vec::new(), ..sample::findings() };
        for figure in findings.costs.iter_mut().flat_map(|cost| &mut cost.figures) {
            figure.interval = Some((0.0, 1e9));
        }
        assert_eq!(told(&findings), "");
    }

    #[test]
    fn one_lock_alone_is_best_at_nothing() {
        let mut findings = sample::findings();
        findings.settings.modes = vec![Mode::Open, Mode::Jwt];
        assert_eq!(told(&findings), "");
    }
}
