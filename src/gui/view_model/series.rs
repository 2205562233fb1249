//! Round-trip times of one host in buckets of several widths, so that any stretch of time costs the same to draw.
//!
//! A bucket keeps the least and the greatest value and how many were lost, so no spike and no loss disappears however
//! far one looks back. Averages of percentiles are never made. A bucket also keeps when its samples were taken, so that
//! nothing is drawn at a time at which nothing was measured.

use std::collections::VecDeque;

pub(crate) use super::bucket::{Bucket, Millis, Point, lines};

/// Single samples are kept so far back.
const SAMPLES_KEPT: Millis = 2 * 86_400_000;
/// Widths of the levels of buckets and how far back each reaches, the finest first.
const LEVELS: [(Millis, Millis); 4] = [
    (10_000, 8 * 86_400_000),
    (60_000, 40 * 86_400_000),
    (600_000, 800 * 86_400_000),
    (21_600_000, 20_000 * 86_400_000),
];

/// All samples of one host.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    samples: Kept<Sample>,
    levels: [Kept<Bucket>; LEVELS.len()],
}

/// One sample; the RTT in milliseconds is not a number when it was lost.
#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Millis,
    rtt: f32,
}

/// Samples or buckets in time order.
#[derive(Debug, Clone)]
struct Kept<T> {
    all: VecDeque<T>,
    /// Everything measured from this time on is in it; earlier times may be missing.
    since: Millis,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { all: VecDeque::new(), since: Millis::MIN }
    }
}

impl<T> Kept<T> {
    /// Something measured before this time is missing.
    fn lacks(&mut self, until: Millis) {
        self.since = self.since.max(until);
    }

    /// Removes what begins before a time. `end` tells where each ends.
    fn cut(&mut self, before: Millis, end: impl Fn(&T) -> (Millis, Millis)) {
        while let Some((_, end)) = self.all.front().map(&end).filter(|(at, _)| *at < before) {
            self.all.pop_front();
            self.lacks(end);
        }
    }
}

impl Default for Series {
    fn default() -> Self {
        Self { samples: Kept::default(), levels: std::array::from_fn(|_| Kept::default()) }
    }
}

impl Sample {
    fn bucket(&self) -> Bucket {
        Bucket::of(self.at, Some(self.rtt).filter(|rtt| !rtt.is_nan()))
    }
}

impl Series {
    /// Takes a sample; `None` was lost.
    pub(crate) fn add(&mut self, at: Millis, rtt: Option<f32>) {
        let newest = self.newest().unwrap_or(at).max(at);
        if at < newest - SAMPLES_KEPT {
            self.samples.lacks(at + 1);
        } else {
            put_sample(&mut self.samples.all, Sample { at, rtt: rtt.unwrap_or(f32::NAN) });
        }
        self.put(&Bucket::of(at, rtt), newest);
    }

    /// Takes what the samples from one time to another amount to: how many there were, how many were lost, and of the rest
    /// the least, the greatest and the sum of their times in milliseconds.
    pub(crate) fn add_figures(
        &mut self,
        (from, to): (Millis, Millis),
        (n, lost): (u64, u64),
        rtts: Option<(f64, f64, f64)>,
    ) {
        if n == 0 {
            return;
        }
        self.samples.lacks(to);
        let newest = self.newest().unwrap_or(to).max(to);
        self.put(&Bucket::of_figures((from, to), (n, lost), rtts), newest);
    }

    /// Puts samples into the levels that are coarse enough and reach back to them.
    fn put(&mut self, samples: &Bucket, newest: Millis) {
        for (level, (width, reach)) in self.levels.iter_mut().zip(LEVELS) {
            if width < samples.width || samples.at < newest - reach {
                level.lacks(samples.end());
            } else {
                put(&mut level.all, width, samples);
            }
        }
        self.cut(newest);
    }

    fn cut(&mut self, newest: Millis) {
        self.samples.cut(newest - SAMPLES_KEPT, |sample| (sample.at, sample.at + 1));
        for (level, (_, reach)) in self.levels.iter_mut().zip(LEVELS) {
            level.cut(newest - reach, |bucket| (bucket.at, bucket.end()));
        }
    }

    /// Takes all of another series of the same host that ends where this one begins, or earlier.
    pub(crate) fn put_before(&mut self, mut earlier: Self) {
        for (mine, earlier) in self.levels.iter_mut().zip(&mut earlier.levels) {
            if let (Some(first), Some(last)) = (mine.all.front_mut(), earlier.all.back_mut())
                && first.at == last.at
            {
                last.absorb(first);
                mine.all.pop_front();
            }
            join(mine, earlier);
        }
        join(&mut self.samples, &mut earlier.samples);
        if let Some(newest) = self.newest() {
            self.cut(newest);
        }
    }

