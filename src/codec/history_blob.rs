//! Samples, and the cells that sum them up, packed into the fields of `history.db`.
//!
//! Every field begins with the number of its format and ends with a checksum, so that a damaged one is left out rather
//! than believed. Numbers are of variable length, and a sample is told by how it differs from the one before: one sent
//! once a second to a steady host takes three bytes.

use std::time::Duration;

use super::varint::{self, Input, put, put_signed};
use crate::model::{
    histogram::Histogram,
    history::{Cell, Measured, Reading},
};

const FORMAT: u8 = 1;
/// Words for what has no time, before those that have one.
const LOST: u64 = 0;
const NOTHING: u64 = 1;
const WORDS: u64 = 2;
/// No field holds more samples or cells: guards against damage that the checksum misses.
const MOST: u64 = 10_000_000;

/// Packs the samples of one series, which are in the order of their time.
pub fn readings(all: &[Reading]) -> Vec<u8> {
    let mut bytes = vec![FORMAT];
    put(&mut bytes, all.len() as u64);
    let mut last = Last::default();
    all.iter().for_each(|reading| last.put(&mut bytes, *reading));
    sealed(bytes)
}

/// Unpacks them; `None` for a damaged field.
pub fn parse_readings(bytes: &[u8]) -> Option<Vec<Reading>> {
    let mut input = opened(bytes)?;
    let n = input.take().filter(|n| *n <= MOST)?;
    let mut last = Last::default();
    (0..n).map(|_| last.take(&mut input)).collect()
}

/// Packs samples of several series, in the order in which they came: each with the number of its series.
pub fn batch(all: &[(i64, Reading)]) -> Vec<u8> {
    let mut bytes = vec![FORMAT];
    put(&mut bytes, all.len() as u64);
    let mut last_ms = 0;
    for (series, reading) in all {
        put_signed(&mut bytes, *series);
        put_signed(&mut bytes, reading.at_ms.wrapping_sub(last_ms));
        last_ms = reading.at_ms;
        match reading.measured {
            Measured::Answer(rtt) => put(&mut bytes, micros(rtt) + WORDS),
            Measured::Lost => put(&mut bytes, LOST),
            Measured::Nothing => put(&mut bytes, NOTHING),
        }
    }
    sealed(bytes)
}

/// Unpacks them; `None` for a damaged field.
pub fn parse_batch(bytes: &[u8]) -> Option<Vec<(i64, Reading)>> {
    let mut input = opened(bytes)?;
    let n = input.take().filter(|n| *n <= MOST)?;
    let mut last_ms = 0_i64;
    let mut one = || {
        let series = input.take_signed()?;
        last_ms = last_ms.wrapping_add(input.take_signed()?);
        let measured = match input.take()? {
            LOST => Measured::Lost,
            NOTHING => Measured::Nothing,
            rtt => Measured::Answer(Duration::from_micros(rtt - WORDS)),
        };
        Some((series, Reading { at_ms: last_ms, measured }))
    };
    (0..n).map(|_| one()).collect()
}

/// Packs cells, each with its place: the minute of an hour, or the hour of a day.
pub fn cells<'a>(all: impl ExactSizeIterator<Item = (u8, &'a Cell)>) -> Vec<u8> {
    let mut bytes = vec![FORMAT];
    put(&mut bytes, all.len() as u64);
    for (place, cell) in all {
        bytes.push(place);
        put(&mut bytes, cell.lost);
        put(&mut bytes, cell.unmeasured);
        put(&mut bytes, micros(cell.min));
        put(&mut bytes, micros(cell.max.saturating_sub(cell.min)));
        put(&mut bytes, micros(cell.sum));
        put_histogram(&mut bytes, &cell.rtts);
    }
    sealed(bytes)
}

/// Unpacks them; `None` for a damaged field.
pub fn parse_cells(bytes: &[u8]) -> Option<Vec<(u8, Cell)>> {
    let mut input = opened(bytes)?;
    let n = input.take().filter(|n| u8::try_from(*n).is_ok())?;
    let mut one = || {
        let place = input.byte()?;
        let (lost, unmeasured) = (input.take()?, input.take()?);
        let (min, width, sum) = (input.take()?, input.take()?, input.take()?);
        let figures = (min, min.checked_add(width)?, sum);
        let rtts = take_histogram(&mut input)?;
        let figures =
            (Duration::from_micros(figures.0), Duration::from_micros(figures.1), Duration::from_micros(figures.2));
        Some((place, Cell::new(lost, unmeasured, rtts, figures)))
    };
    (0..n).map(|_| one()).collect()
}

