//! Writes a report of each month when it is over, in a thread of its own that nothing waits for.

use std::{path::PathBuf, time::Duration};

use chrono::{Datelike as _, NaiveDate};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::{Options, Outbox, keys::own_public_key};
use crate::{
    clock,
    evidence::{self, Request},
    model::{config::Config, time::Timestamp},
    report::{self, Format},
    store::report_file,
};

/// Interval between looks whether a month is over.
const LOOK: Duration = Duration::from_hours(1);
/// A run that has just begun has better things to do.
const FIRST_LOOK: Duration = Duration::from_mins(2);
/// Months that are caught up with after a long stop.
const MOST_MONTHS: usize = 24;

/// A year and a month.
type Month = (i32, u32);

/// The handle of the thread. Dropping it ends it, but does not wait for a report that is being made.
pub(super) struct MonthlyReport {
    _ends: Sender<()>,
}

impl MonthlyReport {
    /// Begins, if the settings ask for it.
    pub(super) fn start(options: &Options, outbox: Outbox) -> Option<Self> {
        let format: Format = options.config.monthly_report.parse().ok()?;
        let (ends, end) = bounded(0);
        let worker = MonthlyWorker {
            format,
            config: options.config.clone(),
            log_dir: options.log_dir.clone(),
            outbox,
            empty: Vec::new(),
            has_failed: false,
        };
        let thread = std::thread::Builder::new().name("report".into());
        thread.spawn(move || worker.run(&end)).ok()?;
        Some(Self { _ends: ends })
    }
}

struct MonthlyWorker {
    format: Format,
    config: Config,
    log_dir: PathBuf,
    outbox: Outbox,
    /// Months of which there is nothing to report.
    empty: Vec<Month>,
    /// A failure is told once, until it goes well again.
    has_failed: bool,
}

impl MonthlyWorker {
    fn run(mut self, end: &Receiver<()>) {
        let mut wait = FIRST_LOOK;
        while end.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
            self.look();
            wait = LOOK;
        }
    }

    fn look(&mut self) {
        let today = clock::local(clock::now().wall).date();
        let written = match report_file::months(&self.log_dir, self.format.extension()) {
            Ok(written) => written,
            Err(error) => return self.failed(&error),
        };
        for month in due(today, &written) {
            if self.empty.contains(&month) {
                continue;
            }
            match self.write(month) {
                Ok(true) => self.has_failed = false,
                Ok(false) => self.empty.push(month),
                Err(error) => return self.failed(&*error),
            }
        }
    }

    /// Writes the report of a month. False if there was nothing to write.
    fn write(&self, month: Month) -> Result<bool, Box<dyn std::error::Error>> {
        let Some((from, to)) = bounds(month) else { return Ok(false) };
        let request = Request {
            from: Some(from),
            to: Some(to),
            own_key: own_public_key(),
            ..Request::new(&self.log_dir, self.config.clone(), clock::now().wall)
        };
        let (input, _) = evidence::gather(&request)?;
        if input.summary.n_rows == 0 {
            return Ok(false);
        }
        let bytes = report::render(&input, self.format)?;
        let name = report_file::month_name(month, self.format.extension());
        report_file::replace(&self.log_dir.join(name), &bytes)?;
        Ok(true)
    }

    fn failed(&mut self, error: &dyn std::error::Error) {
        if !std::mem::replace(&mut self.has_failed, true) {
            self.outbox.warn(format!("the monthly report could not be written, and is tried again: {error}"));
        }
    }
}

/// The months that are over and have no report: those after the last report, or the last one if there is none yet.
fn due(today: NaiveDate, written: &[Month]) -> Vec<Month> {
    let last = before((today.year(), today.month()));
    let mut due = Vec::new();
    let mut month = last;
    let newest = written.iter().filter(|month| **month <= last).max();
    while due.len() < MOST_MONTHS && newest.is_none_or(|newest| *newest < month) {
        due.push(month);
        month = before(month);
        if newest.is_none() {
            break;
        }
    }
    due.reverse();
    due
}

fn before((year, month): Month) -> Month {
    if month <= 1 { (year - 1, 12) } else { (year, month - 1) }
}

fn after((year, month): Month) -> Month {
    if month >= 12 { (year + 1, 1) } else { (year, month + 1) }
}

/// Returns the beginning and the end of a month by the clock on the wall.
fn bounds(month: Month) -> Option<(Timestamp, Timestamp)> {
    let midnight = |(year, month): Month| {
        let at = NaiveDate::from_ymd_opt(year, month, 1)?.and_hms_opt(0, 0, 0)?;
        // Where midnight is skipped, the day begins at one.
        clock::from_local(at).or_else(|| clock::from_local(at + chrono::TimeDelta::hours(1)))
    };
    Some((midnight(month)?, midnight(after(month))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(today: &str, written: &[Month], expected: &[Month]) {
        assert_eq!(expected, due(today.parse().unwrap(), written));
    }

    #[test]
    fn a_month_is_reported_once_it_is_over() {
        check("2026-11-01", &[], &[(2026, 10)]);
        check("2026-11-30", &[(2026, 10)], &[]);
        check("2027-01-01", &[(2026, 11)], &[(2026, 12)]);
    }

    #[test]
    fn what_a_stop_left_out_is_caught_up_with() {
        check("2026-11-25", &[(2026, 7)], &[(2026, 8), (2026, 9), (2026, 10)]);
        check("2026-11-25", &[(2026, 7), (2026, 9)], &[(2026, 10)]);
        assert_eq!(24, due("2026-11-25".parse().unwrap(), &[(1999, 1)]).len());
        check("2026-11-25", &[(2030, 1)], &[(2026, 10)]);
    }

    #[test]
    fn a_report_is_written_for_a_month_with_rows_and_for_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let (to, _events) = bounded(1);
        let worker = MonthlyWorker {
            format: Format::Html,
            config: Config::default(),
            log_dir: dir.path().to_owned(),
            outbox: Outbox {
                to,
                listeners: std::sync::Arc::new([]),
                n_missed: std::sync::Arc::default(),
                wake: std::sync::Arc::new(|| {}),
            },
            empty: Vec::new(),
            has_failed: false,
        };
        let log = "utc_timestamp,overall_status\n2026-10-05T12:00:00+00:00,OK\n2026-10-05T12:00:20+00:00,OK\n";
        std::fs::write(dir.path().join("netlog.csv"), log).unwrap();
        assert!(worker.write((2026, 10)).unwrap());
        assert!(!worker.write((2026, 8)).unwrap());
        assert_eq!(vec![(2026, 10)], report_file::months(dir.path(), "html").unwrap());
    }
}