    /// The time of the last sample.
    pub(crate) fn newest(&self) -> Option<Millis> {
        let buckets = self.levels.iter().filter_map(|level| level.all.back()).map(Bucket::to);
        buckets.chain(self.samples.all.back().map(|sample| sample.at)).max()
    }

    /// The time of the first sample.
    pub(crate) fn oldest(&self) -> Option<Millis> {
        let buckets = self.levels.iter().filter_map(|level| level.all.front()).map(Bucket::from);
        buckets.chain(self.samples.all.front().map(|sample| sample.at)).min()
    }

    /// At most about `n` buckets of the time from `from` to `to`, in order, those without samples left out.
    ///
    /// They are made of the coarsest level that is fine enough and has all of this time, else of the finest that has it.
    pub(crate) fn range(&self, from: Millis, to: Millis, n: usize) -> Vec<Bucket> {
        let n = Millis::try_from(n.max(1)).unwrap_or(Millis::MAX);
        let width = ((to - from) / n).max(1);
        let mut out: Vec<Bucket> = Vec::new();
        let mut add = |bucket: &Bucket| {
            if out.last().is_none_or(|last| last.end() <= bucket.at) {
                // Aligned to the width, so that nothing flickers while time moves on.
                let at = if bucket.width > width { bucket.at } else { bucket.at.div_euclid(width) * width };
                out.push(Bucket::empty(at, bucket.width.max(width)));
            }
            out.last_mut().into_iter().for_each(|last| last.absorb(bucket));
        };
        match self.level(from, width) {
            Some(level) => {
                let start = level.all.partition_point(|bucket| bucket.end() <= from);
                level.all.range(start..).take_while(|bucket| bucket.at < to).for_each(add);
            }
            None => self.single(from, to).for_each(|sample| add(&sample.bucket())),
        }
        out
    }

    /// The samples one by one, as far as they are kept.
    pub(crate) fn samples(&self, from: Millis, to: Millis) -> impl Iterator<Item = (Millis, Option<f64>)> + '_ {
        self.single(from, to).map(|sample| (sample.at, sample.bucket().mean()))
    }

    fn single(&self, from: Millis, to: Millis) -> impl Iterator<Item = &Sample> {
        let start = self.samples.all.partition_point(|sample| sample.at < from);
        self.samples.all.range(start..).take_while(move |sample| sample.at < to)
    }

    /// The level to look at; `None` for single samples.
    fn level(&self, from: Millis, width: Millis) -> Option<&Kept<Bucket>> {
        let reaches = |since: Millis| since <= from;
        let mut levels = self.levels.iter().zip(LEVELS);
        let fits = levels.clone().rfind(|(level, (of_level, _))| *of_level <= width && reaches(level.since));
        if fits.is_none() && reaches(self.samples.since) {
            return None;
        }
        let finest = fits.or_else(|| levels.find(|(level, _)| reaches(level.since)));
        finest.map(|(level, _)| level).or(self.levels.last())
    }
}

/// Puts all of `earlier` before `mine`.
fn join<T>(mine: &mut Kept<T>, earlier: &mut Kept<T>) {
    mine.lacks(earlier.since);
    earlier.all.append(&mut mine.all);
    std::mem::swap(&mut mine.all, &mut earlier.all);
}

/// Puts a sample where it belongs. Nearly always that is the end.
fn put_sample(samples: &mut VecDeque<Sample>, sample: Sample) {
    let is_last = samples.back().is_none_or(|last| last.at <= sample.at);
    let place = if is_last { samples.len() } else { samples.partition_point(|known| known.at <= sample.at) };
    samples.insert(place, sample);
}

/// Puts samples into the bucket they belong to. Nearly always that is the last one.
fn put(level: &mut VecDeque<Bucket>, width: Millis, samples: &Bucket) {
    let at = samples.at.div_euclid(width) * width;
    let is_last = level.back().is_none_or(|last| last.at <= at);
    let place = if is_last { level.len() } else { level.partition_point(|bucket| bucket.at <= at) };
    if let Some(bucket) = place.checked_sub(1).and_then(|idx| level.get_mut(idx)).filter(|bucket| bucket.at == at) {
        bucket.absorb(samples);
        return;
    }
    let mut bucket = Bucket::empty(at, width);
    bucket.absorb(samples);
    level.insert(place, bucket);
}

#[cfg(test)]
mod tests {
    #![expect(clippy::cast_possible_truncation, reason = "lengths and times of samples")]

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
        let kept: usize = series.levels.iter().map(|level| level.all.len()).sum();
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

    const MINUTE: Millis = 60_000;
    const HOUR: Millis = 60 * MINUTE;
    const DAY: Millis = 24 * HOUR;
    /// Ranges that the dashboard offers, in milliseconds.
    const RANGES: [Millis; 7] = [HOUR / 4, HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY, 366 * DAY];
    /// No whole hour, minute or second, as no start of a monitor is.
    const NOW: Millis = 1_795_881_059_123;

