//! The original's figures by its own rules, but with time in UTC, so that a change to winter time is no time travel.

use chrono::{NaiveDateTime, Timelike as _};

use crate::model::{
    log_row::LogRow,
    summary::RowFigures,
    time::Timestamp,
    verdict::{RootCause, Status},
};

/// Counts rows.
#[derive(Debug, Default)]
pub(super) struct ByRows {
    figures: RowFigures,
    /// Rows by hour in which a hop of the provider was down: all, and those that are not `OK`.
    isp_down: [(u64, u64); 24],
}

/// The place of the hint among the original's, and of everything else.
const MIXED: usize = 3;

fn place(cause: Option<RootCause>) -> Option<usize> {
    RowFigures::CAUSES.iter().position(|known| Some(*known) == cause)
}

impl ByRows {
    pub(super) fn take(&mut self, row: &LogRow, local: &dyn Fn(Timestamp) -> NaiveDateTime) {
        let hour = row.local.unwrap_or_else(|| local(row.utc)).hour() as usize;
        let is_ok = row.status == Status::Ok;
        if let Some((n, bad)) = self.figures.by_hour.get_mut(hour) {
            *n += 1;
            *bad += u64::from(!is_ok);
        }
        if row.isp_hops.iter().any(|(_, up)| !up)
            && let Some((all, bad)) = self.isp_down.get_mut(hour)
        {
            *all += 1;
            *bad += u64::from(!is_ok);
        }
        if is_ok {
            self.figures.n_ok += 1;
        } else {
            self.take_bad(row, hour);
        }
    }

    fn take_bad(&mut self, row: &LogRow, hour: usize) {
        let cause = place(row.cause);
        if let Some(n) = cause.and_then(|cause| self.figures.causes.get_mut(cause)) {
            *n += 1;
        }
        if let Some(n) = self.figures.heat.get_mut(hour).and_then(|heat| heat.get_mut(cause.unwrap_or(MIXED))) {
            *n += 1;
        }
        if let Some(tally) = row.isp_tally {
            let (all, partial, down) = &mut self.figures.isp_impact;
            *all += 1;
            *down += u64::from(tally.up == 0 && tally.total > 0);
            *partial += u64::from(tally.up > 0 && tally.up < tally.total);
        }
    }

    pub(super) fn finish(mut self) -> RowFigures {
        let has_bad = self.figures.by_hour.iter().any(|(_, bad)| *bad > 0);
        for (figure, (all, bad)) in self.figures.isp_down_by_hour.iter_mut().zip(self.isp_down) {
            *figure = if has_bad { bad } else { all };
        }
        self.figures
    }
}
