//! Text forms that Prometheus reads: its own, version 0.0.4, and `OpenMetrics` 1.0. Both name every series alike.
//!
//! Lines end in LF alone, and no sample carries a time: a time that is not now loses the sample without a word.

use std::fmt::{self, Write as _};

/// Bytes of the text of a line with a few targets.
const TYPICAL_SIZE: usize = 16 * 1024;

/// Text form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposition {
    /// Prometheus text exposition format 0.0.4.
    Text,
    /// `OpenMetrics` 1.0.
    OpenMetrics,
}

/// Kind of a metric family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FamilyKind {
    /// A figure that rises and falls.
    Gauge,
    /// A figure that only rises. Its series end in `_total`.
    Counter,
    /// A distribution.
    Histogram,
}

/// Figures of one name.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricFamily {
    /// Name without `_total`.
    pub name: &'static str,
    /// Kind.
    pub kind: FamilyKind,
    /// Description on one line.
    pub help: &'static str,
    /// Series with what identifies each.
    pub series: Vec<MetricSeries>,
}

/// One series of a family.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricSeries {
    /// Names and values of the labels.
    pub labels: Vec<(&'static str, String)>,
    /// Figure.
    pub value: MetricValue,
}

/// Figure of a series.
#[derive(Debug, Clone, PartialEq)]
pub enum MetricValue {
    /// A number. One that is not finite is left out.
    Number(f64),
    /// A count.
    Count(u64),
    /// A distribution.
    Distribution(Distribution),
}

/// Counts by size.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// Upper bounds of the buckets with the count of each bucket alone, in rising order.
    pub buckets: Vec<(f64, u64)>,
    /// Count above the last bound.
    pub above: u64,
    /// Sum of all that were counted.
    pub sum: f64,
}

impl Exposition {
    /// Returns the form that an Accept field (RFC 9110, 12.5.1) asks for: `OpenMetrics` only where it is named and at
    /// least as welcome as text.
    pub fn of_accept(accept: &str) -> Self {
        let (mut text, mut open) = (None, None);
        for range in accept.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
            let (mut weight, mut version) = (1.0, None);
            for (name, value) in parts.filter_map(|part| part.split_once('=')) {
                match name.trim().to_ascii_lowercase().as_str() {
                    "q" => weight = value.trim().parse::<f64>().ok().filter(|q| (0.0..=1.0).contains(q)).unwrap_or(0.0),
                    "version" => version = Some(value.trim().trim_matches('"')),
                    _ => {}
                }
            }
            let best = match essence.as_str() {
                "application/openmetrics-text" if version.is_none_or(|version| version == "1.0.0") => &mut open,
                "text/plain" if version.is_none_or(|version| version == "0.0.4") => &mut text,
                "text/*" | "*/*" => &mut text,
                _ => continue,
            };
            *best = Some(best.map_or(weight, |known: f64| known.max(weight)));
        }
        match open {
            Some(weight) if weight > 0.0 && weight >= text.unwrap_or(0.0) => Self::OpenMetrics,
            _ => Self::Text,
        }
    }

    /// Returns the Content-Type. Prometheus 3 refuses a body without one.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// Returns the families as text. A family without series is left out.
    pub fn render(self, families: &[MetricFamily]) -> String {
        let mut out = String::with_capacity(TYPICAL_SIZE);
        for family in families.iter().filter(|family| !family.series.is_empty()) {
            self.family(&mut out, family);
        }
        if self == Self::OpenMetrics {
            out.push_str("# EOF\n");
        }
        out
    }

    fn family(self, out: &mut String, family: &MetricFamily) {
        let (kind, suffix) = match family.kind {
            FamilyKind::Gauge => ("gauge", ""),
            FamilyKind::Counter => ("counter", "_total"),
            FamilyKind::Histogram => ("histogram", ""),
        };
        // In text, the family of a counter is called as its series are.
        let name = match self {
            Self::Text => format!("{}{suffix}", family.name),
            Self::OpenMetrics => family.name.to_owned(),
        };
        push(out, format_args!("# HELP {name} {}\n# TYPE {name} {kind}\n", escaped(family.help)));
        let series_name = format!("{}{suffix}", family.name);
        for series in &family.series {
            let labels = labels_text(&series.labels);
            match &series.value {
                MetricValue::Number(number) if number.is_finite() => sample(out, &series_name, "", &labels, number),
                MetricValue::Number(_) => {}
                MetricValue::Count(count) => sample(out, &series_name, "", &labels, count),
                MetricValue::Distribution(distribution) => histogram(out, family.name, &labels, distribution),
            }
        }
    }
}

fn histogram(out: &mut String, name: &str, labels: &str, distribution: &Distribution) {
    let comma = if labels.is_empty() { "" } else { "," };
    let bucket = format!("{name}_bucket{{{labels}{comma}le=\"");
    let mut below = 0_u64;
    for (bound, count) in &distribution.buckets {
        below = below.saturating_add(*count);
        out.push_str(&bucket);
        push_bound(out, *bound);
        push(out, format_args!("\"}} {below}\n"));
    }
    let all = below.saturating_add(distribution.above);
    push(out, format_args!("{bucket}+Inf\"}} {all}\n"));
    sample(out, name, "_sum", labels, &distribution.sum);
    sample(out, name, "_count", labels, &all);
}

