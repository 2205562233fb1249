//! Queries of the window, the reports and the command line to the history.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use rusqlite::{Connection, Transaction, params};

use super::{
    FILE_NAME, HistoryError, diary, failed, fold, open,
    plan::{Canvas, HOUR, LEVELS, Level, Plan},
};
use crate::{
    codec::history_blob,
    model::{
        diary::{ClockSample, ConfigChange, OutageNote, PathChange, Ticket},
        history::{Cell, Reading, Series, SeriesKey, time},
        time::Timestamp,
    },
};

/// Pixels for which single samples are looked at, in an hour or less.
const PER_HOUR: usize = 3600;

/// `history.db` opened for reading. Any number of these may be open beside the one writer, which waits for none of
/// them.
#[derive(Debug)]
pub struct History {
    path: PathBuf,
    db: Connection,
}

impl History {
    /// Opens the history of `dir`. Changes nothing.
    ///
    /// # Errors
    ///
    /// When there is none, it cannot be opened, or it is not ours.
    pub fn open_read(dir: &Path) -> Result<Self, HistoryError> {
        let path = dir.join(FILE_NAME);
        let db = open::to_read(&path)?;
        Ok(Self { path, db })
    }

    /// All series there are samples of, by their part of the path.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn series_keys(&self) -> Result<Vec<Arc<SeriesKey>>, HistoryError> {
        Ok(self.ids()?.into_keys().collect())
    }

    /// The first and the last time there are samples of, to the hour; `None` without any.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn period(&self) -> Result<Option<(Timestamp, Timestamp)>, HistoryError> {
        let ids = self.ids()?;
        self.snapshot(|db| {
            let (mut first, mut last) = (i64::MAX, i64::MIN);
            for id in ids.values() {
                for level in LEVELS {
                    let sql = format!("SELECT min(key), max(key) FROM {} WHERE key BETWEEN ?1 AND ?2", level.table);
                    let bounds = params![fold::key(*id, 0), fold::key(*id, 0xffff_ffff)];
                    let (from, to): (Option<i64>, Option<i64>) =
                        db.query_row(&sql, bounds, |row| Ok((row.get(0)?, row.get(1)?)))?;
                    if let (Some(from), Some(to)) = (from, to) {
                        first = first.min(fold::field(from) * level.field_ms);
                        // Only the finest knows the hour.
                        let end = i64::from(level.field_ms == HOUR);
                        last = last.max((fold::field(to) + end) * level.field_ms);
                    }
                }
            }
            for (_, reading) in journal(db, &mut 0)? {
                (first, last) = (first.min(reading.at_ms), last.max(reading.at_ms + 1));
            }
            Ok((first < last).then(|| (time(first), time(last))))
        })
    }

    /// A drawing of one series from one time to another, so many pixels wide.
    ///
    /// Every sample is in exactly one point: the longest time and every loss show at any zoom. A point is a pixel wide,
    /// or wider where only coarser figures were kept.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn series(
        &self,
        key: &SeriesKey,
        from: Timestamp,
        to: Timestamp,
        pixels: usize,
    ) -> Result<Series, HistoryError> {
        let plan = Plan::new(from.timestamp_millis(), to.timestamp_millis(), pixels);
        let (Some(plan), Some(id)) = (plan, self.ids()?.get(key).copied()) else { return Ok(Series::default()) };
        self.snapshot(|db| draw(db, plan, id))
    }

    /// Returns the total of all samples of one series from one time to another: to the millisecond where single samples
    /// were kept at both ends, else to the minute, ten minutes or the hour.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn total(&self, key: &SeriesKey, from: Timestamp, to: Timestamp) -> Result<Cell, HistoryError> {
        let (from, to) = (from.timestamp_millis(), to.timestamp_millis());
        // Whole hours between two parts of one.
        let first = (from.saturating_add(HOUR - 1).div_euclid(HOUR) * HOUR).min(to);
        let last = (to.div_euclid(HOUR) * HOUR).max(first);
        let hours = usize::try_from((last - first) / HOUR).unwrap_or(1);
        let parts = [(from, first, PER_HOUR), (first, last, hours), (last, to, PER_HOUR)];
        let mut total = Cell::default();
        for (from, to, pixels) in parts {
            let points = self.series(key, time(from), time(to), pixels)?.points;
            points.iter().for_each(|point| total.merge(&point.cell));
        }
        Ok(total)
    }

    /// Hands out all single samples that were kept from one time to another, in the order of their time. `give` says
    /// whether it wants more. Tells how many fields were damaged and are missing.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn samples(
        &self,
        from: Timestamp,
        to: Timestamp,
        mut give: impl FnMut(&SeriesKey, Reading) -> bool,
    ) -> Result<u64, HistoryError> {
        let (from, to) = (from.timestamp_millis().max(0), to.timestamp_millis());
        let names: BTreeMap<i64, Arc<SeriesKey>> = self.ids()?.into_iter().map(|(key, id)| (id, key)).collect();
        self.snapshot(|db| {
            let mut n_damaged = 0;
            let mut late: BTreeMap<i64, Vec<(i64, Reading)>> = BTreeMap::new();
            for (id, reading) in journal(db, &mut n_damaged)? {
                late.entry(reading.at_ms.div_euclid(HOUR)).or_default().push((id, reading));
            }
            let hours = stored_hours(db, names.keys(), from, to)?;
            let hours: BTreeSet<i64> = hours.into_iter().chain(late.keys().copied()).collect();
            let mut select = db.prepare("SELECT data FROM raw WHERE key = ?1")?;
            for hour in hours {
                let mut all = late.remove(&hour).unwrap_or_default();
                for id in names.keys() {
                    let mut rows = select.query([fold::key(*id, hour)])?;
                    if let Some(row) = rows.next()? {
                        match history_blob::parse_readings(row.get_ref(0)?.as_blob()?) {
                            Some(readings) => all.extend(readings.into_iter().map(|reading| (*id, reading))),
                            None => n_damaged += 1,
                        }
                    }
                }
                all.retain(|(_, reading)| (from..to).contains(&reading.at_ms));
                all.sort_by_key(|(id, reading)| (reading.at_ms, *id));
                for (id, reading) in all {
                    if let Some(key) = names.get(&id)
                        && !give(key, reading)
                    {
                        return Ok(n_damaged);
                    }
                }
            }
            Ok(n_damaged)
        })
    }

    /// Bytes that the single samples from one time to another take, to the hour.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn sample_bytes(&self, from: Timestamp, to: Timestamp) -> Result<u64, HistoryError> {
        let ids = self.ids()?;
        let (first, last) = hours(from.timestamp_millis(), to.timestamp_millis());
        self.snapshot(|db| {
            let sum = |db: &Transaction<'_>, sql: &str, params: &[&dyn rusqlite::ToSql]| {
                db.query_row(sql, params, |row| row.get::<_, Option<i64>>(0)).map(Option::unwrap_or_default)
            };
            // What is not folded yet may be of any hour.
            let mut bytes = sum(db, "SELECT sum(length(data)) FROM journal", &[])?;
            for id in ids.values() {
                let sql = "SELECT sum(length(data)) FROM raw WHERE key BETWEEN ?1 AND ?2";
                bytes += sum(db, sql, &[&fold::key(*id, first), &fold::key(*id, last)])?;
            }
            Ok(u64::try_from(bytes).unwrap_or(0))
        })
    }

    /// Fault reports by their time.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn tickets(&self) -> Result<Vec<Ticket>, HistoryError> {
        diary::tickets(&self.db).map_err(failed("read", &self.path))
    }

    /// Remarks by their outage, each with its number.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn notes(&self) -> Result<Vec<(i64, OutageNote)>, HistoryError> {
        diary::notes(&self.db).map_err(failed("read", &self.path))
    }

    /// Changed settings in the order in which they changed; the first run has all of them.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn config_changes(&self) -> Result<Vec<ConfigChange>, HistoryError> {
        diary::config_changes(&self.db).map_err(failed("read", &self.path))
    }

    /// Returns the measured offsets of the clock from one time to another.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn clock_samples(&self, from: Timestamp, to: Timestamp) -> Result<Vec<ClockSample>, HistoryError> {
        diary::clock_samples(&self.db, from, to).map_err(failed("read", &self.path))
    }

    /// Paths that became others from one time to another.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn path_changes(&self, from: Timestamp, to: Timestamp) -> Result<Vec<PathChange>, HistoryError> {
        diary::path_changes(&self.db, from, to).map_err(failed("read", &self.path))
    }

    fn ids(&self) -> Result<BTreeMap<Arc<SeriesKey>, i64>, HistoryError> {
        fold::series(&self.db).map_err(failed("read", &self.path))
    }

    /// Reads several things of the same moment, whatever is written meanwhile.
    fn snapshot<T>(&self, read: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, HistoryError> {
        let read = || read(&self.db.unchecked_transaction()?);
        read().map_err(failed("read", &self.path))
    }
}

