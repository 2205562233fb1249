//! The one writer of samples, which the monitor is.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use rusqlite::{Connection, OpenFlags, TransactionBehavior, params, types::Value};

use super::{FILE_NAME, HistoryError, diary, failed, fold, open, plan::HOUR, retention, secrets};
use crate::{
    codec::history_blob,
    model::{
        diary::{ClockSample, ConfigChange, PathChange},
        history::{Reading, SeriesKey},
        time::Timestamp,
    },
    platform::files,
    store::{
        age::Doubt,
        error::{StoreError, context},
        names,
    },
};

/// Something about the history that was set right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Repair {
    /// The file was damaged, somebody else's or a newer program's. It goes by another name now, and a new one was
    /// begun.
    #[error("{FILE_NAME} {why} and is {} now; a new one was begun with {kept} entries of the diary; verdicts and outages are in the log and not touched", aside.display())]
    PutAside {
        /// Reason why it was put aside, as the end of a sentence.
        why: &'static str,
        /// Path that it has now.
        aside: PathBuf,
        /// Number of rows of its small tables that could be taken over.
        kept: usize,
    },
    /// The file was removed while the monitor ran, and was begun anew.
    #[error("{} had gone and was begun anew; the samples in it are lost, verdicts and outages are in the log", .0.display())]
    Vanished(PathBuf),
}

/// A journal of so many rows is folded, whatever the hour.
const MOST_ROWS: i64 = 2000;
/// Hosts come and go, but not as many.
const MOST_SERIES: usize = 4096;
/// Times from 1970 to 9999 are kept.
const LAST_MS: i64 = 253_402_300_799_999;

/// `history.db` of one folder. Whoever has this holds the folder's lock, since it may put the file aside.
#[derive(Debug)]
pub struct HistoryFile {
    path: PathBuf,
    /// `None` after a failure, until it can be opened again.
    db: Option<Connection>,
    ids: BTreeMap<Arc<SeriesKey>, i64>,
    /// Hour of the journal's first sample; `None` while it is empty.
    hour: Option<i64>,
    n_rows: i64,
    repairs: Vec<Repair>,
}

impl HistoryFile {
    /// Begins or continues the history in `dir`, which is made if need be. One that is damaged or not ours is put
    /// aside.
    ///
    /// # Errors
    ///
    /// When the folder or the database cannot be made, opened or renamed.
    pub fn open(dir: &Path, now: Timestamp) -> Result<Self, HistoryError> {
        files::make_dir(dir).map_err(context("make", dir))?;
        let path = dir.join(FILE_NAME);
        let mut file = Self { path, db: None, ids: BTreeMap::new(), hour: None, n_rows: 0, repairs: Vec::new() };
        file.reopen(now)?;
        Ok(file)
    }

    /// Returns the path of the history.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the repairs since the last call.
    pub fn take_repairs(&mut self) -> Vec<Repair> {
        std::mem::take(&mut self.repairs)
    }

    /// Appends samples in one transaction, and folds those of hours before `now`'s.
    ///
    /// # Errors
    ///
    /// When the database cannot be written; then nothing of the batch is there. One that turns out to be damaged is put
    /// aside, and the batch is the first of the new one.
    pub fn append(&mut self, batch: &[(Arc<SeriesKey>, Reading)], now: Timestamp) -> Result<(), HistoryError> {
        self.mend(now, |file| file.append_once(batch))?;
        let hour = now.timestamp_millis().div_euclid(HOUR);
        let is_due = self.hour.is_some_and(|first| first != hour);
        if is_due || self.n_rows > MOST_ROWS {
            let keep = Some(hour).filter(|_| self.n_rows <= MOST_ROWS);
            self.mend(now, |file| file.fold_once(keep))?;
        }
        Ok(())
    }