    /// Samples up to [`NOW`] that began so long ago, one each `every` ms, without those in the gaps, which are given by
    /// how long before [`NOW`] they begin and end. RTTs differ; some samples are lost.
    fn measured(age: Millis, every: Millis, gaps: &[(Millis, Millis)]) -> Vec<(Millis, Option<f32>)> {
        let is_missing = |at: Millis| gaps.iter().any(|(from, to)| (NOW - from..NOW - to).contains(&at));
        let all = (0..=age / every).map(|n| (NOW - age + n * every, n));
        let rtt = |n: Millis| (n % 97 != 5).then_some(10.0 + (n % 13) as f32 + if n % 1000 == 7 { 300.0 } else { 0.0 });
        all.filter(|(at, _)| !is_missing(*at)).map(|(at, n)| (at, rtt(n))).collect()
    }

    fn series(samples: &[(Millis, Option<f32>)]) -> Series {
        let mut series = Series::default();
        samples.iter().for_each(|(at, rtt)| series.add(*at, *rtt));
        series
    }

    /// Everything that is drawn of a window is true, and everything measured in it is drawn. Single samples may be known
    /// to `exact` ms only.
    #[track_caller]
    fn check(series: &Series, samples: &[(Millis, Option<f32>)], (from, to): (Millis, Millis), exact: Millis) {
        let n = 400;
        let width = ((to - from) / Millis::try_from(n).unwrap()).max(1);
        let buckets = series.range(from, to, n);
        let what = format!("{} ms ending {} ms ago, {} samples", to - from, NOW - to, samples.len());
        assert!(buckets.len() <= n + 2, "{} buckets: {what}", buckets.len());
        assert!(buckets.is_sorted_by(|a, b| a.to() < b.from() + exact.max(1)), "{what}");
        let near = |at: Millis| {
            let idx = samples.partition_point(|(known, _)| *known < at - exact);
            samples.get(idx).is_some_and(|(known, _)| *known <= at + exact)
        };
        for bucket in &buckets {
            assert!([bucket.from(), bucket.mark(), bucket.to()].into_iter().all(near), "{bucket:?}: {what}");
            let begin = samples.partition_point(|(at, _)| *at < bucket.from() - exact);
            let end = samples.partition_point(|(at, _)| *at <= bucket.to() + exact);
            let of_bucket = &samples[begin..end];
            let rtts = of_bucket.iter().filter_map(|(_, rtt)| *rtt);
            let (min, max) = rtts.fold((f32::INFINITY, f32::NEG_INFINITY), |(a, b), rtt| (a.min(rtt), b.max(rtt)));
            if let Some(mean) = bucket.mean() {
                assert!(min <= bucket.min && bucket.max <= max, "{bucket:?} {min} {max}: {what}");
                let mean = mean as f32;
                assert!(bucket.min <= mean * 1.001 && mean <= bucket.max * 1.001, "{bucket:?}: {what}");
            }
            if exact == 0 {
                let lost = of_bucket.iter().filter(|(_, rtt)| rtt.is_none()).count();
                assert_eq!((of_bucket.len(), lost), (bucket.n as usize, bucket.lost as usize), "{bucket:?}: {what}");
            }
        }
        // Each sample is in a bucket no wider than a pixel, or than the finest figures there are.
        let mut at = buckets.iter().peekable();
        for (sample, _) in samples.iter().filter(|(at, _)| (from..to).contains(at)) {
            while at.next_if(|bucket| bucket.to() + exact < *sample).is_some() {}
            assert!(at.peek().is_some_and(|bucket| bucket.from() - exact <= *sample), "{sample} is not drawn: {what}");
        }
        let widest = buckets.iter().map(|bucket| bucket.width).max().unwrap_or(0);
        assert!(widest <= width.max(exact), "{widest} instead of {width}: {what}");
        for line in lines(&buckets) {
            assert!(line.iter().all(|point| near(point.at) && point.low <= point.high), "{line:?}: {what}");
            assert!(line.is_sorted_by(|a, b| a.at < b.at), "{line:?}: {what}");
        }
    }

    #[test]
    fn whatever_was_measured_is_drawn_at_every_range_from_the_first_second() {
        let ages = [(1000, 1000), (MINUTE, 1000), (22 * MINUTE, 1000), (HOUR, 1000), (DAY, 4000), (3 * DAY, 20_000)];
        for (age, every) in ages.into_iter().chain([(31 * DAY, 60_000), (400 * DAY, 20 * MINUTE)]) {
            for gaps in [&[][..], &[(age * 3 / 4, age / 4)], &[(age / 2, age / 2 - 5 * MINUTE), (age / 5, age / 9)]] {
                let samples = measured(age, every, gaps);
                let series = series(&samples);
                for range in RANGES {
                    check(&series, &samples, (NOW - range, NOW + 1), 0);
                    check(&series, &samples, (NOW - range + 777, NOW + 777), 0);
                }
            }
        }
    }