/// The sample before, which the next one is told by.
#[derive(Default)]
struct Last {
    at_ms: i64,
    step_ms: i64,
    rtt: i64,
}

impl Last {
    fn put(&mut self, bytes: &mut Vec<u8>, reading: Reading) {
        let step = reading.at_ms.wrapping_sub(self.at_ms);
        put_signed(bytes, step.wrapping_sub(self.step_ms));
        (self.at_ms, self.step_ms) = (reading.at_ms, step);
        match reading.measured {
            Measured::Answer(rtt) => {
                let rtt = i64::try_from(micros(rtt)).unwrap_or(i64::MAX);
                put(bytes, varint::zigzag(rtt.wrapping_sub(self.rtt)).saturating_add(WORDS));
                self.rtt = rtt;
            }
            Measured::Lost => put(bytes, LOST),
            Measured::Nothing => put(bytes, NOTHING),
        }
    }

    fn take(&mut self, input: &mut Input<'_>) -> Option<Reading> {
        self.step_ms = self.step_ms.wrapping_add(input.take_signed()?);
        self.at_ms = self.at_ms.wrapping_add(self.step_ms);
        let measured = match input.take()? {
            LOST => Measured::Lost,
            NOTHING => Measured::Nothing,
            change => {
                self.rtt = self.rtt.wrapping_add(varint::unzigzag(change - WORDS));
                Measured::Answer(Duration::from_micros(u64::try_from(self.rtt).ok()?))
            }
        };
        Some(Reading { at_ms: self.at_ms, measured })
    }
}

/// Microseconds, up to two million years.
fn micros(length: Duration) -> u64 {
    u64::try_from(length.as_micros()).unwrap_or(u64::MAX).min(u64::MAX >> 2)
}

/// The first bucket, how many there are, and their counts, a run of empty ones as a zero and its length.
fn put_histogram(bytes: &mut Vec<u8>, rtts: &Histogram) {
    let (first, counts) = rtts.dense();
    put(bytes, u64::from(first));
    put(bytes, counts.len() as u64);
    let mut rest = counts;
    while let Some((count, others)) = rest.split_first() {
        put(bytes, u64::from(*count));
        rest = others;
        if *count == 0 {
            let run = others.iter().take_while(|count| **count == 0).count();
            put(bytes, run as u64);
            rest = others.get(run..).unwrap_or_default();
        }
    }
}

fn take_histogram(input: &mut Input<'_>) -> Option<Histogram> {
    let mut histogram = Histogram::default();
    let mut index = input.take()?;
    let end = index.checked_add(input.take()?).filter(|end| u16::try_from(*end).is_ok())?;
    while index < end {
        let count = u32::try_from(input.take()?).ok()?;
        if count == 0 {
            index = index.checked_add(input.take()?)?;
        }
        histogram.add_bucket(u16::try_from(index).ok()?, count);
        index += 1;
    }
    Some(histogram)
}

/// Ends a field with its checksum.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = checksum(&bytes);
    bytes.extend(sum);
    bytes
}

/// Returns the bytes between format and checksum, if both are right.
fn opened(bytes: &[u8]) -> Option<Input<'_>> {
    let (content, sum) = bytes.split_last_chunk::<4>()?;
    let (format, content_only) = content.split_first()?;
    (*format == FORMAT && checksum(content) == *sum).then_some(Input(content_only))
}

/// FNV-1a, taking eight bytes at a time and folding the result: it is there to find damage, not forgery.
fn checksum(bytes: &[u8]) -> [u8; 4] {
    const PRIME: u64 = 0x0100_0000_01b3;
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ bytes.len() as u64;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        hash = (hash ^ u64::from_le_bytes(*word)).wrapping_mul(PRIME);
        // A product's low bits know nothing of the high ones.
        hash ^= hash >> 29;
    }
    for byte in rest {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(PRIME);
        hash ^= hash >> 29;
    }
    u32::try_from((hash ^ (hash >> 32)) & u64::from(u32::MAX)).unwrap_or_default().to_le_bytes()
}

#[cfg(test)]
mod tests;
