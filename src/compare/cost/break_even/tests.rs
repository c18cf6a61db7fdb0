//! The arithmetic of the break-even, and how often its interval holds the truth.

use proptest::prelude::*;

use super::*;

fn question() -> BreakEven {
    BreakEven::between(Per::Connection, Mode::Mtls, Mode::Apikey, Measure::ServerCpu)
}

fn told(more: &[f64], saved: &[f64]) -> String {
    let found = answered(question(), more, saved);
    let end = |end: Option<f64>| end.map_or_else(|| "none".into(), |calls| calls.to_string());
    match (found.answer, found.void) {
        (Some(answer), None) => format!("{answer}: {} ({} to {})", end(found.calls), end(found.least), end(found.most)),
        (None, Some(why)) => format!("void: {why}"),
        both => format!("broken: {both:?}"),
    }
}

#[test]
fn the_answer_is_the_median_over_the_repeats() {
    let more = [100.0; 6];
    for (saved, expected) in [
        ([10.0, 10.0, 10.0, 10.0, 10.0, 10.0], "at: 10 (10 to 10)"),
        ([5.0, 10.0, 20.0, 10.0, 8.0, 10.0], "at: 10 (5 to 20)"),
        ([-1.0, -2.0, -1.0, -3.0, -1.0, -1.0], "never: none (none to none)"),
        ([5.0, 10.0, -1.0, 10.0, 8.0, 10.0], "undecided: 11.3 (10 to none)"),
        ([5.0, -1.0, -1.0, -1.0, 8.0, 10.0], "undecided: none (10 to none)"),
        ([200.0, 150.0, 150.0, 150.0, 100.0, 110.0], "always: 0.7 (0.5 to 1)"),
        ([0.0; 6], "never: none (none to none)"),
    ] {
        assert_eq!(told(&more, &saved), expected, "{saved:?}");
    }
}

#[test]
fn no_answer_without_a_start_or_without_repeats() {
    for (more, saved, why) in [
        (&[][..], &[][..], "nothing was observed"),
        (&[f64::NAN; 6], &[1.0; 6], "nothing was observed"),
        (&[1.0; 5], &[1.0; 5], "there were fewer than six repeats"),
        (&[0.0; 6], &[1.0; 6], "the start cost no more in this run"),
        (&[-1.0; 6], &[-1.0; 6], "the start cost no more in this run"),
    ] {
        assert_eq!(told(more, saved), format!("void: {why}"));
    }
}

proptest! {
    /// Costs with noise that is never more than a share of them: the break-even without noise lies within the interval that the
    /// noise of every repeat, taken at its worst, allows; and the answer is the same when all of them cost ten times as much.
    #[test]
    fn the_true_number_of_calls_is_found(
        start in 10.0..1000.0_f64,
        saving in 0.5..50.0_f64,
        noise in prop::collection::vec((-0.1..0.1_f64, -0.1..0.1_f64), 6..20),
    ) {
        let more: Vec<f64> = noise.iter().map(|(one, _)| start * (1.0 + one)).collect();
        let saved: Vec<f64> = noise.iter().map(|(_, other)| saving * (1.0 + other)).collect();
        let found = answered(question(), &more, &saved);
        let calls = found.calls.unwrap();
        let truth = start / saving;
        prop_assert!((truth * 0.9 / 1.1 - 0.1..=truth * 1.1 / 0.9 + 0.1).contains(&calls));
        prop_assert!(found.least.unwrap() <= calls && calls <= found.most.unwrap());
        let tenfold = |turns: &[f64]| turns.iter().map(|turn| turn * 10.0).collect::<Vec<_>>();
        let again = answered(question(), &tenfold(&more), &tenfold(&saved));
        prop_assert_eq!(again.answer, found.answer);
    }
}
