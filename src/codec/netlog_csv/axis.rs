//! Positions of the rows of a run on an axis of time that no setting of the clock disturbs.

use std::collections::VecDeque;

use chrono::TimeDelta;

use crate::model::{log_row::LogRow, time::Timestamp};

/// A row may tell of a cycle that began so long before the row before it. More is a spoiled digit.
const CYCLE: TimeDelta = TimeDelta::minutes(10);

/// Before it was set by more than this, a clock showed no time: that of a computer without a battery, for example.
const NO_TIME: TimeDelta = TimeDelta::days(366);

/// Puts the rows of a run on an axis of time that no setting of the clock disturbs.
#[derive(Debug, Default)]
pub(super) struct Axis {
    seq: Option<u64>,
    last: Option<Timestamp>,
    /// Amount by which the clock has been set since the run began, less all that it is set in the run, where that is
    /// known.
    set: TimeDelta,
    /// Amounts by which the clock is set in the runs that follow, one for each.
    steps: VecDeque<TimeDelta>,
    was_set: bool,
}

/// True if a row with this number goes on with the run of the row before it.
pub(super) fn continues(before: Option<u64>, seq: Option<u64>) -> bool {
    seq > Some(1) && before.is_some() && before < seq
}

impl Axis {
    /// Runs in which the clock is set by so much in all.
    pub(super) fn new(steps: VecDeque<TimeDelta>) -> Self {
        Self { steps, ..Self::default() }
    }

    /// True if the clock has been set in a run so far.
    pub(super) fn was_set(&self) -> bool {
        self.was_set
    }

    pub(super) fn place(&mut self, row: &mut LogRow) {
        row.steady = row.utc;
        let continues = continues(std::mem::replace(&mut self.seq, row.seq), row.seq);
        if row.seq.is_none() {
            return;
        }
        if !continues {
            (self.last, self.set) = (None, -self.steps.pop_front().unwrap_or_default());
        }
        if let (true, Some(seconds)) = (continues, row.clock_step) {
            self.set = self.set.checked_add(&step(seconds)).unwrap_or_default();
            self.was_set |= !step(seconds).is_zero();
        }
        let steady = row.utc.checked_sub_signed(self.set).unwrap_or(row.utc);
        row.steady = match self.last {
            Some(last) if last > steady && last - steady < CYCLE => last,
            _ => steady,
        };
        self.last = Some(row.steady);
        if (row.steady - row.utc).abs() > NO_TIME {
            // The time that the clock should have shown is known by now.
            let shift = row.steady - row.utc;
            let right = |at: Timestamp| at.checked_add_signed(shift).unwrap_or(at);
            row.since = row.since.map(right);
            row.gap = row.gap.map(|(reason, from)| (reason, right(from)));
            row.utc = row.steady;
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "saturates, and a step of millennia is out of bounds")]
pub(super) fn step(seconds: f64) -> TimeDelta {
    TimeDelta::try_milliseconds((seconds * 1000.0) as i64).unwrap_or_default()
}
