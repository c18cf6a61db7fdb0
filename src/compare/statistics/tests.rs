//! The methods held against simulated truth: how often an interval holds what it must.

use proptest::prelude::*;

use super::*;

/// Noise from a seed, the same in every run: a small generator, good enough for shares of 2 %.
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let high = u32::try_from(self.0 >> 33).unwrap();
        (f64::from(high) + 0.5) / f64::from(1_u32 << 31)
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// What a shared machine does to a measurement: mostly a little, sometimes a lot, and always more, never less. Its median
    /// is that of `ln` one half.
    fn skewed(&mut self) -> f64 {
        let rare = if self.uniform() < 0.1 { 5.0 } else { 1.0 };
        (0.1 * rare * self.normal()).exp()
    }
}

/// The share of `trials` in which the interval of `number` values holds `truth`.
fn coverage(number: usize, truth: f64, mut draw: impl FnMut() -> f64) -> f64 {
    let trials = 4000;
    let held = (0..trials).filter(|_| {
        let values: Vec<f64> = (0..number).map(|_| draw()).collect();
        let (low, high) = interval(&values).unwrap();
        low <= truth && truth <= high
    });
    f64::from(u32::try_from(held.count()).unwrap()) / f64::from(trials)
}

#[test]
fn an_interval_takes_six_values_and_narrows_with_more() {
    let outside: Vec<_> = (1..=20).map(skipped).collect();
    assert_eq!(outside[..5], [None; 5]);
    let expected = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4, 5];
    assert_eq!(outside[5..], expected.map(Some));
}

#[test]
fn the_median_lies_within_its_interval_as_often_as_it_must() {
    let mut noise = Noise(7);
    for number in [6, 7, 9, 12, 20] {
        let normal = coverage(number, 0.0, || noise.normal());
        let mut noise = Noise(11);
        let skewed = coverage(number, 1.0, || noise.skewed());
        for held in [normal, skewed] {
            // Never less than 95 %; with few values the next wider pair is a step away.
            assert!((0.94..=0.995).contains(&held), "{held} of {number}");
        }
    }
}

#[test]
fn a_tail_lies_within_the_interval_of_the_tails_of_turns() {
    let mut noise = Noise(13);
    // As many turns and calls in each as `cost/plan.rs` has for these percentiles.
    for (turns, calls, share) in [(6, 170, 0.99), (6, 340, 0.99), (12, 900, 0.999), (6, 60, 0.5)] {
        // Of the exponential distribution.
        let truth = -(1.0_f64 - share).ln() * 1e6;
        let trials = 400;
        let held = (0..trials).filter(|_| {
            let tails: Vec<f64> = (0..turns).map(|_| tail(&mut noise, calls, share)).collect();
            let (low, high) = interval(&tails).unwrap();
            low <= truth && truth <= high
        });
        let held = f64::from(u32::try_from(held.count()).unwrap()) / f64::from(trials);
        assert!(held >= 0.92, "{held} for the share {share} of {calls} calls in {turns} turns");
    }
}

fn tail(noise: &mut Noise, calls: u32, share: f64) -> f64 {
    let mut observed = Histogram::<u64>::new_with_bounds(1, 60_000_000_000, 3).unwrap();
    for _ in 0..calls {
        observed.record(std::time::Duration::from_secs_f64(-noise.uniform().ln() / 1e3).as_nanos().try_into().unwrap()).unwrap();
    }
    quantile(&observed, share).unwrap()
}

#[test]
fn a_tail_of_too_few_calls_is_none() {
    let mut observed = Histogram::<u64>::new_with_bounds(1, 1000, 3).unwrap();
    assert_eq!(quantile(&observed, 0.5), None);
    for value in 1..=66 {
        observed.record(value).unwrap();
        assert_eq!(quantile(&observed, 0.99), None);
    }
    assert_eq!(quantile(&observed, 0.5), Some(33.5));
    observed.record(67).unwrap();
    assert!(quantile(&observed, 0.99).is_some_and(|tail| (66.0..=67.0).contains(&tail)));
}

#[test]
fn a_median_may_be_endless() {
    let endless = f64::INFINITY;
    assert_eq!(median(&[]), None);
    assert_eq!(median(&[3.0, f64::NAN, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(&[1.0, endless, endless]), Some(endless));
    assert_eq!(median(&[1.0, 2.0, endless, endless]), Some(endless));
    assert_eq!(interval(&[1.0, 2.0, 3.0, 4.0, endless, endless]), Some((1.0, endless)));
    assert_eq!(interval(&[1.0, 2.0, 3.0, 4.0, 5.0, f64::NAN]), None);
    for (interval, wider) in [((10.0, 20.0), (8.0, 25.0)), ((-10.0, 20.0), (-12.5, 25.0)), ((-20.0, -10.0), (-25.0, -8.0))] {
        assert_eq!(widened(interval, -0.25), wider);
    }
}

proptest! {
    #[test]
    fn the_median_lies_within_and_the_order_does_not_matter(mut values in prop::collection::vec(-1e6..1e6, 6..40)) {
        let (low, high) = interval(&values).unwrap();
        let middle = median(&values).unwrap();
        prop_assert!(low <= middle && middle <= high);
        values.reverse();
        prop_assert_eq!(interval(&values), Some((low, high)));
    }
}
