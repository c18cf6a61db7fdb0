//! The page of metrics: what is told goes into the data model of the `prometheus` crate, which writes the text.

use prometheus::{
    TEXT_FORMAT, TextEncoder,
    proto::{Bucket, Counter, Gauge, LabelPair, Metric, MetricFamily, MetricType},
};

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

/// Every metric, family by family.
#[derive(Debug, Default)]
pub struct Page {
    families: Vec<MetricFamily>,
}

/// The samples of one family.
pub(super) struct Samples<'p> {
    kind: Type,
    /// It is the last of these.
    families: &'p mut Vec<MetricFamily>,
}

type Labels<'l> = &'l [(&'l str, &'l str)];

impl Page {
    /// The text, as [`Self::MEDIA_TYPE`]. A family without samples is left away.
    pub fn into_text(mut self) -> String {
        self.families.retain(|family| !family.get_metric().is_empty());
        // Refused are families without a name or a sample, and there are none.
        TextEncoder::new().encode_to_string(&self.families).unwrap_or_default()
    }

    /// What it is called in `Content-Type`: the Prometheus text format.
    pub const MEDIA_TYPE: &'static str = TEXT_FORMAT;

    /// Begins a family.
    pub(super) fn family(&mut self, Family { name, kind, help }: Family) -> Samples<'_> {
        let mut family = MetricFamily::default();
        family.set_name(name.to_owned());
        family.set_help(help.to_owned());
        family.set_field_type(match kind {
            Type::Counter => MetricType::COUNTER,
            Type::Gauge => MetricType::GAUGE,
            Type::Histogram => MetricType::HISTOGRAM,
        });
        self.families.push(family);
        Samples { kind, families: &mut self.families }
    }
}

impl Samples<'_> {
    /// One sample of a counter or a gauge.
    pub(super) fn put(&mut self, labels: Labels<'_>, value: impl Number) {
        let mut sample = labelled(labels);
        if matches!(self.kind, Type::Counter) {
            let mut counter = Counter::default();
            counter.set_value(value.float());
            sample.set_counter(counter);
        } else {
            let mut gauge = Gauge::default();
            gauge.set_value(value.float());
            sample.set_gauge(gauge);
        }
        self.push(sample);
    }

    /// The samples of a histogram, in seconds.
    pub(super) fn histogram(&mut self, labels: Labels<'_>, histogram: &Histogram) {
        let mut told = prometheus::proto::Histogram::default();
        let mut buckets = Vec::new();
        for (end, count) in histogram.cumulated() {
            told.set_sample_count(count);
            if let Some(end) = end {
                let mut bucket = Bucket::default();
                bucket.set_upper_bound(end.as_secs_f64());
                bucket.set_cumulative_count(count);
                buckets.push(bucket);
            }
        }
        told.set_bucket(buckets);
        told.set_sample_sum(histogram.sum().as_secs_f64());
        let mut sample = labelled(labels);
        sample.set_histogram(told);
        self.push(sample);
    }

    fn push(&mut self, sample: Metric) {
        if let Some(family) = self.families.last_mut() {
            family.mut_metric().push(sample);
        }
    }
}

fn labelled(labels: Labels<'_>) -> Metric {
    Metric::from_label(labels.iter().map(|(name, value)| label(name, value)).collect())
}

fn label(name: &str, value: &str) -> LabelPair {
    let mut pair = LabelPair::default();
    pair.set_name(name.to_owned());
    pair.set_value(value.to_owned());
    pair
}

/// What the format writes, as it writes it: a float.
pub(super) trait Number {
    fn float(self) -> f64;
}

impl Number for f64 {
    fn float(self) -> f64 {
        self
    }
}

impl Number for u8 {
    fn float(self) -> f64 {
        self.into()
    }
}

impl Number for u64 {
    #[expect(clippy::cast_precision_loss, reason = "a count has a float's 53 bits for longer than any server runs")]
    fn float(self) -> f64 {
        self as f64
    }
}

impl Number for usize {
    fn float(self) -> f64 {
        u64::try_from(self).unwrap_or(u64::MAX).float()
    }
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
        page.family(ODD).put(&[("plan", "a\"} 1\nodd{plan=\"b\\")], 1_u8);
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
