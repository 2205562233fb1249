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
    run: Option<Run>,
    /// Rows by hour in which a hop of the provider was down: all, and those that are not `OK`.
    isp_down: [(u64, u64); 24],
    had_runs: bool,
}

/// Rows that are not `OK`, in a row.
#[derive(Debug)]
struct Run {
    start: Timestamp,
    last: Timestamp,
    causes: [u64; 4],
    others: u64,
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
            self.end_run(Some(row.utc));
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
        let new = Run { start: row.utc, last: row.utc, causes: [0; 4], others: 0 };
        let run = self.run.get_or_insert(new);
        run.last = row.utc;
        match cause.and_then(|cause| run.causes.get_mut(cause)) {
            Some(n) => *n += 1,
            None => run.others += u64::from(row.cause.is_some()),
        }
        self.had_runs = true;
    }

    fn end_run(&mut self, end: Option<Timestamp>) {
        let Some(run) = self.run.take() else { return };
        let most = run.causes.iter().copied().max().unwrap_or(0);
        let mut tops = run.causes.iter().enumerate().filter(|(_, n)| **n == most);
        let cause = match (tops.next(), tops.next()) {
            (Some((only, _)), None) if most > run.others => only,
            _ => MIXED,
        };
        if let Some((n, length)) = self.figures.runs.get_mut(cause) {
            *n += 1;
            *length += (end.unwrap_or(run.last) - run.start).to_std().unwrap_or_default();
        }
    }

    pub(super) fn finish(mut self) -> RowFigures {
        self.end_run(None);
        for (figure, (all, bad)) in self.figures.isp_down_by_hour.iter_mut().zip(self.isp_down) {
            *figure = if self.had_runs { bad } else { all };
        }
        self.figures
    }
}
