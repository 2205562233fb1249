//! Samples of metrics on their way to receivers: series, values, counters.

use std::{collections::BTreeMap, sync::Arc};

/// Labels of a series, the metric name aside. Receivers drop or cut a series with more.
const MAX_LABELS: usize = 20;
/// Bytes of a label value. Receivers drop or cut a longer one.
const MAX_VALUE_BYTES: usize = 1000;
/// Microseconds in a second.
const MICROS: f64 = 1e6;

/// Unit in which the raw values of a series are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueKind {
    /// Whole microseconds; receivers get seconds.
    Micros,
    /// Whole numbers: counts, and 1 or 0 for true or false.
    Count,
    /// Bits of an IEEE 754 double.
    Float,
}

impl ValueKind {
    /// Returns the number that receivers get for a raw value.
    #[inline]
    pub fn number(self, raw: i64) -> f64 {
        match self {
            Self::Micros => raw as f64 / MICROS,
            Self::Count => raw as f64,
            Self::Float => f64::from_bits(raw.cast_unsigned()),
        }
    }
}

/// Name and labels of a series.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    name: String,
    kind: ValueKind,
    labels: Vec<(String, String)>,
}

impl Series {
    /// Returns a series that every receiver takes: labels sorted by name, each once, none empty, at most 20, values of
    /// at most 1000 bytes.
    pub fn new<'a>(name: &str, kind: ValueKind, labels: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let labels = labels.into_iter().filter(|(key, value)| !key.is_empty() && !value.is_empty());
        let mut labels: Vec<(String, String)> =
            labels.map(|(key, value)| (key.to_owned(), shortened(value).to_owned())).collect();
        labels.sort();
        labels.dedup_by(|later, first| later.0 == first.0);
        labels.truncate(MAX_LABELS);
        Self { name: name.to_owned(), kind, labels }
    }

    /// Metric name, such as `netlog_rtt_seconds`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Unit of the raw values.
    pub fn kind(&self) -> ValueKind {
        self.kind
    }

    /// Labels sorted by name, the metric name not among them.
    pub fn labels(&self) -> &[(String, String)] {
        &self.labels
    }
}

fn shortened(value: &str) -> &str {
    let mut end = value.len().min(MAX_VALUE_BYTES);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    value.get(..end).unwrap_or_default()
}

/// One sample of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetricSample {
    /// Milliseconds since 1970 (UTC).
    pub at_ms: i64,
    /// Raw value in the unit of [`Series::kind`]; `None` when the series is not measured from here on.
    pub value: Option<i64>,
}

/// Samples of one series.
pub type SeriesSamples = (Arc<Series>, Vec<MetricSample>);

/// One entry of the queue.
#[derive(Debug, Clone, PartialEq)]
pub enum QueueRecord {
    /// Samples of one series, oldest first.
    Samples(SeriesSamples),
    /// An event as a JSON document.
    Event {
        /// Milliseconds since 1970 (UTC).
        at_ms: i64,
        /// The document, at most 256 KiB.
        json: String,
    },
}

/// Outages counted since the first start, so that counters go on after a restart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MetricCounters {
    /// Number of finished outages by cause (spelling of the fault domain).
    pub outages: BTreeMap<String, u64>,
    /// Seconds of finished outages by cause.
    pub seconds: BTreeMap<String, f64>,
    /// End of the last outage in milliseconds since 1970 and its length in seconds; `None` before the first.
    pub last: Option<(i64, f64)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_has_only_labels_that_every_receiver_takes() {
        let long = "ä".repeat(600);
        let names: Vec<String> = (0..30).map(|number| format!("n{number:02}")).collect();
        let labels = names.iter().rev().map(|name| (name.as_str(), long.as_str()));
        let series = Series::new("m", ValueKind::Count, labels.chain([("", "x"), ("a", ""), ("n00", "again")]));
        assert_eq!(20, series.labels().len());
        assert!(series.labels().is_sorted());
        assert_eq!(1, series.labels().iter().filter(|(name, _)| name == "n00").count());
        assert!(series.labels().iter().all(|(name, value)| !name.is_empty() && value.len() <= 1000));
        assert_eq!(Some(1000), series.labels().last().map(|(_, value)| value.len()));
    }

    #[test]
    fn raw_values_become_numbers_in_base_units() {
        let bits = |number: f64| number.to_bits().cast_signed();
        let numbers =
            [ValueKind::Micros.number(12_345), ValueKind::Count.number(7), ValueKind::Float.number(bits(-0.25))];
        assert_eq!([0.012_345, 7.0, -0.25].map(bits), numbers.map(bits));
    }
}