/// Fills the pixels from the best level that has an hour, hour by hour.
fn draw(db: &Connection, plan: Plan, id: i64) -> rusqlite::Result<Series> {
    let (mut canvas, mut n_damaged) = (Canvas::new(plan), 0);
    for (series, reading) in journal(db, &mut n_damaged)? {
        if series == id {
            canvas.add(reading);
        }
    }
    let mut covered: BTreeSet<i64> = BTreeSet::new();
    for level in plan.levels() {
        let hours = match level {
            None => draw_samples(db, plan, id, &mut canvas, &mut n_damaged)?,
            Some(level) => draw_cells(db, plan, (id, level), (&mut canvas, &covered), &mut n_damaged)?,
        };
        covered.extend(hours);
    }
    Ok(canvas.finish(n_damaged))
}

fn draw_samples(
    db: &Connection,
    plan: Plan,
    id: i64,
    canvas: &mut Canvas,
    n_damaged: &mut u64,
) -> rusqlite::Result<Vec<i64>> {
    let mut hours = Vec::new();
    let mut select = db.prepare("SELECT key, data FROM raw WHERE key BETWEEN ?1 AND ?2")?;
    let bounds = [fold::key(id, plan.from_ms.div_euclid(HOUR)), fold::key(id, (plan.to_ms - 1).div_euclid(HOUR))];
    let mut rows = select.query(bounds)?;
    while let Some(row) = rows.next()? {
        match history_blob::parse_readings(row.get_ref(1)?.as_blob()?) {
            Some(readings) => {
                readings.into_iter().for_each(|reading| canvas.add(reading));
                hours.push(fold::field(row.get(0)?));
            }
            None => *n_damaged += 1,
        }
    }
    Ok(hours)
}

