//! Segments of the disk queue: definitions of series, blocks of samples, event documents.
//!
//! A segment begins with [`MAGIC`]. Records follow, each with a header of eleven bytes: a mark of two bytes, the kind,
//! the length of the payload (u32), the CRC-32 (ITU-T V.42) of kind, length and payload (u32); numbers little-endian.
//! A reader finds the next record behind damaged bytes by its mark and CRC, and counts what it passes over.
//!
//! Payloads hold numbers as LEB128, signed ones zigzag-coded:
//! - series: index within the segment, value kind, name, labels; texts with their length in front.
//! - samples: number of samples, base time, then for each series its difference of index, its number of samples twice
//!   (plus 1 for doubles), its first time less the base, the differences of time differences (a zero stands for a run
//!   of zeros, whose length follows), the places of samples that were not measured, and the values: differences of
//!   whole numbers, or doubles in exclusive-or with the one before and reversed byte by byte.
//! - event: time, then the document.

use super::varint::{Input, put, put_signed};
use crate::model::metric::{MetricSample, Series, ValueKind};

/// First bytes of a segment.
pub const MAGIC: &[u8; 8] = b"NLQUEUE1";
/// Bytes of the largest payload.
pub const MAX_PAYLOAD: usize = 1024 * 1024;
/// Samples of the largest samples record.
pub const MAX_SAMPLES: usize = 10_000;
/// Bytes of a record without its payload.
pub const HEADER: usize = 11;

const MARK: [u8; 2] = [0xa7, 0x4e];
const SERIES: u8 = 1;
const SAMPLES: u8 = 2;
const EVENT: u8 = 3;
/// Series of a segment. A higher index is damage.
const MAX_SERIES: u64 = 100_000;

/// Samples of one series of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Index of the series within the segment.
    pub series: u32,
    /// Samples in the order in which they were written.
    pub samples: Vec<MetricSample>,
}

/// One record of a segment.
#[derive(Debug, Clone, PartialEq)]
pub enum Record<'a> {
    /// Definition of a series: its index within the segment.
    Series(u32, Series),
    /// Samples of one or several series, still encoded.
    Samples(EncodedSamples<'a>),
    /// An event document.
    Event {
        /// Milliseconds since 1970 (UTC).
        at_ms: i64,
        /// JSON text.
        json: &'a str,
    },
}

/// Samples that have not been decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncodedSamples<'a> {
    count: u64,
    rest: &'a [u8],
}

/// Appends the definition of a series.
pub fn put_series(out: &mut Vec<u8>, index: u32, series: &Series) {
    record(out, SERIES, |out| {
        put(out, index.into());
        out.push(match series.kind() {
            ValueKind::Micros => 0,
            ValueKind::Count => 1,
            ValueKind::Float => 2,
        });
        put_text(out, series.name());
        put(out, series.labels().len() as u64);
        for (name, value) in series.labels() {
            put_text(out, name);
            put_text(out, value);
        }
    });
}

/// Appends samples of several series in one record. At most [`MAX_SAMPLES`] in all, or readers take it for damage.
pub fn put_samples<'a>(out: &mut Vec<u8>, blocks: impl Iterator<Item = (u32, ValueKind, &'a [MetricSample])> + Clone) {
    record(out, SAMPLES, |out| {
        put(out, blocks.clone().map(|(_, _, samples)| samples.len() as u64).sum());
        let mut stamps = blocks.clone().filter_map(|(_, _, samples)| samples.first());
        let base = stamps.next().map_or(0, |first| first.at_ms);
        put_signed(out, base);
        let mut before = 0_i64;
        for (index, kind, samples) in blocks.filter(|(_, _, samples)| !samples.is_empty()) {
            put_signed(out, i64::from(index) - before);
            before = i64::from(index);
            let is_double = kind == ValueKind::Float;
            put(out, (samples.len() as u64) << 1 | u64::from(is_double));
            put_times(out, base, samples);
            put_values(out, is_double, samples);
        }
    });
}

/// Appends an event document.
pub fn put_event(out: &mut Vec<u8>, at_ms: i64, json: &str) {
    record(out, EVENT, |out| {
        put_signed(out, at_ms);
        out.extend_from_slice(json.as_bytes());
    });
}

