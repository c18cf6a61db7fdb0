//! The Prometheus text format, version 0.0.4.

use std::fmt::{Display, Write};

use crate::histogram::Histogram;

/// A family of samples: its name, its type, and what is said of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) kind: Type,
    pub(super) help: &'static str,
}

/// What kind of metric a family is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Type {
    /// Only grows, from zero at the start.
    Counter,
    /// Rises and falls.
    Gauge,
    /// Durations in buckets.
    Histogram,
}

/// Every metric as text, family by family.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
}

/// The samples of one family.
pub(super) struct Samples<'p> {
    name: &'static str,
    text: &'p mut String,
}

type Labels<'l> = &'l [(&'l str, &'l str)];

impl Page {
    /// The text, as [`Self::MEDIA_TYPE`].
    pub fn into_text(self) -> String {
        self.text
    }

    /// What it is called in `Content-Type`.
    pub const MEDIA_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// Begins a family, which is told of even when there is no sample.
    pub(super) fn family(&mut self, family: Family) -> Samples<'_> {
        let Family { name, kind, help } = family;
        let kind = match kind {
            Type::Counter => "counter",
            Type::Gauge => "gauge",
            Type::Histogram => "histogram",
        };
        let text = &mut self.text;
        // Writing into a text cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        Samples { name, text }
    }
}

impl Samples<'_> {
    /// One sample: a whole number, or a float as Rust writes it, which Prometheus reads.
    pub(super) fn put(&mut self, labels: Labels<'_>, value: impl Display) {
        self.line("", labels, None, value);
    }

    /// The samples of a histogram, in seconds.
    pub(super) fn histogram(&mut self, labels: Labels<'_>, histogram: &Histogram) {
        let mut all = 0;
        for (end, count) in histogram.cumulated() {
            let end = end.map_or("+Inf".to_owned(), |end| end.as_secs_f64().to_string());
            self.line("_bucket", labels, Some(("le", &end)), count);
            all = count;
        }
        self.line("_sum", labels, None, histogram.sum().as_secs_f64());
        self.line("_count", labels, None, all);
    }

    fn line(&mut self, suffix: &str, labels: Labels<'_>, more: Option<(&str, &str)>, value: impl Display) {
        self.text.push_str(self.name);
        self.text.push_str(suffix);
        let mut opening = '{';
        for (name, value) in labels.iter().copied().chain(more) {
            let _ = write!(self.text, "{opening}{name}=\"{}\"", escaped(value));
            opening = ',';
        }
        if opening == ',' {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {value}");
    }
}

/// The value of a label may be what an operator or an issuer called something.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const ODD: Family = Family { name: "odd", kind: Type::Gauge, help: "Odd things." };

    #[test]
    fn samples_are_written_as_the_format_has_them() {
        let mut page = Page::default();
        let mut odd = page.family(ODD);
        odd.put(&[], 0.5);
        odd.put(&[("a", "b"), ("c", "")], f64::INFINITY);
        insta::assert_snapshot!(page.into_text(), @r#"
        # HELP odd Odd things.
        # TYPE odd gauge
        odd 0.5
        odd{a="b",c=""} inf
        "#);
    }

    #[test]
    fn no_name_breaks_out_of_its_label() {
        let mut page = Page::default();
        page.family(ODD).put(&[("plan", "a\"} 1\nodd{plan=\"b\\")], 1);
        let text = page.into_text();
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(text.ends_with("odd{plan=\"a\\\"} 1\\nodd{plan=\\\"b\\\\\"} 1\n"), "{text}");
    }

    #[test]
    fn a_histogram_says_buckets_sum_and_count() {
        let histogram = Histogram::default();
        histogram.count(Duration::from_micros(3));
        histogram.count(Duration::from_secs(60));
        let mut page = Page::default();
        page.family(Family { name: "d_seconds", kind: Type::Histogram, help: "D." }).histogram(&[("of", "x")], &histogram);
        let text = page.into_text();
        for line in [
            r#"d_seconds_bucket{of="x",le="0.000002"} 0"#,
            r#"d_seconds_bucket{of="x",le="0.000005"} 1"#,
            r#"d_seconds_bucket{of="x",le="10"} 1"#,
            r#"d_seconds_bucket{of="x",le="+Inf"} 2"#,
            r#"d_seconds_sum{of="x"} 60.000003"#,
            r#"d_seconds_count{of="x"} 2"#,
        ] {
            assert!(text.lines().any(|known| known == line), "{line} is not in\n{text}");
        }
    }
}
