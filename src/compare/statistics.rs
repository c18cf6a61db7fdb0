//! Medians and tails with an interval in which the truth lies, whatever the distribution of the noise.

use hdrhistogram::Histogram;

/// How often an interval must hold the truth.
const CONFIDENCE: f64 = 0.95;

/// The middle of the values, or of the two in the middle; values that are no numbers are left out.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let sorted = sorted(values);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(sorted[middle]),
        // Of two that are endless, the middle is.
        _ if sorted[middle].is_infinite() => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

/// The 95 % interval of the median of what the values are a sample of: the narrowest pair of order statistics, as many from below
/// as from above, that holds it at least so often (the sign test turned round). Nothing for fewer than six values: then even the
/// lowest and the highest do not.
pub(super) fn interval(values: &[f64]) -> Option<(f64, f64)> {
    let sorted = sorted(values);
    let skip = skipped(sorted.len())?;
    Some((sorted[skip], sorted[sorted.len() - 1 - skip]))
}

/// The interval of a quantity on a machine that changed by the share `by` meanwhile, faster or slower: each end is moved outwards
/// by one plus that share without its sign. A difference may lie below nought.
pub(super) fn widened((low, high): (f64, f64), by: f64) -> (f64, f64) {
    let factor = 1.0 + by.abs();
    let outwards = |end: f64, away: bool| if away { end * factor } else { end / factor };
    (outwards(low, low < 0.0), outwards(high, high > 0.0))
}

/// The value that the share `quantile` of all calls stays below, estimated from a few of them so that it is too high as often as
/// too low, whatever their distribution (Hyndman and Fan's eighth). Nothing when they are too few to say.
pub(super) fn quantile(observed: &Histogram<u64>, quantile: f64) -> Option<f64> {
    let number = f64::from(u32::try_from(observed.len()).ok()?);
    let rank = quantile * (number + 1.0 / 3.0) + 1.0 / 3.0;
    if rank < 1.0 || rank > number {
        return None;
    }
    // The middle of the step: no rounding leads to the next.
    let at = |rank: f64| nanoseconds(observed.value_at_quantile(((rank - 0.5) / number).clamp(0.0, 1.0)));
    let (below, above) = (at(rank.floor()), at(rank.ceil()));
    Some(below + (above - below) * rank.fract())
}

/// A count of nanoseconds as a number that can be divided.
pub(super) fn nanoseconds(count: u64) -> f64 {
    std::time::Duration::from_nanos(count).as_secs_f64() * 1e9
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// How many of the lowest, and as many of the highest, of `number` values lie outside the interval.
fn skipped(number: usize) -> Option<usize> {
    let mut outside = 0.0;
    let mut term = 0.5_f64.powi(i32::try_from(number).ok()?);
    let mut skip = None;
    for low in 0..number {
        outside += term;
        if 1.0 - 2.0 * outside < CONFIDENCE {
            break;
        }
        skip = Some(low);
        let (number, low) = (f64::from(u32::try_from(number).ok()?), f64::from(u32::try_from(low).ok()?));
        term *= (number - low) / (low + 1.0);
    }
    skip
}

#[cfg(test)]
mod tests;
