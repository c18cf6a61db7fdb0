use proptest::prelude::*;

use super::{super::report::sample, *};
use crate::{
    compare::findings::{Measure, Shape},
    mode::Mode,
};

fn ids(turned: &[Turned<'_>]) -> Vec<(String, Mode)> {
    turned.iter().map(|turned| (turned.now.id.clone(), turned.now.mode)).collect()
}

#[test]
fn a_run_differs_in_nothing_from_itself() {
    for findings in [sample::findings(), sample::troubled(), sample::both_profiles()] {
        let changes = changes(&findings, &findings);
        assert!(changes.outcomes.is_empty() && changes.conditions.is_empty(), "{changes:?}");
        assert_eq!(changes.shared, findings.scenarios.len());
        assert!(changes.only_now.scenarios.is_empty() && changes.only_before.scenarios.is_empty());
        assert!(changes.figures.unwrap().moved.is_empty());
        assert!(changes.new_faults.is_empty() && changes.gone_faults.is_empty());
    }
}

#[test]
fn another_observation_is_a_change_only_where_something_was_tried() {
    let (before, mut now) = (sample::findings(), sample::findings());
    now.scenarios[0].observed = "expired".into();
    now.scenarios[1].verdict = Verdict::Differs;
    now.scenarios[2].took_ms += 1000;
    now.scenarios[2].expected = "declared otherwise".into();
    let of = |at: usize| (before.scenarios[at].id.clone(), before.scenarios[at].mode);
    assert_eq!(ids(&changes(&before, &now).outcomes), [of(0), of(1)]);
    let mut skipped = before.clone();
    skipped.scenarios[0].verdict = Verdict::Skipped;
    let mut skipped_too = skipped.clone();
    skipped_too.scenarios[0].observed = "no outcome".into();
    assert!(changes(&skipped, &skipped_too).outcomes.is_empty());
}

#[test]
fn faults_come_and_go() {
    let (fine, troubled) = (sample::findings(), sample::troubled());
    assert_eq!(changes(&fine, &troubled).new_faults, troubled.faults());
    assert_eq!(changes(&troubled, &fine).gone_faults, troubled.faults());
}

#[test]
fn another_machine_is_no_comparison() {
    let before = sample::findings();
    let spoilt: [fn(&mut Findings); 4] = [
        |findings| findings.machine.processor = "another".into(),
        |findings| findings.machine.processors = 3,
        |findings| findings.load.iter_mut().for_each(|load| load.pinned = false),
        |findings| findings.load = None,
    ];
    for spoil in spoilt {
        let mut now = before.clone();
        spoil(&mut now);
        assert!(changes(&before, &now).figures.is_err());
    }
}

#[test]
fn latencies_under_another_load_are_not_judged() {
    let before = sample::findings();
    let judged = |times: f64| {
        let mut now = before.clone();
        now.load.iter_mut().for_each(|load| load.kept_per_second *= times);
        let Tolerance { moved, within, void } = changes(&before, &now).figures.unwrap();
        (moved.len(), within, void)
    };
    let latency = |name| matches!(name, Measure::P50 | Measure::P99 | Measure::P999);
    let kept = before.costs.iter().filter(|cost| cost.tls && matches!(cost.shape, Shape::Kept | Shape::Http2));
    let latencies = kept.flat_map(|cost| &cost.figures).filter(|figure| latency(figure.name) && figure.value.is_some()).count();
    let (_, within, void) = judged(1.0);
    assert!(latencies > 0 && latencies < within, "{latencies} of {within}");
    assert_eq!(judged(0.92), (0, within, void), "every run finds its own rates");
    assert_eq!(judged(0.88), (0, within - latencies, void + latencies));
}

proptest! {
    /// Whatever was taken out of either run is only in the other, and nothing is counted twice.
    #[test]
    fn every_cell_is_shared_or_alone(gone_before in prop::collection::vec(any::<bool>(), 77), gone_now in prop::collection::vec(any::<bool>(), 77)) {
        let keep = |gone: &[bool]| {
            let mut findings = sample::findings();
            let mut at = gone.iter();
            findings.scenarios.retain(|_| !at.next().copied().unwrap_or(false));
            findings
        };
        let (before, now) = (keep(&gone_before), keep(&gone_now));
        let (there, back) = (changes(&before, &now), changes(&now, &before));
        let both = gone_before.iter().zip(&gone_now).filter(|(before, now)| !**before && !**now).count();
        prop_assert_eq!((there.shared, back.shared), (both, both));
        let cells = |alone: &Alone<'_>, findings: &Findings| {
            let whole = findings.scenarios.iter().filter(|cell| alone.scenarios.iter().any(|entry| entry.id == cell.id)).count();
            alone.cells + whole
        };
        prop_assert_eq!(both + cells(&there.only_now, &now), now.scenarios.len());
        prop_assert_eq!(both + cells(&there.only_before, &before), before.scenarios.len());
        prop_assert!(there.outcomes.is_empty());
    }

    /// A figure moved when the intervals have nothing in common, whichever run came first.
    #[test]
    fn a_figure_moves_when_intervals_part(old in prop::collection::vec(1.0..50.0_f64, 1..6), new in prop::collection::vec(1.0..50.0_f64, 1..6)) {
        let with = |repeats: &[f64]| {
            let mut findings = sample::findings();
            findings.drills.clear();
            findings.costs.truncate(1);
            findings.costs[0].figures = vec![crate::compare::findings::Figure::measured(Measure::P50, repeats, 9)];
            findings
        };
        let (before, now) = (with(&old), with(&new));
        let apart = |low: &[f64], high: &[f64]| {
            let rounded = |value: f64| (value * 100.0).round();
            low.iter().all(|low| high.iter().all(|high| rounded(*low) < rounded(*high)))
        };
        let moved = usize::from(apart(&old, &new) || apart(&new, &old));
        for (first, second) in [(&before, &now), (&now, &before)] {
            let figures = changes(first, second).figures.unwrap();
            prop_assert_eq!((figures.moved.len(), figures.within), (moved, 1 - moved));
        }
    }
}
