//! How often sampled rows come.

use std::{collections::VecDeque, time::Duration};

/// Rows that are looked at before and behind an interval.
pub(super) const AHEAD: usize = 8;
/// Regular rows after which the usual interval is reckoned anew.
const ANEW: usize = 64;
/// Without any interval: the original's default.
const DEFAULT: Duration = Duration::from_mins(1);
/// Rarer looks than this leave nothing to hold on to.
const RAREST: Duration = Duration::from_hours(6);

/// The intervals around the row in hand.
#[derive(Debug, Default)]
pub(super) struct Rhythm {
    /// Each with the time at which it ends.
    intervals: VecDeque<(Duration, Duration)>,
    last: Option<Duration>,
    usual: Option<Usual>,
    n_since: usize,
}

/// The usual interval, and how far one may be from it.
#[derive(Debug, Clone, Copy)]
struct Usual {
    interval: Duration,
    /// From half to twice as much.
    near: (Duration, Duration),
}

impl Rhythm {
    /// A row at `at` has been read.
    pub(super) fn add(&mut self, at: Duration, is_sampled: bool) {
        let before = self.last.replace(at);
        // Two rows at once are one look, twice.
        let interval = before.and_then(|before| at.checked_sub(before)).filter(|interval| !interval.is_zero());
        if let (true, Some(interval)) = (is_sampled, interval) {
            if self.usual.is_none_or(|usual| interval < usual.near.0 || interval > usual.near.1) {
                self.n_since = ANEW;
            }
            self.intervals.push_back((at, interval));
        }
    }

    /// The row at `at` is in hand now.
    pub(super) fn pass(&mut self, at: Duration) {
        while self.intervals.len() > 2 * AHEAD && self.intervals.front().is_some_and(|(end, _)| *end < at) {
            self.intervals.pop_front();
        }
        self.n_since += 1;
        if self.n_since >= ANEW {
            self.n_since = 0;
            self.usual = median(self.intervals.iter().map(|(_, interval)| *interval)).map(Usual::of);
        }
    }

    /// The usual time between two rows.
    pub(super) fn usual(&self) -> Duration {
        self.usual.map_or(DEFAULT, |usual| usual.interval).min(RAREST)
    }

    /// Whether a row that comes after this time comes as rows usually do.
    #[inline]
    pub(super) fn is_soon(&self, passed: Duration) -> bool {
        passed <= self.usual.map_or(DEFAULT * 2, |usual| usual.near.1).min(RAREST * 2)
    }
}

impl Usual {
    fn of(interval: Duration) -> Self {
        Self { interval, near: (interval / 2, interval * 2) }
    }
}

fn median(intervals: impl Iterator<Item = Duration>) -> Option<Duration> {
    let mut sorted: Vec<Duration> = intervals.collect();
    sorted.sort_unstable();
    // Of two in the middle the shorter: what is longer may be a gap.
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}