    /// Writes samples of one series, which are in the order of their time, without the journal: for many at once.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn import(&mut self, key: &Arc<SeriesKey>, readings: &[Reading]) -> Result<(), HistoryError> {
        let path = self.path.clone();
        let id = self.id(key)?.unwrap_or(0);
        let db = self.db()?;
        let import = |db: &mut Connection| {
            let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for hour in readings.chunk_by(|a, b| a.at_ms.div_euclid(HOUR) == b.at_ms.div_euclid(HOUR)) {
                let Some(first) = hour.first().filter(|first| (0..=LAST_MS).contains(&first.at_ms)) else { continue };
                fold::add_hour(&transaction, id, first.at_ms.div_euclid(HOUR), hour)?;
            }
            transaction.commit()
        };
        import(db).map_err(failed("write to", &path))
    }

    /// Folds the whole journal, as after an import.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn fold(&mut self, now: Timestamp) -> Result<(), HistoryError> {
        self.mend(now, |file| file.fold_once(None))
    }

    /// Keeps single samples of this time for as long as there is room, whatever their age.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn pin(&mut self, (from, to): (Timestamp, Timestamp), now: Timestamp) -> Result<(), HistoryError> {
        let sql = "INSERT INTO pins(from_ms, to_ms) VALUES (?1, ?2)";
        self.execute(now, sql, params![from.timestamp_millis(), to.timestamp_millis()])
    }

    /// Notes that a path is another than before.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn add_path_change(&mut self, change: &PathChange, now: Timestamp) -> Result<(), HistoryError> {
        let sql = "INSERT INTO paths(at_ms, host, hops) VALUES (?1, ?2, ?3)";
        let hops = crate::codec::history_json::hops(&change.hops);
        self.execute(now, sql, params![change.at.timestamp_millis(), change.host, hops])
    }

    /// Notes how far the clock is off.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn add_clock_sample(&mut self, sample: &ClockSample, now: Timestamp) -> Result<(), HistoryError> {
        let sql = "INSERT INTO clock(at_ms, ahead_us, within_us) VALUES (?1, ?2, ?3)";
        #[expect(clippy::cast_possible_truncation, reason = "saturates, after 300,000 years")]
        let ahead = (sample.ahead * 1e6).round() as i64;
        let within = i64::try_from(sample.within.as_micros()).unwrap_or(i64::MAX);
        self.execute(now, sql, params![sample.at.timestamp_millis(), ahead, within])
    }

    /// Notes settings that have another value than the last time they were noted, each given by its key and its value
    /// as JSON, and tells them.
    ///
    /// # Errors
    ///
    /// When the database cannot be read or written.
    pub fn note_settings(
        &mut self,
        settings: &[(String, String)],
        now: Timestamp,
    ) -> Result<Vec<ConfigChange>, HistoryError> {
        let mut changes = Vec::new();
        self.mend(now, |file| {
            changes = diary::changed(file.db.as_ref(), settings, now).map_err(failed("read", &file.path))?;
            let path = file.path.clone();
            diary::add_changes(file.db()?, &changes).map_err(failed("write to", &path))
        })?;
        Ok(changes)
    }

    /// Removes what is too old or too much, and gives room back to the system. What is pinned goes last. Returns a
    /// doubt about the clock because of which less was removed.
    ///
    /// # Errors
    ///
    /// When the database cannot be read or written.
    pub fn prune(&mut self, bounds: retention::Bounds, now: Timestamp) -> Result<Option<Doubt>, HistoryError> {
        let mut doubt = None;
        self.mend(now, |file| {
            let path = file.path.clone();
            doubt = retention::prune(file.db()?, bounds, now).map_err(failed("write to", &path))?;
            Ok(())
        })?;
        Ok(doubt)
    }

    fn execute(&mut self, now: Timestamp, sql: &str, params: &[&dyn rusqlite::ToSql]) -> Result<(), HistoryError> {
        self.mend(now, |file| {
            let path = file.path.clone();
            file.db()?.execute(sql, params).map(drop).map_err(failed("write to", &path))
        })
    }

    /// The database itself, to make it do what a disk might.
    #[cfg(test)]
    pub(super) fn database(&self) -> Option<&Connection> {
        self.db.as_ref()
    }

    fn db(&mut self) -> Result<&mut Connection, HistoryError> {
        self.db.as_mut().ok_or_else(|| HistoryError::Missing(self.path.clone()))
    }

    /// Does something with the database. If it has gone or is damaged, does it with a new one.
    fn mend(
        &mut self,
        now: Timestamp,
        mut act: impl FnMut(&mut Self) -> Result<(), HistoryError>,
    ) -> Result<(), HistoryError> {
        if self.db.is_some() && !self.path.exists() {
            self.reopen(now)?;
            self.repairs.push(Repair::Vanished(self.path.clone()));
        } else if self.db.is_none() {
            self.reopen(now)?;
        }
        match act(self) {
            Err(error) if error.is_lost() => {
                self.put_aside(&error, now)?;
                act(self)
            }
            result => result,
        }
    }

    /// Opens the database anew.
    fn reopen(&mut self, now: Timestamp) -> Result<(), HistoryError> {
        self.db = None;
        let opened = open::to_write(&self.path).and_then(|db| self.take_in(db));
        match opened {
            Err(error) if error.is_lost() => self.put_aside(&error, now),
            opened => opened,
        }
    }

    /// Learns what is in a database that has just been opened.
    fn take_in(&mut self, db: Connection) -> Result<(), HistoryError> {
        let path = &self.path;
        self.ids = fold::series(&db).map_err(failed("read", path))?;
        self.n_rows =
            db.query_row("SELECT count(*) FROM journal", [], |row| row.get(0)).map_err(failed("read", path))?;
        let first: Option<Vec<u8>> = {
            let mut rows = db.prepare("SELECT data FROM journal ORDER BY id LIMIT 1").map_err(failed("read", path))?;
            let mut rows = rows.query([]).map_err(failed("read", path))?;
            let row = rows.next().map_err(failed("read", path))?;
            row.map(|row| row.get(0)).transpose().map_err(failed("read", path))?
        };
        let first = first.and_then(|data| history_blob::parse_batch(&data)).unwrap_or_default();
        let hour = first.first().map(|(_, reading)| reading.at_ms.div_euclid(HOUR));
        // A damaged row has no hour, and goes when the journal is folded.
        self.hour = hour.or_else(|| (self.n_rows > 0).then_some(-1));
        self.db = Some(db);
        Ok(())
    }

    /// Gives the file another name and begins a new one, with what of the small tables can still be read.
    fn put_aside(&mut self, error: &HistoryError, now: Timestamp) -> Result<(), HistoryError> {
        self.db = None;
        let (word, why) = match error {
            HistoryError::Foreign(_) => ("foreign", "is no history of this program"),
            HistoryError::Newer(_) => ("newer", "was written by a newer version"),
            _ => ("damaged", "was damaged"),
        };
        let aside = self.rename(&format!("history_{word}_{}", names::stamp(now)))?;
        let db = open::to_write(&self.path)?;
        self.take_in(db)?;
        let is_ours = !matches!(error, HistoryError::Foreign(_));
        let kept = self.db.as_mut().filter(|_| is_ours).map_or(0, |db| salvage(&aside, db));
        self.repairs.push(Repair::PutAside { why, aside, kept });
        Ok(())
    }

    /// Renames the database and the log beside it to the first name that is free.
    fn rename(&self, stem: &str) -> Result<PathBuf, StoreError> {
        let mut aside = self.path.with_file_name(format!("{stem}.db"));
        for counter in 2..1000 {
            if !aside.exists() {
                break;
            }
            aside = self.path.with_file_name(format!("{stem}_{counter}.db"));
        }
        fs::rename(&self.path, &aside).map_err(context("rename", &self.path))?;
        for suffix in ["-wal", "-shm"] {
            let (from, to) = (beside(&self.path, suffix), beside(&aside, suffix));
            // What is left of it would be taken for a part of the new one.
            if from.exists() && fs::rename(&from, &to).is_err() {
                fs::remove_file(&from).map_err(context("remove", &from))?;
            }
        }
        Ok(aside)
    }

    /// The number of a series, which is given one if it is new; `None` when there are too many.
    fn id(&mut self, key: &Arc<SeriesKey>) -> Result<Option<i64>, HistoryError> {
        if let Some(id) = self.ids.get(key) {
            return Ok(Some(*id));
        }
        if self.ids.len() >= MOST_SERIES {
            return Ok(None);
        }
        let path = self.path.clone();
        let id = fold::add_series(self.db()?, key).map_err(failed("write to", &path))?;
        self.ids.insert(Arc::clone(key), id);
        Ok(Some(id))
    }

    fn append_once(&mut self, batch: &[(Arc<SeriesKey>, Reading)]) -> Result<(), HistoryError> {
        let mut numbered = Vec::with_capacity(batch.len());
        for (key, reading) in batch.iter().filter(|(_, reading)| (0..=LAST_MS).contains(&reading.at_ms)) {
            numbered.extend(self.id(key)?.map(|id| (id, *reading)));
        }
        let Some((_, first)) = numbered.first() else { return Ok(()) };
        let hour = first.at_ms.div_euclid(HOUR);
        let path = self.path.clone();
        let data = history_blob::batch(&numbered);
        self.db()?.execute("INSERT INTO journal(data) VALUES (?1)", [data]).map_err(failed("write to", &path))?;
        self.hour.get_or_insert(hour);
        self.n_rows += 1;
        Ok(())
    }

    fn fold_once(&mut self, keep: Option<i64>) -> Result<(), HistoryError> {
        let path = self.path.clone();
        let n_left = fold::fold(self.db()?, keep).map_err(failed("write to", &path))?;
        self.n_rows = n_left;
        self.hour = keep.filter(|_| n_left > 0);
        Ok(())
    }
}

