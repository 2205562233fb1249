//! Round-trip times of one host in buckets of several widths, so that any stretch of time costs the same to draw.
//!
//! A bucket keeps the least and the greatest value and how many were lost, so no spike and no loss disappears however
//! far one looks back. Averages of percentiles are never made.

use std::collections::VecDeque;

/// Milliseconds since 1970 (UTC).
pub(crate) type Millis = i64;

/// Samples of some stretch of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bucket {
    /// Where it begins.
    pub(crate) at: Millis,
    /// How long it is.
    pub(crate) width: Millis,
    /// Samples in it.
    pub(crate) n: u32,
    /// Those that were lost.
    pub(crate) lost: u32,
    /// Sum of the RTTs in milliseconds.
    sum: f32,
    /// The least, in milliseconds; infinite when all were lost.
    pub(crate) min: f32,
    /// The greatest; negative infinite when all were lost.
    pub(crate) max: f32,
}

impl Bucket {
    fn empty(at: Millis, width: Millis) -> Self {
        Self { at, width, n: 0, lost: 0, sum: 0.0, min: f32::INFINITY, max: f32::NEG_INFINITY }
    }

    fn of(at: Millis, rtt: Option<f32>) -> Self {
        let mut bucket = Self::empty(at, 1);
        bucket.n = 1;
        match rtt {
            Some(rtt) => (bucket.sum, bucket.min, bucket.max) = (rtt, rtt, rtt),
            None => bucket.lost = 1,
        }
        bucket
    }

    fn absorb(&mut self, other: &Self) {
        self.n += other.n;
        self.lost += other.lost;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// Mean RTT in milliseconds; `None` when nothing was answered.
    pub(crate) fn mean(&self) -> Option<f64> {
        let answered = self.n.saturating_sub(self.lost);
        (answered > 0).then(|| f64::from(self.sum) / f64::from(answered))
    }

    /// The middle of it.
    pub(crate) fn middle(&self) -> Millis {
        self.at + self.width / 2
    }

    fn end(&self) -> Millis {
        self.at + self.width
    }
}

/// Widths of the levels and how far back each reaches, the finest first. A width of 0 keeps every sample.
const LEVELS: [(Millis, Millis); 5] = [
    (0, 2 * 86_400_000),
    (10_000, 8 * 86_400_000),
    (60_000, 40 * 86_400_000),
    (600_000, 800 * 86_400_000),
    (21_600_000, 20_000 * 86_400_000),
];
/// A sample may come this many places late.
const LATE: usize = 64;

/// All samples of one host.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    levels: [VecDeque<Bucket>; LEVELS.len()],
}

impl Default for Series {
    fn default() -> Self {
        Self { levels: std::array::from_fn(|_| VecDeque::new()) }
    }
}

impl Series {
    /// Takes a sample; `None` was lost.
    pub(crate) fn add(&mut self, at: Millis, rtt: Option<f32>) {
        let sample = Bucket::of(at, rtt);
        let newest = self.newest().unwrap_or(at).max(at);
        for (level, (width, reach)) in self.levels.iter_mut().zip(LEVELS) {
            if at < newest - reach {
                continue;
            }
            put(level, width, &sample);
            while level.front().is_some_and(|oldest| oldest.at < newest - reach) {
                level.pop_front();
            }
        }
    }

    /// Takes what the samples from one time to another amount to: how many there were, how many were lost, and of the rest
    /// the least, the greatest and the sum of their times in milliseconds.
    pub(crate) fn add_figures(
        &mut self,
        (from, to): (Millis, Millis),
        (n, lost): (u64, u64),
        rtts: Option<(f64, f64, f64)>,
    ) {
        let mut figures = Bucket::empty(from, (to - from).max(1));
        figures.n = u32::try_from(n).unwrap_or(u32::MAX);
        figures.lost = u32::try_from(lost).unwrap_or(u32::MAX);
        if let Some((min, max, sum)) = rtts {
            #[expect(clippy::cast_possible_truncation, reason = "milliseconds of round trips")]
            let rtts = (min as f32, max as f32, sum as f32);
            (figures.min, figures.max, figures.sum) = rtts;
        }
        let wide = |width: Millis| width >= figures.width;
        for (level, (width, _)) in self.levels.iter_mut().zip(LEVELS).filter(|(_, (width, _))| wide(*width)) {
            put(level, width, &figures);
        }
    }

    /// Takes all of another series of the same host that ends where this one begins, or earlier.
    pub(crate) fn put_before(&mut self, mut earlier: Self) {
        for (mine, earlier) in self.levels.iter_mut().zip(&mut earlier.levels) {
            if let (Some(first), Some(last)) = (mine.front_mut(), earlier.back())
                && first.at == last.at
                && first.width > 1
            {
                first.absorb(last);
                earlier.pop_back();
            }
            earlier.append(mine);
            std::mem::swap(mine, earlier);
        }
    }

    /// The time of the last sample.
    pub(crate) fn newest(&self) -> Option<Millis> {
        self.levels.iter().filter_map(|level| level.back()).map(|bucket| bucket.at).max()
    }

    /// The time of the first sample.
    pub(crate) fn oldest(&self) -> Option<Millis> {
        self.levels.iter().filter_map(|level| level.front()).map(|bucket| bucket.at).min()
    }

