//! Loss of the pulse over time, from what each row says of the time since the row before.

use chrono::TimeDelta;

use crate::model::{log_row::LogRow, time::Timestamp};

/// A row tells of no longer time than this, however long ago the one before was written.
const LONGEST: TimeDelta = TimeDelta::minutes(30);

/// A row without samples so soon after another leaves it to the next one to tell.
const SOON: TimeDelta = TimeDelta::minutes(1);

/// Adds up lost time. The pulse asks at one rhythm, so the part of it that was lost since the row before is the part of
/// that time.
#[derive(Debug, Clone, Default)]
pub(super) struct PulseLoss {
    before: Option<Timestamp>,
    /// Seconds lost, and seconds of which anything is known.
    lost: f64,
    known: f64,
}

impl PulseLoss {
    /// Takes the next row, and counts it if `is_counted`.
    pub(super) fn take(&mut self, row: &LogRow, is_counted: bool) {
        let begins = row.seq.is_none_or(|seq| seq <= 1);
        if row.loss.is_none() && !begins && self.before.is_some_and(|before| row.steady - before < SOON) {
            // Nothing came back since the row before; the next one tells of this time too.
            return;
        }
        let before = self.before.replace(row.steady);
        // The first row of a run does not tell when that began.
        let before = before.filter(|_| is_counted && !begins);
        let (Some(before), Some(loss)) = (before, row.loss) else { return };
        // In a gap nothing was asked.
        let until = row.gap.map_or(row.steady, |(_, since)| row.steady - (row.utc - since));
        let length = (until - before).clamp(TimeDelta::zero(), LONGEST).as_seconds_f64();
        self.lost += loss * length;
        self.known += length;
    }

    /// Part of the time that was lost, 0..=1; `None` when nothing is known of it.
    pub(super) fn finish(&self) -> Option<f64> {
        (self.known > 0.0).then(|| self.lost / self.known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ledger::GapReason, verdict::Status};

    fn row(second: i64, seq: u64, loss: Option<f64>) -> LogRow {
        let at = Timestamp::UNIX_EPOCH + TimeDelta::seconds(second);
        LogRow { seq: Some(seq), loss, steady: at, ..LogRow::new(at, Status::Ok) }
    }

    #[test]
    fn loss_is_weighed_by_the_time_it_lasted_and_not_by_rows() {
        let mut loss = PulseLoss::default();
        // Rows follow each other quickly while something is wrong.
        let rows = [(0, 1, 1.0), (100, 2, 0.0), (101, 3, 1.0), (105, 4, 1.0), (145, 5, 1.0), (200, 6, 0.0)];
        for (second, seq, part) in rows {
            loss.take(&row(second, seq, Some(part)), true);
        }
        assert_eq!(Some(45.0 / 200.0), loss.finish());
    }

    #[test]
    fn time_in_which_nothing_was_asked_weighs_nothing() {
        let mut loss = PulseLoss::default();
        loss.take(&row(0, 1, Some(0.0)), true);
        let woken = row(7230, 2, Some(0.5));
        let since = Timestamp::UNIX_EPOCH + TimeDelta::seconds(20);
        loss.take(&LogRow { gap: Some((GapReason::Asleep, since)), ..woken }, true);
        loss.take(&row(7250, 3, Some(0.0)), true);
        assert_eq!(Some(0.25), loss.finish());
        // Of a run that begins the time is not known, and a row that is not counted is one all the same.
        loss.take(&row(9000, 1, Some(1.0)), true);
        loss.take(&row(9900, 2, Some(1.0)), false);
        loss.take(&row(9980, 3, None), true);
        assert_eq!(Some(0.25), loss.finish());
        // Ten seconds of which the row after them tells.
        loss.take(&row(9990, 4, None), true);
        loss.take(&row(10_020, 5, Some(0.0)), true);
        assert_eq!(Some(10.0 / 80.0), loss.finish());
        assert_eq!(None, PulseLoss::default().finish());
    }
}
