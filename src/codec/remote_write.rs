//! Prometheus remote write 1.0: a `WriteRequest` in protobuf within a snappy block.
//!
//! Source: the Prometheus Remote-Write 1.0 specification, and the snappy format description (block format). The block
//! holds literals only: nothing is compressed, which every receiver reads.

use crate::model::metric::{MetricSample, Series, SeriesSamples};

/// Value of the header `Content-Type`.
pub const CONTENT_TYPE: &str = "application/x-protobuf";
/// Value of the header `Content-Encoding`.
pub const CONTENT_ENCODING: &str = "snappy";
/// Value of the header `X-Prometheus-Remote-Write-Version`.
pub const VERSION: &str = "0.1.0";
/// Bits of the double that ends a series: not measured from here on ("stale marker").
pub const STALE_MARKER: u64 = 0x7ff0_0000_0000_0002;

/// Bytes that a sample takes at most in the protobuf message.
pub const SAMPLE_SIZE: usize = 22;

/// Label that holds the metric name.
const NAME_LABEL: &str = "__name__";
/// Bytes of a snappy literal whose length takes two bytes.
const LITERAL: usize = 1 << 16;

// Tags: field number and wire type (2: length-delimited, 1: 64 bits, 0: varint).
const REQUEST_TIMESERIES: u8 = 1 << 3 | 2;
const SERIES_LABEL: u8 = 1 << 3 | 2;
const SERIES_SAMPLE: u8 = 2 << 3 | 2;
const LABEL_NAME: u8 = 1 << 3 | 2;
const LABEL_VALUE: u8 = 2 << 3 | 2;
const SAMPLE_VALUE: u8 = 1 << 3 | 1;
const SAMPLE_TIMESTAMP: u8 = 2 << 3;

/// Returns the body of a request.
pub fn body<'a>(series: impl Iterator<Item = &'a SeriesSamples>) -> Vec<u8> {
    let mut raw = Vec::new();
    for (series, samples) in series {
        put_series(&mut raw, series, samples);
    }
    block(&raw)
}

/// Returns the number of bytes that `samples` samples of a series take at most in the protobuf message.
pub fn raw_size(series: &Series, samples: usize) -> usize {
    let label = |(name, value): (&str, &str)| name.len() + value.len() + 12;
    let labels = series.labels().iter().map(|(name, value)| label((name, value)));
    labels.sum::<usize>() + label((NAME_LABEL, series.name())) + 6 + samples * SAMPLE_SIZE
}

fn put_series(raw: &mut Vec<u8>, series: &Series, samples: &[MetricSample]) {
    let mut labels: Vec<(&str, &str)> =
        series.labels().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    labels.push((NAME_LABEL, series.name()));
    labels.sort_unstable();
    let label_size = |(name, value): &(&str, &str)| text_size(name) + text_size(value);
    let labels_size: usize = labels.iter().map(|label| nested_size(label_size(label))).sum();
    let samples_size: usize = samples.iter().map(|sample| nested_size(sample_size(sample))).sum();
    raw.push(REQUEST_TIMESERIES);
    put(raw, (labels_size + samples_size) as u64);
    for label in &labels {
        raw.push(SERIES_LABEL);
        put(raw, label_size(label) as u64);
        put_text(raw, LABEL_NAME, label.0);
        put_text(raw, LABEL_VALUE, label.1);
    }
    for sample in samples {
        let value = sample.value.map_or(STALE_MARKER, |value| series.kind().number(value).to_bits());
        raw.push(SERIES_SAMPLE);
        put(raw, sample_size(sample) as u64);
        raw.push(SAMPLE_VALUE);
        raw.extend_from_slice(&value.to_le_bytes());
        raw.push(SAMPLE_TIMESTAMP);
        put(raw, sample.at_ms.cast_unsigned());
    }
}

fn nested_size(size: usize) -> usize {
    1 + varint_size(size as u64) + size
}

fn text_size(text: &str) -> usize {
    nested_size(text.len())
}

fn sample_size(sample: &MetricSample) -> usize {
    1 + 8 + 1 + varint_size(sample.at_ms.cast_unsigned())
}

fn varint_size(number: u64) -> usize {
    let bits = u64::BITS - (number | 1).leading_zeros();
    bits.div_ceil(7) as usize
}

fn put_text(raw: &mut Vec<u8>, tag: u8, text: &str) {
    raw.push(tag);
    put(raw, text.len() as u64);
    raw.extend_from_slice(text.as_bytes());
}

fn put(raw: &mut Vec<u8>, number: u64) {
    super::varint::put(raw, number);
}