/// The name of a file that `SQLite` keeps beside a database.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

/// Copies the small tables as far as they can be read, and tells how many rows that were.
fn salvage(from: &Path, to: &mut Connection) -> usize {
    let Ok((from, unled)) = open::unled(from) else { return 0 };
    let Ok(old) = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_WRITE | unled) else { return 0 };
    // Then a file that was cut short is read as far as it goes.
    drop(old.execute_batch("PRAGMA writable_schema = ON"));
    let mut n = 0;
    for (table, columns) in open::SMALL {
        let n_columns = columns.split(',').count();
        let places: Vec<String> = (1..=n_columns).map(|place| format!("?{place}")).collect();
        let insert = format!("INSERT OR IGNORE INTO {table}({columns}) VALUES ({})", places.join(", "));
        let Ok(mut select) = old.prepare(&format!("SELECT {columns} FROM {table}")) else { continue };
        let Ok(mut rows) = select.query([]) else { continue };
        // Up to the first page that is damaged.
        while let Ok(Some(row)) = rows.next() {
            let values: Result<Vec<Value>, _> = (0..n_columns).map(|column| row.get(column)).collect();
            n += values.and_then(|values| to.execute(&insert, rusqlite::params_from_iter(values))).unwrap_or(0);
        }
    }
    secrets::forget_if_possible(to);
    n
}