    /// At most about `n` buckets of the time from `from` to `to`, in order, those without samples left out.
    pub(crate) fn range(&self, from: Millis, to: Millis, n: usize) -> Vec<Bucket> {
        let n = Millis::try_from(n.max(1)).unwrap_or(Millis::MAX);
        let width = ((to - from) / n).max(1);
        let mut out: Vec<Bucket> = Vec::new();
        for bucket in self.level(from, width) {
            if bucket.at >= to {
                break;
            }
            // Aligned to the width, so that nothing flickers while time moves on.
            let at = bucket.at.div_euclid(width) * width;
            let wide = bucket.width.max(width);
            match out.last_mut() {
                Some(last) if last.at == at || bucket.at < last.end() => last.absorb(bucket),
                _ => {
                    let mut fresh = Bucket::empty(if bucket.width > width { bucket.at } else { at }, wide);
                    fresh.absorb(bucket);
                    out.push(fresh);
                }
            }
        }
        out
    }

    /// The samples one by one, as far as they are kept.
    pub(crate) fn samples(&self, from: Millis, to: Millis) -> impl Iterator<Item = (Millis, Option<f64>)> + '_ {
        let raw = self.levels.first().into_iter().flatten();
        raw.skip_while(move |one| one.at < from).take_while(move |one| one.at < to).map(|one| (one.at, one.mean()))
    }

    /// The coarsest level that is still fine enough and reaches back to `from`, from there on.
    fn level(&self, from: Millis, width: Millis) -> impl Iterator<Item = &Bucket> {
        let begins = self.oldest().unwrap_or(from).max(from);
        let mut chosen = None;
        for (level, (of_level, _)) in self.levels.iter().zip(LEVELS) {
            let reaches = level.front().is_some_and(|first| first.at <= begins);
            if reaches && (chosen.is_none() || of_level <= width) {
                chosen = Some(level);
            }
        }
        let level = chosen.or_else(|| self.levels.last());
        let start = level.map_or(0, |level| level.partition_point(|bucket| bucket.end() <= from));
        level.into_iter().flat_map(move |level| level.range(start.min(level.len())..))
    }
}

/// Puts a sample into the bucket it belongs to. Nearly always that is the last one.
fn put(level: &mut VecDeque<Bucket>, width: Millis, sample: &Bucket) {
    let at = if width == 0 { sample.at } else { sample.at.div_euclid(width) * width };
    let from = level.len().saturating_sub(LATE);
    let behind = level.range(from..).rev().take_while(|bucket| bucket.at > at).count();
    let place = level.len() - behind;
    match place.checked_sub(1).and_then(|idx| level.get_mut(idx)) {
        Some(bucket) if width > 0 && bucket.at == at => bucket.absorb(sample),
        _ => {
            let mut bucket = Bucket::empty(at, width.max(1));
            bucket.absorb(sample);
            level.insert(place, bucket);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: i64) -> Millis {
        n * 1000
    }

    /// A sample a second; the 5000th is a spike, the 6000th is lost.
    fn day() -> Series {
        let mut series = Series::default();
        for n in 0..86_400 {
            let rtt = if n == 5000 { Some(900.0) } else { (n != 6000).then_some(10.0 + (n % 5) as f32) };
            series.add(second(n), rtt);
        }
        series
    }

    #[test]
    fn no_spike_and_no_loss_disappears_however_coarse_the_look() {
        let series = day();
        for n in [10, 100, 800, 20_000] {
            let buckets = series.range(0, second(86_400), n);
            assert!(buckets.len() <= n + 1, "{} of {n}", buckets.len());
            let most = buckets.iter().map(|bucket| bucket.max).fold(0.0, f32::max);
            assert_eq!((900.0, 1), (most, buckets.iter().map(|bucket| bucket.lost).sum::<u32>()), "{n}");
            assert_eq!(86_400, buckets.iter().map(|bucket| bucket.n).sum::<u32>(), "{n}");
        }
    }

    #[test]
    fn a_close_look_shows_every_sample() {
        let buckets = day().range(second(4990), second(5010), 1000);
        assert_eq!(20, buckets.len());
        assert_eq!(Some(900.0), buckets.iter().filter_map(Bucket::mean).reduce(f64::max));
    }

    #[test]
    fn years_do_not_fill_the_memory() {
        let mut series = Series::default();
        for n in 0..(2 * 365 * 24 * 60) {
            series.add(n * 60_000, Some(12.0));
        }
        let kept: usize = series.levels.iter().map(VecDeque::len).sum();
        assert!(kept < 250_000, "{kept}");
        let whole = series.range(0, 2 * 365 * 86_400_000, 800);
        assert!((600..=801).contains(&whole.len()), "{}", whole.len());
    }

    #[test]
    fn a_sample_that_comes_late_is_put_where_it_belongs() {
        let mut series = Series::default();
        for n in [1, 2, 4, 3, 5] {
            series.add(second(n), Some(n as f32));
        }
        let means: Vec<_> = series.samples(0, second(10)).filter_map(|(_, rtt)| rtt).collect();
        assert!(means.is_sorted() && means.len() == 5, "{means:?}");
    }

    #[test]
    fn what_was_before_is_put_before() {
        let (mut before, mut after) = (Series::default(), Series::default());
        (0..100).for_each(|n| before.add(second(n), Some(1.0)));
        (100..200).for_each(|n| after.add(second(n), None));
        after.put_before(before);
        let all = after.range(0, second(200), 4);
        assert_eq!((200, 100), (all.iter().map(|b| b.n).sum(), all.iter().map(|b| b.lost).sum()));
    }
}