    #[test]
    fn the_first_and_the_last_minute_are_drawn_as_a_line() {
        for range in RANGES {
            let samples = measured(22 * MINUTE, 1000, &[]);
            let drawn = lines(&series(&samples).range(NOW - range, NOW + 1, 400));
            let begin = (NOW - range).max(NOW - 22 * MINUTE);
            let ends = drawn.first().zip(drawn.last()).and_then(|(a, b)| Some((a.first()?.at, b.last()?.at)));
            assert!(ends.is_some_and(|(from, to)| from - begin < MINUTE && NOW - to < MINUTE), "{range}: {ends:?}");
        }
    }

    #[test]
    fn nothing_is_drawn_where_nobody_looked() {
        // The middle of a day of which the first and the last minutes were monitored.
        let samples = measured(DAY, 1000, &[(DAY - 10 * MINUTE, 10 * MINUTE)]);
        for n in [2, 3, 10, 400] {
            let buckets = series(&samples).range(NOW - 2 * DAY, NOW + 1, n);
            let in_gap = |at: Millis| (NOW - DAY + 10 * MINUTE..NOW - 10 * MINUTE).contains(&at);
            assert!(buckets.iter().all(|bucket| !in_gap(bucket.mark())), "{n}: {buckets:?}");
        }
    }

    #[test]
    fn figures_by_the_minute_are_drawn_beside_single_samples() {
        for (age, every) in [(3 * DAY, 10_000), (31 * DAY, 60_000)] {
            let samples = measured(age, every, &[(age / 2, age / 3)]);
            let close = (NOW - 2 * DAY).div_euclid(MINUTE) * MINUTE;
            let mut series = Series::default();
            let is_old = |at: Millis| at < close;
            for minute in samples.chunk_by(|a, b| a.0.div_euclid(MINUTE) == b.0.div_euclid(MINUTE)) {
                let from = minute[0].0.div_euclid(MINUTE) * MINUTE;
                if !is_old(from) {
                    minute.iter().for_each(|(at, rtt)| series.add(*at, *rtt));
                    continue;
                }
                let rtts: Vec<f64> = minute.iter().filter_map(|(_, rtt)| rtt.map(f64::from)).collect();
                let (min, max) = rtts.iter().fold((f64::INFINITY, 0.0), |(a, b): (f64, f64), c| (a.min(*c), b.max(*c)));
                let figures = (!rtts.is_empty()).then(|| (min, max, rtts.iter().sum()));
                let lost = (minute.len() - rtts.len()) as u64;
                series.add_figures((from, from + MINUTE), (minute.len() as u64, lost), figures);
            }
            for range in RANGES {
                check(&series, &samples, (NOW - range, NOW + 1), MINUTE);
                check(&series, &samples, (NOW - 2 * DAY - range / 2, NOW - 2 * DAY + range / 2), MINUTE);
            }
        }
    }

    #[test]
    fn a_clock_that_is_set_back_leaves_all_samples_in_order() {
        let mut series = Series::default();
        let times = (0..5000).chain(1000..4000).map(second);
        times.clone().for_each(|at| series.add(at, Some(1.0)));
        let seen: u32 = series.range(second(1000), second(4000), 10).iter().map(|bucket| bucket.n).sum();
        assert!(seen >= 6000, "{seen}");
        assert!(series.samples(0, second(9000)).map(|(at, _)| at).is_sorted());
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

        #[test]
        fn any_window_on_any_samples_is_drawn_as_it_was(
            age in 1000..40 * DAY,
            gaps in proptest::collection::vec((0.0..1.0_f64, 0.0..1.0_f64), 0..4),
            part in 0.0..1.2_f64,
            range in 10_000..400 * DAY,
        ) {
            let of_age = |part: f64| (age as f64 * part) as Millis;
            let gaps: Vec<_> = gaps.into_iter().map(|(a, b)| (of_age(a.max(b)), of_age(a.min(b)))).collect();
            let samples = measured(age, (age / 5000).max(1000), &gaps);
            let to = NOW - of_age(part) + 1;
            let drawn = series(&samples);
            // Older samples are known by the level that reaches back to them.
            let exact = match NOW - (to - range).max(NOW - age) {
                age if age < 2 * DAY => 0,
                age if age < 8 * DAY => 10_000,
                age if age < 40 * DAY => 60_000,
                _ => 600_000,
            };
            check(&drawn, &samples, (to - range, to), exact);
        }
    }
}