fn record(out: &mut Vec<u8>, kind: u8, payload: impl FnOnce(&mut Vec<u8>)) {
    let begin = out.len();
    out.extend_from_slice(&MARK);
    out.push(kind);
    out.extend_from_slice(&[0; 8]);
    payload(out);
    let length = u32::try_from(out.len() - begin - HEADER).unwrap_or(u32::MAX).to_le_bytes();
    let sum = checksum(kind, length, out.get(begin + HEADER..).unwrap_or_default()).to_le_bytes();
    if let Some(header) = out.get_mut(begin + 3..begin + HEADER) {
        header.copy_from_slice(&[length, sum].concat());
    }
}

fn checksum(kind: u8, length: [u8; 4], payload: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(&[kind]);
    crc.update(&length);
    crc.update(payload);
    crc.sum()
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn put_times(out: &mut Vec<u8>, base: i64, samples: &[MetricSample]) {
    let (mut at, mut step, mut zeros) = (base, 0_i64, 0_u64);
    for (idx, sample) in samples.iter().enumerate() {
        let next = sample.at_ms.wrapping_sub(at);
        at = sample.at_ms;
        if idx == 0 {
            put_signed(out, next);
            continue;
        }
        let change = next.wrapping_sub(step);
        step = next;
        if change == 0 {
            zeros += 1;
            continue;
        }
        put_zeros(out, &mut zeros);
        put_signed(out, change);
    }
    put_zeros(out, &mut zeros);
}

fn put_zeros(out: &mut Vec<u8>, zeros: &mut u64) {
    if *zeros > 0 {
        put(out, 0);
        put(out, *zeros);
        *zeros = 0;
    }
}

fn put_values(out: &mut Vec<u8>, is_double: bool, samples: &[MetricSample]) {
    let missing = samples.iter().enumerate().filter(|(_, sample)| sample.value.is_none()).map(|(idx, _)| idx);
    put(out, missing.clone().count() as u64);
    let mut from = 0;
    for idx in missing {
        put(out, (idx - from) as u64);
        from = idx;
    }
    let mut before = 0_i64;
    for value in samples.iter().filter_map(|sample| sample.value) {
        if is_double {
            put(out, (value ^ before).cast_unsigned().swap_bytes());
        } else {
            put_signed(out, value.wrapping_sub(before));
        }
        before = value;
    }
}

/// Reads the records of a segment, or of a part of it that begins with a record.
#[derive(Debug)]
pub struct Records<'a> {
    bytes: &'a [u8],
    offset: usize,
    skipped: usize,
    is_whole: bool,
}

impl<'a> Records<'a> {
    /// Reads `bytes`, which begin behind [`MAGIC`] or behind a record. With `is_whole` nothing follows them, so that a
    /// record that is cut off at their end is damage; otherwise it is left for the next reading.
    pub fn new(bytes: &'a [u8], is_whole: bool) -> Self {
        Self { bytes, offset: 0, skipped: 0, is_whole }
    }

    /// Bytes read so far: the place of the next record.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Damaged bytes passed over so far.
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    #[expect(clippy::many_single_char_names, reason = "the bytes of one header")]
    fn found(&self, at: usize) -> Found<'a> {
        let Some(rest) = self.bytes.get(at..).filter(|rest| !rest.is_empty()) else { return Found::CutOff };
        if !rest.starts_with(&MARK) {
            return if MARK.starts_with(rest) { Found::CutOff } else { Found::Damage };
        }
        let Some((header, behind)) = rest.split_at_checked(HEADER) else { return Found::CutOff };
        let &[_, _, kind, a, b, c, d, e, f, g, h] = header else { return Found::Damage };
        let length = [a, b, c, d];
        let size = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
        if size > MAX_PAYLOAD || !(SERIES..=EVENT).contains(&kind) {
            return Found::Damage;
        }
        let Some(payload) = behind.get(..size) else { return Found::CutOff };
        if checksum(kind, length, payload) != u32::from_le_bytes([e, f, g, h]) {
            return Found::Damage;
        }
        Found::Whole { kind, payload, end: at + HEADER + size }
    }
}