fn draw_cells(
    db: &Connection,
    plan: Plan,
    (id, level): (i64, Level),
    (canvas, covered): (&mut Canvas, &BTreeSet<i64>),
    n_damaged: &mut u64,
) -> rusqlite::Result<Vec<i64>> {
    let mut hours = Vec::new();
    let mut select = db.prepare(&format!("SELECT key, data FROM {} WHERE key BETWEEN ?1 AND ?2", level.table))?;
    let bounds = [fold::key(id, level.place(plan.from_ms).0), fold::key(id, level.place(plan.to_ms - 1).0)];
    let mut rows = select.query(bounds)?;
    while let Some(row) = rows.next()? {
        let key: i64 = row.get(0)?;
        let Some(cells) = history_blob::parse_cells(row.get_ref(1)?.as_blob()?) else {
            *n_damaged += 1;
            continue;
        };
        for (place, cell) in cells {
            let hour = fold::in_hour(level, key, place);
            if !covered.contains(&hour) {
                canvas.add_cell(level.begin(fold::field(key), place), level, &cell);
                if hours.last() != Some(&hour) {
                    hours.push(hour);
                }
            }
        }
    }
    Ok(hours)
}

/// The samples that are not folded yet.
fn journal(db: &Connection, n_damaged: &mut u64) -> rusqlite::Result<Vec<(i64, Reading)>> {
    let mut select = db.prepare("SELECT data FROM journal ORDER BY id")?;
    let mut rows = select.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        match history_blob::parse_batch(row.get_ref(0)?.as_blob()?) {
            Some(batch) => all.extend(batch),
            None => *n_damaged += 1,
        }
    }
    Ok(all)
}

/// The hours of which any of these series has single samples.
fn stored_hours<'a>(
    db: &Connection,
    ids: impl Iterator<Item = &'a i64>,
    from_ms: i64,
    to_ms: i64,
) -> rusqlite::Result<BTreeSet<i64>> {
    let mut all = BTreeSet::new();
    let (first, last) = hours(from_ms, to_ms);
    let mut select = db.prepare("SELECT key FROM raw WHERE key BETWEEN ?1 AND ?2")?;
    for id in ids {
        let mut rows = select.query([fold::key(*id, first), fold::key(*id, last)])?;
        while let Some(row) = rows.next()? {
            all.insert(fold::field(row.get(0)?));
        }
    }
    Ok(all)
}

/// The hours of these times; no field is of one beyond.
fn hours(from_ms: i64, to_ms: i64) -> (i64, i64) {
    let hour = |ms: i64| ms.max(0).div_euclid(HOUR).min(0xffff_ffff);
    (hour(from_ms), hour(to_ms))
}
