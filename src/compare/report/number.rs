//! Numbers as people read them: three digits, a unit, no more.

use crate::compare::findings::{Figure, Unit};

/// `9.40 µs`, `118 µs`, `1.21 ms`, `402 B`, `4.4 kB`; nothing when the figure is void.
pub(super) fn text(figure: &Figure) -> Option<String> {
    figure.value.map(|value| with_unit(value, figure.unit))
}

/// A value in a unit that suits its size.
pub(super) fn with_unit(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Microseconds if value < 1e3 => format!("{} µs", digits(value)),
        Unit::Microseconds if value < 1e6 => format!("{} ms", digits(value / 1e3)),
        Unit::Microseconds => format!("{} s", digits(value / 1e6)),
        Unit::Bytes if value < 1e3 => format!("{value:.0} B"),
        Unit::Bytes if value < 1e6 => format!("{} kB", digits(value / 1e3)),
        Unit::Bytes => format!("{} MB", digits(value / 1e6)),
        Unit::PerSecond if value < 1e3 => format!("{value:.0}/s"),
        Unit::PerSecond => format!("{}k/s", digits(value / 1e3)),
    }
}

/// `9.20 – 9.80 µs`; each end in a unit of its own where they differ in size. Nothing when both ends look the same.
pub(super) fn between((low, high): (f64, f64), unit: Unit) -> Option<String> {
    let (low, high) = (with_unit(low, unit), with_unit(high, unit));
    let shared = low.split_once(' ').filter(|(_, unit)| high.ends_with(&format!(" {unit}"))).map(|(number, _)| number);
    (low != high).then(|| format!("{} – {high}", shared.unwrap_or(&low)))
}

/// `×1.03` of another value; nothing when either is absent.
pub(super) fn ratio(figure: Option<&Figure>, to: Option<&Figure>) -> Option<f64> {
    let (value, base) = (figure?.value?, to?.value?);
    (base > 0.0).then_some(value / base)
}

/// `1.04`, `12.3`, `402`.
pub(super) fn digits(value: f64) -> String {
    match value.abs() {
        small if small < 9.995 => format!("{value:.2}"),
        middle if middle < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// `1 attack`, `2 attacks`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_one_unit_where_it_can() {
        let shown = [(9.2, 9.8), (900.0, 1100.0)].map(|range| between(range, Unit::Microseconds));
        assert_eq!(shown, [Some("9.20 – 9.80 µs".into()), Some("900 µs – 1.10 ms".into())]);
        assert_eq!(between((900.0, 18_400.0), Unit::PerSecond), Some("900/s – 18.4k/s".into()));
        assert_eq!(between((402.1, 402.3), Unit::Bytes), None);
    }

    #[test]
    fn numbers_have_three_digits_and_a_unit() {
        let shown = [9.4, 9.996, 118.2, 999.6, 1210.0, 2_500_000.0].map(|value| with_unit(value, Unit::Microseconds));
        assert_eq!(shown, ["9.40 µs", "10.0 µs", "118 µs", "1000 µs", "1.21 ms", "2.50 s"]);
        assert_eq!(
            [402.0, 4371.0, 12_345.0, 5e7].map(|value| with_unit(value, Unit::Bytes)),
            ["402 B", "4.37 kB", "12.3 kB", "50.0 MB"]
        );
    }
}
