//! Logs as other programs ask for them: the state of a folder, its outages, the figures of a period.

use std::{path::Path, sync::Arc, time::Duration};

use chrono::{NaiveTime, TimeDelta};
use serde_json::{Value, json};

use super::shared::{Bound, Period, Refusal};
use crate::{
    analysis::{
        state::{self, StateFold},
        summary::{Scope, Summariser},
    },
    clock,
    codec::summary_json::SummaryJson,
    model::{config::Config, log_row::LogRow, state::OutageState, summary::Summary, time::Timestamp},
    store::{StoreError, log::FILE_NAME, logs, tail::rows_since},
};

/// Spans in which the last finished outage is looked for, one after the other.
const SPANS: [TimeDelta; 3] = [TimeDelta::days(1), TimeDelta::days(7), TimeDelta::days(35)];
/// Rows from before midnight, so that an outage that lasted over it is known.
const BEFORE_MIDNIGHT: TimeDelta = TimeDelta::hours(1);
/// Begin of the year 2000, after 1970. No log is older.
const EARLIEST: TimeDelta = TimeDelta::seconds(946_684_800);
/// Longest time after now in which a period may end.
const LATEST: TimeDelta = TimeDelta::days(366);
/// Age up to which the last row of a scheduled look tells what is true now.
const LONGEST_AGE: Duration = Duration::from_mins(15);

/// Returns the state of a folder without rows.
pub fn empty(config: &Config) -> StateFold {
    let max_age = LONGEST_AGE.max(config.ping_interval_sec * 3);
    StateFold::new(&config.site, config.outage_after_sec, max_age, Arc::new(clock::local))
}

/// Rows of a log that tell of today and of the last outage.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// Last finished outage of the last 35 days.
    pub last_outage: Option<OutageState>,
    /// Rows of today, and of an hour before.
    pub rows: Vec<LogRow>,
}

impl Past {
    /// Returns the state that follows from it.
    pub fn fold(self, config: &Config) -> StateFold {
        let mut fold = empty(config);
        fold.note_last_outage(self.last_outage);
        self.rows.iter().for_each(|row| fold.take_row(row));
        fold
    }
}

/// Reads the end of the log of `dir`.
///
/// # Errors
///
/// If the log cannot be read. A missing one is no error.
pub fn read(dir: &Path, config: &Config, now: Timestamp) -> Result<Past, StoreError> {
    let path = dir.join(FILE_NAME);
    let mut last_outage = None;
    for span in SPANS {
        let mut summariser = Summariser::new(scope(config, now));
        rows_since(&path, now - span)?.iter().for_each(|row| summariser.take(row, false));
        let summary = summariser.finish();
        last_outage = summary.outages.iter().rev().find(|record| record.outage.end.is_some()).map(state::of_record);
        if last_outage.is_some() {
            break;
        }
    }
    let passed = clock::local(now).time() - NaiveTime::MIN;
    Ok(Past { last_outage, rows: rows_since(&path, now - passed - BEFORE_MIDNIGHT)? })
}

/// Returns the outages of `dir` that lie in `period` at least in part, in time order.
///
/// # Errors
///
/// If the period has no length or the logs cannot be read.
pub fn outages(dir: &Path, config: &Config, period: Period) -> Result<Vec<OutageState>, Refusal> {
    let (summary, _) = summary(dir, config, period)?;
    Ok(summary.outages.iter().map(state::of_record).collect())
}

/// Returns the figures of `period` as the JSON text of `netlog analyze --json`.
///
/// # Errors
///
/// If the period has no length or the logs cannot be read.
pub fn analysis(dir: &Path, config: &Config, period: Period) -> Result<Arc<str>, Refusal> {
    let (summary, n_skipped) = summary(dir, config, period)?;
    let figures = serde_json::to_value(SummaryJson(&summary)).map_err(|error| Refusal::Failed(error.to_string()))?;
    let Value::Object(mut figures) = figures else { return Err(Refusal::Failed("no figures came out".into())) };
    figures.insert("skipped_lines".into(), n_skipped.into());
    Ok(Value::Object(figures).to_string().into())
}

/// Returns what an event says of an analysis: its period, the outages and the availability.
pub fn short_figures(analysis: &str) -> Value {
    let whole: Value = serde_json::from_str(analysis).unwrap_or_default();
    let at = |pointer: &str| whole.pointer(pointer).cloned().unwrap_or_default();
    json!({
        "period": at("/period"),
        "outages": whole.get("outages").and_then(Value::as_array).map(Vec::len),
        "availability_pct": at("/availability/percent"),
    })
}

fn summary(dir: &Path, config: &Config, period: Period) -> Result<(Summary, u64), Refusal> {
    let (from, to) = (instant(period.from)?, instant(period.to)?);
    if from.zip(to).is_some_and(|(from, to)| from >= to) {
        return Err(Refusal::BadPeriod("the end of the period is not after its begin".into()));
    }
    let now = clock::now().wall;
    is_sensible(from, to, now)?;
    let failed = |error: StoreError| Refusal::Failed(format!("the logs cannot be read: {error}"));
    let files = match logs::find(dir) {
        Ok(files) => files,
        // Nothing was written yet.
        Err(error) if error.source.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(failed(error)),
    };
    let new = || Summariser::new(Scope { from, to, ..scope(config, now) });
    let (summariser, read) = logs::read_at(now, &files, new, Summariser::take).map_err(failed)?;
    Ok((summariser.finish(), read.n_skipped))
}

/// Refuses years without a log: every day of a period has figures of its own.
fn is_sensible(from: Option<Timestamp>, to: Option<Timestamp>, now: Timestamp) -> Result<(), Refusal> {
    let (first, last) = (Timestamp::UNIX_EPOCH + EARLIEST, now + LATEST);
    match [from, to].into_iter().flatten().find(|at| !(first..=last).contains(at)) {
        Some(at) => Err(Refusal::BadPeriod(format!(
            "{at} is no time of a log; the period may begin in 2000 and end in a year at the latest"
        ))),
        None => Ok(()),
    }
}

fn scope(config: &Config, now: Timestamp) -> Scope {
    Scope { now: Some(now), local: Arc::new(clock::local), ..Scope::all(config.outage_after_sec) }
}

fn instant(bound: Option<Bound>) -> Result<Option<Timestamp>, Refusal> {
    match bound {
        None => Ok(None),
        Some(Bound::Time(at)) => Ok(Some(at)),
        Some(Bound::Date(date)) => clock::from_local(date.and_time(NaiveTime::MIN))
            .map(Some)
            .ok_or_else(|| Refusal::BadPeriod(format!("there is no midnight of {date} here"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_lies_where_logs_can_lie() {
        let folder = tempfile::tempdir().unwrap();
        let period = |from: &str, to: &str| {
            let bound = |text: &str| Some(Bound::Time(text.parse().unwrap()));
            outages(folder.path(), &Config::default(), Period { from: bound(from), to: bound(to) })
        };
        assert_eq!(Ok(Vec::new()), period("2000-01-01T00:00:00Z", "2026-11-01T00:00:00Z"));
        for (from, to) in [
            ("0001-01-01T00:00:00Z", "2026-11-01T00:00:00Z"),
            ("1999-12-31T23:59:59Z", "2026-11-01T00:00:00Z"),
            ("2026-11-01T00:00:00Z", "9999-12-31T00:00:00Z"),
            ("2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"),
        ] {
            assert!(matches!(period(from, to), Err(Refusal::BadPeriod(_))), "{from} {to}");
        }
    }
}
