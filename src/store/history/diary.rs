//! Entries that people and the monitor note beside the samples. Anybody may write here while the monitor writes
//! samples.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{FILE_NAME, HistoryError, failed, open};
use crate::{
    codec::history_json,
    model::{
        diary::{ClockSample, ConfigChange, OutageNote, PathChange, Ticket},
        history::time,
        time::Timestamp,
    },
    platform::files,
    store::error::context,
};

/// The longest text of an entry, in bytes.
pub const MOST_TEXT: usize = 10_000;

/// A text as it is kept: without space around it, and without control characters but ends of lines.
pub fn clean(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control() || *c == '\n').collect()
}

/// The fault reports and remarks of one folder, for writing. Several of these may be open beside the monitor.
#[derive(Debug)]
pub struct Diary {
    path: PathBuf,
    db: Connection,
}

impl Diary {
    /// Opens the diary of `dir`, which is made if need be.
    ///
    /// # Errors
    ///
    /// When the folder or the database cannot be made or opened, or the database is damaged or not ours.
    pub fn open(dir: &Path) -> Result<Self, HistoryError> {
        files::make_dir(dir).map_err(context("make", dir))?;
        let path = dir.join(FILE_NAME);
        let db = open::to_write(&path)?;
        Ok(Self { path, db })
    }

    /// Fault reports by their time.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn tickets(&self) -> Result<Vec<Ticket>, HistoryError> {
        tickets(&self.db).map_err(failed("read", &self.path))
    }

    /// Notes a fault report and tells its number in the diary. Its own `id` counts for nothing.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn add_ticket(&self, ticket: &Ticket) -> Result<i64, HistoryError> {
        let sql = "INSERT INTO tickets(at_ms, number, said, closed_ms) VALUES (?1, ?2, ?3, ?4)";
        let closed = ticket.closed.map(|closed| closed.timestamp_millis());
        self.write(sql, params![ticket.at.timestamp_millis(), ticket.number, ticket.said, closed])?;
        Ok(self.db.last_insert_rowid())
    }

    /// Writes a fault report anew, which is found by its `id`; `false` when there is none.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn update_ticket(&self, ticket: &Ticket) -> Result<bool, HistoryError> {
        let sql = "UPDATE tickets SET at_ms = ?2, number = ?3, said = ?4, closed_ms = ?5 WHERE id = ?1";
        let closed = ticket.closed.map(|closed| closed.timestamp_millis());
        self.write(sql, params![ticket.id, ticket.at.timestamp_millis(), ticket.number, ticket.said, closed])
    }

    /// Removes a fault report; `false` when there is none.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn remove_ticket(&self, id: i64) -> Result<bool, HistoryError> {
        self.write("DELETE FROM tickets WHERE id = ?1", [id])
    }

    /// Remarks by their outage, each with its number.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn notes(&self) -> Result<Vec<(i64, OutageNote)>, HistoryError> {
        notes(&self.db).map_err(failed("read", &self.path))
    }

    /// Notes a remark and tells its number.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn add_note(&self, note: &OutageNote) -> Result<i64, HistoryError> {
        let sql = "INSERT INTO notes(outage_ms, at_ms, text) VALUES (?1, ?2, ?3)";
        self.write(sql, params![note.outage.timestamp_millis(), note.at.timestamp_millis(), note.text])?;
        Ok(self.db.last_insert_rowid())
    }

    /// Removes a remark; `false` when there is none.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn remove_note(&self, id: i64) -> Result<bool, HistoryError> {
        self.write("DELETE FROM notes WHERE id = ?1", [id])
    }

    fn write(&self, sql: &str, params: impl rusqlite::Params) -> Result<bool, HistoryError> {
        Ok(self.db.execute(sql, params).map_err(failed("write to", &self.path))? > 0)
    }
}

fn all<T>(
    db: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    let mut select = db.prepare(sql)?;
    let mut rows = select.query(params)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}

pub(super) fn tickets(db: &Connection) -> rusqlite::Result<Vec<Ticket>> {
    all(db, "SELECT id, at_ms, number, said, closed_ms FROM tickets ORDER BY at_ms, id", [], |row| {
        let closed: Option<i64> = row.get(4)?;
        Ok(Ticket {
            id: row.get(0)?,
            at: time(row.get(1)?),
            number: row.get(2)?,
            said: row.get(3)?,
            closed: closed.map(time),
        })
    })
}

pub(super) fn notes(db: &Connection) -> rusqlite::Result<Vec<(i64, OutageNote)>> {
    all(db, "SELECT id, outage_ms, at_ms, text FROM notes ORDER BY outage_ms, id", [], |row| {
        let note = OutageNote { outage: time(row.get(1)?), at: time(row.get(2)?), text: row.get(3)? };
        Ok((row.get(0)?, note))
    })
}

pub(super) fn config_changes(db: &Connection) -> rusqlite::Result<Vec<ConfigChange>> {
    all(db, "SELECT at_ms, key, before, after FROM settings ORDER BY id", [], |row| {
        Ok(ConfigChange { at: time(row.get(0)?), key: row.get(1)?, from: row.get(2)?, to: row.get(3)? })
    })
}

pub(super) fn clock_samples(db: &Connection, from: Timestamp, to: Timestamp) -> rusqlite::Result<Vec<ClockSample>> {
    let sql = "SELECT at_ms, ahead_us, within_us FROM clock WHERE at_ms >= ?1 AND at_ms < ?2 ORDER BY at_ms, id";
    all(db, sql, [from.timestamp_millis(), to.timestamp_millis()], |row| {
        let (ahead, within): (i64, i64) = (row.get(1)?, row.get(2)?);
        let within = Duration::from_micros(u64::try_from(within).unwrap_or(0));
        Ok(ClockSample { at: time(row.get(0)?), ahead: ahead as f64 / 1e6, within })
    })
}

pub(super) fn path_changes(db: &Connection, from: Timestamp, to: Timestamp) -> rusqlite::Result<Vec<PathChange>> {
    let sql = "SELECT at_ms, host, hops FROM paths WHERE at_ms >= ?1 AND at_ms < ?2 ORDER BY at_ms, id";
    all(db, sql, [from.timestamp_millis(), to.timestamp_millis()], |row| {
        let hops: String = row.get(2)?;
        Ok(PathChange { at: time(row.get(0)?), host: row.get(1)?, hops: history_json::parse_hops(&hops) })
    })
}

/// The settings that have another value than was noted last.
pub(super) fn changed(
    db: Option<&Connection>,
    settings: &[(String, String)],
    now: Timestamp,
) -> rusqlite::Result<Vec<ConfigChange>> {
    let Some(db) = db else { return Ok(Vec::new()) };
    let mut changes = Vec::new();
    for (key, to) in settings {
        let sql = "SELECT after FROM settings WHERE key = ?1 ORDER BY id DESC LIMIT 1";
        let from: Option<String> = db.query_row(sql, [key], |row| row.get(0)).optional()?;
        if from.as_ref() != Some(to) {
            changes.push(ConfigChange { at: now, key: key.clone(), from, to: to.clone() });
        }
    }
    Ok(changes)
}

pub(super) fn add_changes(db: &mut Connection, changes: &[ConfigChange]) -> rusqlite::Result<()> {
    let transaction = db.transaction()?;
    for change in changes {
        let sql = "INSERT INTO settings(at_ms, key, before, after) VALUES (?1, ?2, ?3, ?4)";
        transaction.execute(sql, params![change.at.timestamp_millis(), change.key, change.from, change.to])?;
    }
    transaction.commit()
}