enum Found<'a> {
    Whole { kind: u8, payload: &'a [u8], end: usize },
    CutOff,
    Damage,
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let mut at = self.offset;
        while at < self.bytes.len() {
            match self.found(at) {
                Found::Whole { kind, payload, end } => {
                    self.skipped += at - self.offset;
                    self.offset = end;
                    match parse(kind, payload) {
                        Some(record) => return Some(record),
                        // Written by a later version, or by somebody else.
                        None => self.skipped += end - at,
                    }
                    at = end;
                }
                Found::CutOff if !self.is_whole => return None,
                Found::CutOff | Found::Damage => {
                    let rest = self.bytes.get(at + 1..).unwrap_or_default();
                    at = memchr::memchr(MARK[0], rest).map_or(self.bytes.len(), |found| at + 1 + found);
                }
            }
        }
        if self.is_whole {
            self.skipped += self.bytes.len() - self.offset;
            self.offset = self.bytes.len();
        }
        None
    }
}

fn parse(kind: u8, payload: &[u8]) -> Option<Record<'_>> {
    let mut input = Input(payload);
    match kind {
        SERIES => {
            let index = input.take().filter(|index| *index < MAX_SERIES)?;
            let kind = match input.byte()? {
                0 => ValueKind::Micros,
                1 => ValueKind::Count,
                2 => ValueKind::Float,
                _ => return None,
            };
            let name = take_text(&mut input)?;
            let mut labels = Vec::new();
            for _ in 0..input.take()? {
                labels.push((take_text(&mut input)?, take_text(&mut input)?));
            }
            Some(Record::Series(u32::try_from(index).ok()?, Series::new(name, kind, labels)))
        }
        SAMPLES => {
            let count = input.take().filter(|count| *count <= MAX_SAMPLES as u64)?;
            Some(Record::Samples(EncodedSamples { count, rest: input.0 }))
        }
        EVENT => {
            let at_ms = input.take_signed()?;
            Some(Record::Event { at_ms, json: std::str::from_utf8(input.0).ok()? })
        }
        _ => None,
    }
}

fn take_text<'a>(input: &mut Input<'a>) -> Option<&'a str> {
    let length = usize::try_from(input.take()?).ok()?;
    let (text, rest) = input.0.split_at_checked(length)?;
    input.0 = rest;
    std::str::from_utf8(text).ok()
}

impl EncodedSamples<'_> {
    /// Number of samples.
    pub fn count(self) -> u64 {
        self.count
    }

    /// Decodes the samples; `None` if they are damaged.
    pub fn decode(self) -> Option<Vec<Block>> {
        let mut input = Input(self.rest);
        let base = input.take_signed()?;
        let (mut blocks, mut index, mut left) = (Vec::new(), 0_i64, self.count);
        while left > 0 {
            index = index.checked_add(input.take_signed()?)?;
            let header = input.take()?;
            let count = header >> 1;
            if count == 0 || count > left {
                return None;
            }
            left -= count;
            let times = take_times(&mut input, base, count)?;
            let samples = take_values(&mut input, header & 1 == 1, times)?;
            blocks.push(Block { series: u32::try_from(index).ok()?, samples });
        }
        Some(blocks)
    }
}

fn take_times(input: &mut Input<'_>, base: i64, count: u64) -> Option<Vec<MetricSample>> {
    let count = usize::try_from(count).ok()?;
    let mut samples = Vec::with_capacity(count);
    let (mut at, mut step) = (base.wrapping_add(input.take_signed()?), 0_i64);
    samples.push(MetricSample { at_ms: at, value: Some(0) });
    while samples.len() < count {
        let change = input.take_signed()?;
        let repeats = if change == 0 { usize::try_from(input.take()?).ok()? } else { 1 };
        if repeats == 0 || repeats > count - samples.len() {
            return None;
        }
        step = step.wrapping_add(change);
        for _ in 0..repeats {
            at = at.wrapping_add(step);
            samples.push(MetricSample { at_ms: at, value: Some(0) });
        }
    }
    Some(samples)
}

fn take_values(input: &mut Input<'_>, is_double: bool, mut samples: Vec<MetricSample>) -> Option<Vec<MetricSample>> {
    let missing = input.take()?;
    let mut idx = 0_usize;
    for _ in 0..missing {
        idx = idx.checked_add(usize::try_from(input.take()?).ok()?)?;
        samples.get_mut(idx)?.value = None;
    }
    let mut before = 0_i64;
    for value in samples.iter_mut().filter_map(|sample| sample.value.as_mut()) {
        before = if is_double {
            before ^ input.take()?.swap_bytes().cast_signed()
        } else {
            before.wrapping_add(input.take_signed()?)
        };
        *value = before;
    }
    Some(samples)
}

#[cfg(test)]
mod tests;
