//! Interval at which sampled rows come.

use std::{ops::RangeInclusive, time::Duration};

/// Rows that are looked at before and behind an interval.
pub(super) const AHEAD: usize = 8;
/// Regular rows after which the usual interval is reckoned anew.
const ANEW: usize = 64;
/// Without any interval: the original's default.
const DEFAULT: Duration = Duration::from_mins(1);
/// Rarer looks than this leave nothing to hold on to.
const RAREST: Duration = Duration::from_hours(6);
/// A single interval that is longer is no rhythm.
const SINGLE: u64 = 30 * 60 * 1_000_000;
/// Rarer looks than this come when somebody makes them.
const REGULAR: Duration = Duration::from_hours(1);
/// Intervals that a rhythm needs on one side of a row.
const SIDE: usize = 4;
/// Looks of several programs in one log come together again after this, in microseconds.
const TOGETHER: u64 = 15 * 60 * 1_000_000;

/// Intervals there is room for. As rows come in the order of their time, no more than those of the row in hand and of
/// the rows that wait cannot be let go, besides the `2 * AHEAD` that always stay.
const KEPT: usize = 4 * AHEAD;

/// The intervals around the row in hand, in microseconds: many rows are reckoned with.
#[derive(Debug, Clone)]
pub(super) struct Rhythm {
    /// Each with the time at which it ends; the one with number `n` stands at `n % KEPT`.
    intervals: [(u64, u64); KEPT],
    /// The number of the earliest one that counts, and of the next.
    first: usize,
    next: usize,
    last: Option<u64>,
    usual: Duration,
    /// True if the rhythm is that of a program rather than of single looks.
    is_regular: bool,
    /// Range of the intervals that are near the usual one.
    near: RangeInclusive<u64>,
    /// A row that comes after this time comes as rows usually do.
    soon: u64,
    n_since: usize,
}

impl Default for Rhythm {
    fn default() -> Self {
        // No interval is near to one that nobody knows yet.
        let near = RangeInclusive::new(1, 0);
        Self {
            intervals: [(0, 0); KEPT],
            first: 0,
            next: 0,
            last: None,
            usual: DEFAULT,
            is_regular: false,
            near,
            soon: micros(DEFAULT * 2),
            n_since: 0,
        }
    }
}

impl Rhythm {
    /// A row at `at` has been read.
    #[inline]
    pub(super) fn add(&mut self, at: u64, is_sampled: bool) {
        let before = self.last.replace(at);
        // Two rows at once are one look, twice.
        let interval = before.and_then(|before| at.checked_sub(before)).filter(|interval| *interval > 0);
        if let (true, Some(interval)) = (is_sampled, interval) {
            if !self.near.contains(&interval) {
                self.n_since = ANEW;
            }
            if let Some(place) = self.intervals.get_mut(self.next % KEPT) {
                *place = (at, interval);
            }
            self.next += 1;
        }
    }

    /// The row at `at` is in hand now.
    #[inline]
    pub(super) fn pass(&mut self, at: u64) {
        // Behind the row in hand there are no more than those that wait, so that all others are before it.
        while self.next - self.first > 2 * AHEAD && self.get(self.first).is_some_and(|(end, _)| end < at) {
            self.first += 1;
        }
        self.n_since += 1;
        if self.n_since >= ANEW {
            self.reckon();
        }
    }

    #[inline]
    fn get(&self, number: usize) -> Option<(u64, u64)> {
        self.intervals.get(number % KEPT).copied()
    }

    #[inline(never)]
    fn reckon(&mut self) {
        self.n_since = 0;
        let mut sorted = [0; KEPT];
        let first = self.first.max(self.next.saturating_sub(KEPT));
        for (interval, number) in sorted.iter_mut().zip(first..self.next) {
            *interval = self.get(number).map_or(0, |(_, interval)| interval);
        }
        let Some(intervals) = sorted.get_mut(..self.next - first) else { return };
        let (Some(least), n) = (median(intervals), intervals.len()) else { return };
        if n < 2 && least > SINGLE {
            return;
        }
        let usual = together(intervals, least).unwrap_or(least);
        // From half to twice as much.
        self.near = least / 2..=usual.saturating_mul(2);
        self.usual = Duration::from_micros(usual).min(RAREST);
        self.is_regular = n >= 2 && self.usual <= REGULAR;
        self.soon = micros(self.usual * 2);
    }

    /// The usual time between two rows around the interval that ends at `at`: where it changes there, the longer one.
    pub(super) fn around(&self, at: u64) -> Duration {
        let of_side = |is_on_it: &dyn Fn(u64) -> bool| {
            let all = (self.first.max(self.next.saturating_sub(KEPT))..self.next).filter_map(|number| self.get(number));
            let mut side: Vec<u64> = all.filter(|(end, _)| is_on_it(*end)).map(|(_, interval)| interval).collect();
            if side.len() < SIDE { None } else { median(&mut side) }
        };
        let sides = [of_side(&|end| end < at), of_side(&|end| end > at)].into_iter().flatten();
        sides.map(|usual| Duration::from_micros(usual).min(RAREST)).fold(self.usual, Duration::max)
    }

    /// True if the rows are those of a program, rather than single looks now and then.
    pub(super) fn is_regular(&self) -> bool {
        self.is_regular
    }

    /// The usual time between two rows.
    pub(super) fn usual(&self) -> Duration {
        self.usual
    }

    /// True if a row that comes after this time comes as rows usually do.
    #[inline]
    pub(super) fn is_soon(&self, passed: u64) -> bool {
        passed <= self.soon
    }
}

/// In microseconds.
#[inline]
pub(super) fn micros(time: Duration) -> u64 {
    time.as_secs().saturating_mul(1_000_000).saturating_add(time.subsec_micros().into())
}

/// The rhythm of each of several programs that write to one log, whose looks come shortly after each other: then longer
/// intervals, all alike, part their looks. `None` when this is the log of one.
fn together(sorted: &[u64], least: u64) -> Option<u64> {
    let long = sorted.get(sorted.partition_point(|interval| *interval <= least.saturating_mul(5) / 2)..)?;
    let (shortest, longest) = (*long.first()?, *long.last()?);
    let is_often = sorted.len() >= 2 * SIDE && long.len() * 5 >= sorted.len();
    let is_alike = longest <= shortest.saturating_mul(3) / 2 && longest <= TOGETHER;
    let sum: u64 = sorted.iter().fold(0, |sum: u64, interval| sum.saturating_add(*interval));
    (is_often && is_alike).then(|| sum.checked_div(long.len() as u64))?
}

/// Of two in the middle the shorter: what is longer may be a gap.
fn median(intervals: &mut [u64]) -> Option<u64> {
    intervals.sort_unstable();
    intervals.get(intervals.len().checked_sub(1)? / 2).copied()
}