/// Writes one line. `labels` are spelled as they stand within the braces.
fn sample(out: &mut String, name: &str, suffix: &str, labels: &str, value: &dyn fmt::Display) {
    out.push_str(name);
    out.push_str(suffix);
    if !labels.is_empty() {
        for part in ["{", labels, "}"] {
            out.push_str(part);
        }
    }
    push(out, format_args!(" {value}\n"));
}

/// Labels as they stand within the braces, without a bound.
fn labels_text(labels: &[(&'static str, String)]) -> String {
    let mut out = String::new();
    for (name, value) in labels {
        let comma = if out.is_empty() { "" } else { "," };
        push(&mut out, format_args!("{comma}{name}=\"{}\"", escaped(value)));
    }
    out
}

/// Bound of a bucket as `OpenMetrics` wants it: `0.001`, `1.0`, `5e-05`. The same in text, so that a series keeps its
/// name whichever form is asked for.
fn push_bound(out: &mut String, bound: f64) {
    if bound > 0.0 && bound < 1e-4 {
        let text = format!("{bound:e}");
        let (digits, exponent) = text.split_once("e-").unwrap_or((&text, "0"));
        push(out, format_args!("{digits}e-{exponent:0>2}"));
    } else {
        push(out, format_args!("{bound:?}"));
    }
}

/// Text within quotes or after HELP. A quote is escaped in both, which `OpenMetrics` asks for.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            _ => out.push(character),
        }
    }
    out
}

fn push(out: &mut String, arguments: fmt::Arguments<'_>) {
    // Writing to a text cannot fail.
    out.write_fmt(arguments).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn families() -> Vec<MetricFamily> {
        let series = |labels: &[(&'static str, &str)], value| MetricSeries {
            labels: labels.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
            value,
        };
        vec![
            MetricFamily {
                name: "a_up",
                kind: FamilyKind::Gauge,
                help: "Up or not.",
                series: vec![
                    series(&[], MetricValue::Number(1.0)),
                    series(&[("host", "a\"b\\c\nd\u{e4}")], MetricValue::Number(0.5)),
                    series(&[("host", "nothing")], MetricValue::Number(f64::NAN)),
                ],
            },
            MetricFamily {
                name: "a_probes",
                kind: FamilyKind::Counter,
                help: "Probes.",
                series: vec![series(&[("x", "1"), ("y", "")], MetricValue::Count(u64::MAX))],
            },
            MetricFamily { name: "a_none", kind: FamilyKind::Gauge, help: "None.", series: Vec::new() },
            MetricFamily {
                name: "a_duration_seconds",
                kind: FamilyKind::Histogram,
                help: "Time.",
                series: vec![series(
                    &[("x", "1")],
                    MetricValue::Distribution(Distribution {
                        buckets: vec![(0.001, 2), (1.0, 0), (2.5, 3)],
                        above: 1,
                        sum: 7.25,
                    }),
                )],
            },
        ]
    }

    #[test]
    fn text_and_openmetrics_are_spelled_so() {
        let text = "\
# HELP a_up Up or not.
# TYPE a_up gauge
a_up 1
a_up{host=\"a\\\"b\\\\c\\nd\u{e4}\"} 0.5
# HELP a_probes_total Probes.
# TYPE a_probes_total counter
a_probes_total{x=\"1\",y=\"\"} 18446744073709551615
# HELP a_duration_seconds Time.
# TYPE a_duration_seconds histogram
a_duration_seconds_bucket{x=\"1\",le=\"0.001\"} 2
a_duration_seconds_bucket{x=\"1\",le=\"1.0\"} 2
a_duration_seconds_bucket{x=\"1\",le=\"2.5\"} 5
a_duration_seconds_bucket{x=\"1\",le=\"+Inf\"} 6
a_duration_seconds_sum{x=\"1\"} 7.25
a_duration_seconds_count{x=\"1\"} 6
";
        assert_eq!(text, Exposition::Text.render(&families()));
        let open = text.replace("HELP a_probes_total", "HELP a_probes").replace("TYPE a_probes_total", "TYPE a_probes");
        assert_eq!(format!("{open}# EOF\n"), Exposition::OpenMetrics.render(&families()));
    }

    #[test]
    fn bounds_are_spelled_as_other_exporters_do() {
        for (bound, text) in
            [(0.00005, "5e-05"), (0.0001, "0.0001"), (0.0016, "0.0016"), (1.0, "1.0"), (26.2144, "26.2144")]
        {
            let mut out = String::new();
            push_bound(&mut out, bound);
            assert_eq!(text, out);
        }
    }

    #[test]
    fn the_form_is_the_one_that_is_asked_for() {
        use Exposition::{OpenMetrics, Text};
        for (accept, form) in [
            ("", Text),
            ("*/*", Text),
            ("text/html,*/*;q=0.8", Text),
            ("application/openmetrics-text", OpenMetrics),
            ("application/openmetrics-text; version=1.0.0; charset=utf-8", OpenMetrics),
            ("application/openmetrics-text;version=0.0.1", Text),
            ("application/openmetrics-text;q=0", Text),
            ("application/openmetrics-text;q=nonsense", Text),
            ("application/openmetrics-text;q=0.3,text/plain;q=0.5", Text),
            // Prometheus 2.42 and 3.5.
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                OpenMetrics,
            ),
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                OpenMetrics,
            ),
            ("text/plain;version=0.0.4;q=1,*/*;q=0.1", Text),
        ] {
            assert_eq!(form, Exposition::of_accept(accept), "{accept}");
        }
    }
}
