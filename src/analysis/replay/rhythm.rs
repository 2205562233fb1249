//! How often sampled rows come.

use std::{collections::VecDeque, ops::RangeInclusive, time::Duration};

/// Rows that are looked at before and behind an interval.
pub(super) const AHEAD: usize = 8;
/// Regular rows after which the usual interval is reckoned anew.
const ANEW: usize = 64;
/// Without any interval: the original's default.
const DEFAULT: Duration = Duration::from_mins(1);
/// Rarer looks than this leave nothing to hold on to.
const RAREST: Duration = Duration::from_hours(6);

/// The intervals around the row in hand, in microseconds: many rows are reckoned with.
#[derive(Debug)]
pub(super) struct Rhythm {
    /// Each with the time at which it ends.
    intervals: VecDeque<(u64, u64)>,
    last: Option<u64>,
    usual: Duration,
    /// How far an interval may be from the usual one.
    near: RangeInclusive<u64>,
    /// A row that comes after this time comes as rows usually do.
    soon: u64,
    n_since: usize,
}

impl Default for Rhythm {
    fn default() -> Self {
        // No interval is near to one that nobody knows yet.
        let near = RangeInclusive::new(1, 0);
        Self { intervals: VecDeque::new(), last: None, usual: DEFAULT, near, soon: micros(DEFAULT * 2), n_since: 0 }
    }
}

impl Rhythm {
    /// A row at `at` has been read.
    #[inline]
    pub(super) fn add(&mut self, at: Duration, is_sampled: bool) {
        let at = micros(at);
        let before = self.last.replace(at);
        // Two rows at once are one look, twice.
        let interval = before.and_then(|before| at.checked_sub(before)).filter(|interval| *interval > 0);
        if let (true, Some(interval)) = (is_sampled, interval) {
            if !self.near.contains(&interval) {
                self.n_since = ANEW;
            }
            self.intervals.push_back((at, interval));
        }
    }

    /// The row at `at` is in hand now.
    #[inline]
    pub(super) fn pass(&mut self, at: Duration) {
        let at = micros(at);
        while self.intervals.len() > 2 * AHEAD && self.intervals.front().is_some_and(|(end, _)| *end < at) {
            self.intervals.pop_front();
        }
        self.n_since += 1;
        if self.n_since >= ANEW {
            self.reckon();
        }
    }

    #[inline(never)]
    fn reckon(&mut self) {
        self.n_since = 0;
        let Some(usual) = median(self.intervals.iter().map(|(_, interval)| *interval)) else { return };
        // From half to twice as much.
        self.near = usual / 2..=usual.saturating_mul(2);
        self.usual = Duration::from_micros(usual).min(RAREST);
        self.soon = micros(self.usual * 2);
    }

    /// The usual time between two rows.
    pub(super) fn usual(&self) -> Duration {
        self.usual
    }

    /// Whether a row that comes after this time comes as rows usually do.
    #[inline]
    pub(super) fn is_soon(&self, passed: Duration) -> bool {
        micros(passed) <= self.soon
    }
}

#[inline]
fn micros(time: Duration) -> u64 {
    time.as_secs().saturating_mul(1_000_000).saturating_add(time.subsec_micros().into())
}

fn median(intervals: impl Iterator<Item = u64>) -> Option<u64> {
    let mut sorted: Vec<u64> = intervals.collect();
    sorted.sort_unstable();
    // Of two in the middle the shorter: what is longer may be a gap.
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}
