//! The original's figures of rows by its own rules, but for faults at home: they are a cause of their own, and say
//! nothing of the provider.

use chrono::{NaiveDateTime, Timelike as _};

use crate::model::{
    log_row::LogRow,
    summary::RowFigures,
    time::Timestamp,
    verdict::{RootCause, Status},
};

/// Counts rows.
#[derive(Debug, Clone, Default)]
pub(super) struct ByRows {
    figures: RowFigures,
    /// Rows by hour in which a hop of the provider was down: all, and those that are not `OK`.
    isp_down: [(u64, u64); 24],
}

/// The place of the cause in the figures; a row without a hint is `Mixed`.
fn place(cause: Option<RootCause>) -> Option<usize> {
    let cause = cause.unwrap_or(RootCause::Mixed);
    RowFigures::CAUSES.iter().position(|known| *known == cause)
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
            && !row.blames_home()
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
        let heat = self.figures.heat.get_mut(hour);
        if let Some(n) = heat.zip(place(row.counted_cause())).and_then(|(heat, cause)| heat.get_mut(cause)) {
            *n += 1;
        }
        if let Some(tally) = row.isp_tally.filter(|_| !row.blames_home()) {
            let (all, partial, down) = &mut self.figures.isp_impact;
            *all += 1;
            *down += u64::from(tally.up == 0 && tally.total > 0);
            *partial += u64::from(tally.up > 0 && tally.up < tally.total);
        }
    }

    pub(super) fn finish(mut self) -> RowFigures {
        let has_bad = self.figures.has_faults_outside();
        for (figure, (all, bad)) in self.figures.isp_down_by_hour.iter_mut().zip(self.isp_down) {
            *figure = if has_bad { bad } else { all };
        }
        self.figures
    }
}
