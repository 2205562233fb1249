//! `InfluxDB` line protocol (`InfluxDB` 1.x and 2.x), which `VictoriaMetrics` takes as well.
//!
//! A series `netlog_rtt_seconds` is the field `rtt_seconds` of the measurement `netlog`: `VictoriaMetrics` makes the same
//! name of it. Counts are integers, all else doubles, for ever: a field that changes its type is refused. There are no
//! string fields, which `VictoriaMetrics` would store as 0. Times are milliseconds (`precision=ms`).

use std::fmt::Write as _;

use crate::model::metric::{SeriesSamples, ValueKind};

/// Value of the header `Content-Type`.
pub const CONTENT_TYPE: &str = "text/plain; charset=utf-8";

/// Returns the body of a request. A sample that says "not measured" has no form here and is left out.
pub fn body<'a>(series: impl Iterator<Item = &'a SeriesSamples>) -> String {
    let mut body = String::new();
    for (series, samples) in series {
        let (measurement, field) = series.name().split_once('_').unwrap_or((series.name(), "value"));
        let mut head = escaped(measurement, &[',', ' ']);
        for (name, value) in series.labels() {
            head.push(',');
            head.push_str(&escaped(name, &[',', '=', ' ']));
            head.push('=');
            head.push_str(&escaped(value, &[',', '=', ' ']));
        }
        head.push(' ');
        head.push_str(&escaped(field, &[',', '=', ' ']));
        for sample in samples {
            let Some(raw) = sample.value else { continue };
            let number = series.kind().number(raw);
            // Writing to a text cannot fail.
            let _written = match series.kind() {
                ValueKind::Count => writeln!(body, "{head}={raw}i {}", sample.at_ms),
                _ if number.is_finite() => writeln!(body, "{head}={number} {}", sample.at_ms),
                _ => Ok(()),
            };
        }
    }
    body
}

fn escaped(text: &str, special: &[char]) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    for character in text.chars() {
        match character {
            // A line ends at a line feed whatever stands before it.
            character if character.is_control() => out.push_str("\\ "),
            '\\' => out.push_str("\\\\"),
            character if special.contains(&character) => out.extend(['\\', character]),
            character => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::metric::{MetricSample, Series};

    fn lines(series: Series, samples: &[(i64, Option<i64>)]) -> String {
        let samples = samples.iter().map(|(at_ms, value)| MetricSample { at_ms: *at_ms, value: *value }).collect();
        body([(Arc::new(series), samples)].iter())
    }

    #[test]
    fn types_are_fixed_by_series_and_what_was_not_measured_is_left_out() {
        let rtt = Series::new("netlog_rtt_seconds", ValueKind::Micros, [("site", "home"), ("host", "192.0.2.1")]);
        assert_eq!(
            "netlog,host=192.0.2.1,site=home rtt_seconds=0.012345 1000\nnetlog,host=192.0.2.1,site=home rtt_seconds=1 3000\n",
            lines(rtt, &[(1000, Some(12_345)), (2000, None), (3000, Some(1_000_000))])
        );
        let up = Series::new("netlog_line_up", ValueKind::Count, []);
        assert_eq!("netlog line_up=1i -5\n", lines(up, &[(-5, Some(1))]));
        let odd = Series::new("single", ValueKind::Float, []);
        let bits = |number: f64| Some(number.to_bits().cast_signed());
        assert_eq!(
            "single value=0.0000001 1\n",
            lines(odd, &[(0, bits(f64::NAN)), (1, bits(1e-7)), (2, bits(f64::INFINITY))])
        );
    }

    #[test]
    fn special_characters_are_escaped_and_a_line_stays_one() {
        let series = Series::new("netlog_x", ValueKind::Count, [("site", "a b,c=d\\ e\nf"), ("end", "x\\")]);
        assert_eq!("netlog,end=x\\\\,site=a\\ b\\,c\\=d\\\\\\ e\\ f x=1i 1\n", lines(series, &[(1, Some(1))]));
    }
}
