//! Distributions of round-trip times that can be added up without losing anything but what they never had.

use std::time::Duration;

/// Bits of a time that tell buckets of one power of two apart.
const BITS: u32 = 6;
const PER_OCTAVE: u64 = 1 << BITS;
/// Longer times fall into the last bucket: eleven days.
const LONGEST: u64 = (1 << 40) - 1;

/// Numbers of round-trip times in buckets whose width grows with the time.
///
/// A time is known from it to within 1/128 of itself, or to the microsecond below 128 µs. The buckets are the same
/// everywhere and for ever, so the sum of two histograms is the histogram of all their times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Index of the first of `counts`.
    first: u16,
    /// No zero at either end.
    counts: Vec<u32>,
}

impl Histogram {
    /// Counts one time.
    pub fn add(&mut self, rtt: Duration) {
        self.add_bucket(index(rtt), 1);
    }

    /// Counts `n` times of the bucket with this index.
    pub fn add_bucket(&mut self, index: u16, n: u32) {
        if n == 0 {
            return;
        }
        if self.counts.is_empty() {
            self.first = index;
        }
        if index < self.first {
            let missing = usize::from(self.first - index);
            self.counts.splice(0..0, std::iter::repeat_n(0, missing));
            self.first = index;
        }
        let at = usize::from(index - self.first);
        if at >= self.counts.len() {
            self.counts.resize(at + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(at) {
            *count = count.saturating_add(n);
        }
    }

    /// Adds all of another one.
    pub fn merge(&mut self, other: &Self) {
        if let (Some((first, _)), Some((last, _))) = (other.buckets().next(), other.buckets().last()) {
            // Room for both ends at once.
            self.add_bucket(first, 1);
            self.add_bucket(last, 1);
            self.subtract_one(first);
            self.subtract_one(last);
        }
        let offset = usize::from(other.first.saturating_sub(self.first));
        let mine = self.counts.iter_mut().skip(offset);
        mine.zip(&other.counts).for_each(|(mine, theirs)| *mine = mine.saturating_add(*theirs));
    }

    fn subtract_one(&mut self, index: u16) {
        if let Some(count) = self.counts.get_mut(usize::from(index - self.first)) {
            *count -= 1;
        }
    }

    /// Returns the number of round-trip times counted.
    pub fn n(&self) -> u64 {
        self.counts.iter().map(|count| u64::from(*count)).sum()
    }

    /// The buckets that are not empty, by index, with their counts.
    pub fn buckets(&self) -> impl Iterator<Item = (u16, u32)> {
        let indexed = (self.first..).zip(self.counts.iter().copied());
        indexed.filter(|(_, count)| *count > 0)
    }

    /// The index of the first bucket, and the counts from there on, empty ones between included.
    pub fn dense(&self) -> (u16, &[u32]) {
        (self.first, &self.counts)
    }

    /// The `quantile` (0..=1) by the nearest rank, to within the width of its bucket; `None` when there is nothing.
    pub fn quantile(&self, quantile: f64) -> Option<Duration> {
        let n = self.n();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the number")]
        let rank = ((quantile * n as f64).ceil() as u64).clamp(1, n.max(1));
        let mut seen = 0;
        let found = self.buckets().find(|(_, count)| {
            seen += u64::from(*count);
            seen >= rank
        });
        found.map(|(index, _)| {
            let (from, to) = bounds(index);
            from + to.saturating_sub(from) / 2
        })
    }
}

/// The bucket of a time.
pub fn index(rtt: Duration) -> u16 {
    let micros = u64::try_from(rtt.as_micros()).unwrap_or(LONGEST).min(LONGEST);
    // Bits that do not count.
    let shift = (u64::BITS - micros.leading_zeros()).saturating_sub(BITS + 1);
    let index = u64::from(shift) * PER_OCTAVE + (micros >> shift);
    u16::try_from(index).unwrap_or(u16::MAX)
}

/// The least time of a bucket, and the least that is above it.
pub fn bounds(index: u16) -> (Duration, Duration) {
    let index = u64::from(index);
    let shift = (index / PER_OCTAVE).saturating_sub(1).min(u64::from(40 - BITS));
    let start = index - shift * PER_OCTAVE;
    (Duration::from_micros(start << shift), Duration::from_micros((start + 1) << shift))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(micros: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        micros.iter().for_each(|micros| histogram.add(Duration::from_micros(*micros)));
        histogram
    }

    #[test]
    fn buckets_follow_each_other_without_a_hole() {
        let mut before = Duration::ZERO;
        for at in 0..=index(Duration::from_micros(LONGEST)) {
            let (from, to) = bounds(at);
            assert_eq!(before, from, "{at}");
            assert_eq!((at, at), (index(from), index(to.checked_sub(Duration::from_micros(1)).unwrap())));
            before = to;
        }
        assert_eq!(index(Duration::MAX), index(Duration::from_micros(LONGEST)));
    }

    #[test]
    fn nothing_has_no_median() {
        assert_eq!((None, 0), (Histogram::default().quantile(0.5), Histogram::default().n()));
        let mut histogram = Histogram::default();
        histogram.merge(&Histogram::default());
        assert_eq!(Histogram::default(), histogram);
    }

    proptest! {
        #[test]
        fn the_sum_of_two_is_that_of_all(
            a in proptest::collection::vec(0..80_000_000_u64, 0..50),
            b in proptest::collection::vec(0..80_000_000_u64, 0..50),
        ) {
            let mut sum = of(&a);
            sum.merge(&of(&b));
            let mut other_way = of(&b);
            other_way.merge(&of(&a));
            prop_assert_eq!(&sum, &of(&[a, b].concat()));
            prop_assert_eq!(sum, other_way);
        }

        #[test]
        fn quantiles_are_right_to_within_one_in_128(
            times in proptest::collection::vec(0..80_000_000_u64, 1..200),
            quantile in 0.0..=1.0_f64,
        ) {
            let mut sorted = times.clone();
            sorted.sort_unstable();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a test")]
            let rank = ((quantile * sorted.len() as f64).ceil() as usize).clamp(1, sorted.len());
            let truth = sorted[rank - 1] as f64;
            let found = of(&times).quantile(quantile).unwrap().as_secs_f64() * 1e6;
            prop_assert!((found - truth).abs() <= (truth / 128.0).max(1.0), "{} {}", found, truth);
        }
    }
}