/// Returns a snappy block that holds `raw`.
fn block(raw: &[u8]) -> Vec<u8> {
    let mut block = Vec::with_capacity(raw.len() + raw.len() / LITERAL * 3 + 16);
    put(&mut block, raw.len() as u64);
    for part in raw.chunks(LITERAL) {
        // 61 says that the length less one follows in two bytes.
        block.push(61 << 2);
        let length = u16::try_from(part.len() - 1).unwrap_or(u16::MAX);
        block.extend_from_slice(&length.to_le_bytes());
        block.extend_from_slice(part);
    }
    block
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::metric::ValueKind;

    /// Unpacks a snappy block by the format description, copies included.
    fn unpacked(block: &[u8]) -> Vec<u8> {
        let (length, mut rest) = varint(block);
        let mut raw = Vec::new();
        while let Some((tag, behind)) = rest.split_first() {
            assert_eq!(0, tag & 3, "only literals are written");
            let (size, behind) = match usize::from(tag >> 2) {
                size @ 0..=59 => (size + 1, behind),
                wide => {
                    let n = wide - 59;
                    let mut bytes = [0; 8];
                    bytes[..n].copy_from_slice(&behind[..n]);
                    (usize::try_from(u64::from_le_bytes(bytes)).unwrap() + 1, &behind[n..])
                }
            };
            raw.extend_from_slice(&behind[..size]);
            rest = &behind[size..];
        }
        assert_eq!(length, raw.len() as u64);
        raw
    }

    fn varint(bytes: &[u8]) -> (u64, &[u8]) {
        let end = bytes.iter().position(|byte| byte & 0x80 == 0).unwrap();
        let number = bytes[..=end].iter().rev().fold(0, |number, byte| number << 7 | u64::from(byte & 0x7f));
        (number, &bytes[end + 1..])
    }

    /// The fields of a protobuf message: number, and the bytes of its value.
    fn fields(mut message: &[u8]) -> Vec<(u64, Vec<u8>)> {
        let mut fields = Vec::new();
        while !message.is_empty() {
            let (tag, rest) = varint(message);
            let (value, rest) = match tag & 7 {
                0 => {
                    let (number, behind) = varint(rest);
                    (number.to_le_bytes().to_vec(), behind)
                }
                1 => (rest[..8].to_vec(), &rest[8..]),
                2 => {
                    let (length, behind) = varint(rest);
                    let (value, behind) = behind.split_at(usize::try_from(length).unwrap());
                    (value.to_vec(), behind)
                }
                other => panic!("wire type {other}"),
            };
            fields.push((tag >> 3, value));
            message = rest;
        }
        fields
    }

    fn number(bytes: &[u8]) -> u64 {
        u64::from_le_bytes(bytes.try_into().unwrap())
    }

    type Read = (Vec<(String, String)>, Vec<(u64, i64)>);

    fn read(body: &[u8]) -> Vec<Read> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let one = |(field, series): (u64, Vec<u8>)| {
            assert_eq!(1, field);
            let (mut labels, mut samples) = (Vec::new(), Vec::new());
            for (field, value) in fields(&series) {
                match (field, fields(&value).as_slice()) {
                    (1, [(1, name), (2, value)]) => labels.push((text(name), text(value))),
                    (2, [(1, value), (2, at)]) => samples.push((number(value), number(at).cast_signed())),
                    other => panic!("{other:?}"),
                }
            }
            (labels, samples)
        };
        fields(&unpacked(body)).into_iter().map(one).collect()
    }

    #[test]
    fn an_independent_reader_finds_series_samples_and_stale_markers() {
        let series = Series::new("netlog_rtt_seconds", ValueKind::Micros, [("site", "home"), ("Host", "::1")]);
        let sample = |at_ms, value| MetricSample { at_ms, value };
        let samples = vec![sample(1_795_910_400_123, Some(12_345)), sample(-1, Some(0)), sample(3, None)];
        let counter = Series::new("netlog_outages_total", ValueKind::Count, []);
        let request = [(Arc::new(series), samples), (Arc::new(counter), vec![sample(0, Some(3))])];
        let [rtt, outages] = read(&body(request.iter())).try_into().unwrap();
        let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        // Byte order: capitals, then the underscore, then small letters.
        assert_eq!(vec![label("Host", "::1"), label("__name__", "netlog_rtt_seconds"), label("site", "home")], rtt.0);
        let expected = vec![(0.012_345_f64.to_bits(), 1_795_910_400_123), (0, -1), (0x7ff0_0000_0000_0002, 3)];
        assert_eq!(expected, rtt.1);
        assert_eq!((vec![label("__name__", "netlog_outages_total")], vec![(3_f64.to_bits(), 0)]), outages);
    }

    #[test]
    fn large_requests_are_cut_into_literals_and_never_larger_than_said() {
        let series = Arc::new(Series::new("m", ValueKind::Count, [("site", "x")]));
        for n in [1, 3000, 20_000] {
            let samples: Vec<_> = (0..n).map(|at_ms| MetricSample { at_ms: -at_ms, value: Some(at_ms) }).collect();
            let request = [(Arc::clone(&series), samples)];
            let body = body(request.iter());
            assert!(unpacked(&body).len() <= raw_size(&series, usize::try_from(n).unwrap()));
            assert_eq!(usize::try_from(n).unwrap(), read(&body)[0].1.len());
        }
    }

    #[test]
    fn nothing_is_a_sound_block_too() {
        assert_eq!(vec![0], body([].iter()));
    }
}
