//! From the journal to hours of samples, and to cells.

use std::{collections::BTreeMap, sync::Arc};

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::{
    plan::{HOUR, LEVELS, Level},
    secrets,
};
use crate::{
    codec::history_blob,
    model::{
        history::{Cell, Reading, Role, SeriesKey},
        probe::Means,
    },
};

/// The key of a field of a series.
pub(super) fn key(series: i64, field: i64) -> i64 {
    (series << 32) | (field & 0xffff_ffff)
}

/// The field of a key.
pub(super) fn field(key: i64) -> i64 {
    key & 0xffff_ffff
}

/// All series with their numbers. One of a kind that is not known here is left out.
pub(super) fn series(db: &Connection) -> rusqlite::Result<BTreeMap<Arc<SeriesKey>, i64>> {
    let mut select = db.prepare("SELECT id, role, host, means FROM series ORDER BY id")?;
    let mut rows = select.query([])?;
    let mut all = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (role, means): (String, String) = (row.get(1)?, row.get(3)?);
        if let (Some(role), Some(means)) = (Role::parse(&role), Means::parse(&means)) {
            let host: String = row.get(2)?;
            let keys = secrets::names(&host).map(|host| Arc::new(SeriesKey { role, host, means }));
            let free = keys.into_iter().find(|key| !all.contains_key(key));
            let id = row.get(0)?;
            free.map(|key| all.insert(key, id));
        }
    }
    Ok(all)
}

/// Gives a series its number, if it has none.
pub(super) fn add_series(db: &Connection, key: &SeriesKey) -> rusqlite::Result<i64> {
    let words = params![key.role.as_str(), key.host, key.means.as_str()];
    db.execute("INSERT OR IGNORE INTO series(role, host, means) VALUES (?1, ?2, ?3)", words)?;
    db.query_row("SELECT id FROM series WHERE role = ?1 AND host = ?2 AND means = ?3", words, |row| row.get(0))
}

/// Folds the journal but for the hour to `keep`, in one transaction, and tells how many rows are left.
pub(super) fn fold(db: &mut Connection, keep: Option<i64>) -> rusqlite::Result<i64> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut hours: BTreeMap<(i64, i64), Vec<Reading>> = BTreeMap::new();
    let mut kept = Vec::new();
    {
        let mut select = transaction.prepare("SELECT data FROM journal ORDER BY id")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            // A damaged row costs its few seconds.
            for (series, reading) in history_blob::parse_batch(row.get_ref(0)?.as_blob()?).unwrap_or_default() {
                let hour = reading.at_ms.div_euclid(HOUR);
                if Some(hour) == keep {
                    kept.push((series, reading));
                } else {
                    hours.entry((hour, series)).or_default().push(reading);
                }
            }
        }
    }
    for ((hour, series), mut readings) in hours {
        readings.sort_by_key(|reading| reading.at_ms);
        add_hour(&transaction, series, hour, &readings)?;
    }
    transaction.execute("DELETE FROM journal", [])?;
    if !kept.is_empty() {
        transaction.execute("INSERT INTO journal(data) VALUES (?1)", [history_blob::batch(&kept)])?;
    }
    let n_left = i64::from(!kept.is_empty());
    transaction.commit()?;
    Ok(n_left)
}

/// Adds samples of one hour, which are in the order of their time, to what is stored of it.
///
/// Where finer levels were removed, to make room, only the coarser ones are added to: each level that has something of
/// an hour has all of it.
pub(super) fn add_hour(
    transaction: &Transaction<'_>,
    series: i64,
    hour: i64,
    readings: &[Reading],
) -> rusqlite::Result<()> {
    let minutes = minutes(readings);
    let mut was_there = false;
    for level in LEVELS.into_iter().rev() {
        let mut new: BTreeMap<u8, Cell> = BTreeMap::new();
        for (begin, cell) in &minutes {
            new.entry(level.place(*begin).1).or_default().merge(cell);
        }
        let at = key(series, level.place(hour * HOUR).0);
        let mut cells: BTreeMap<u8, Cell> = stored(transaction, level.table, at)?
            .and_then(|data| history_blob::parse_cells(&data))
            .unwrap_or_default()
            .into_iter()
            .collect();
        let has_hour = cells.keys().any(|place| in_hour(level, at, *place) == hour);
        if was_there && !has_hour {
            return Ok(());
        }
        was_there = has_hour;
        for (place, cell) in new {
            cells.entry(place).or_default().merge(&cell);
        }
        let data = history_blob::cells(cells.iter().map(|(place, cell)| (*place, cell)));
        put(transaction, level.table, at, &data)?;
    }
    let at = key(series, hour);
    let before = stored(transaction, "raw", at)?.and_then(|data| history_blob::parse_readings(&data));
    let data = match before {
        None if was_there => {
            // Removed, or damaged: then its cells have it all, and a part of it would hide the rest.
            transaction.execute("DELETE FROM raw WHERE key = ?1", [at])?;
            return Ok(());
        }
        None => history_blob::readings(readings),
        Some(mut all) => {
            all.extend(readings);
            all.sort_by_key(|reading| reading.at_ms);
            history_blob::readings(&all)
        }
    };
    put(transaction, "raw", at, &data)
}

/// Returns a cell of the samples of each minute, with the beginning of the minute in milliseconds.
fn minutes(readings: &[Reading]) -> Vec<(i64, Cell)> {
    let minute = |reading: &Reading| reading.at_ms.div_euclid(60_000);
    let cell = |part: &[Reading]| {
        let mut cell = Cell::default();
        part.iter().for_each(|reading| cell.add(reading.measured));
        Some((minute(part.first()?) * 60_000, cell))
    };
    readings.chunk_by(|a, b| minute(a) == minute(b)).filter_map(cell).collect()
}

/// The hour to which the cell at this place of a field belongs.
pub(super) fn in_hour(level: Level, key: i64, place: u8) -> i64 {
    level.begin(field(key), place).div_euclid(HOUR)
}

fn stored(transaction: &Transaction<'_>, table: &str, key: i64) -> rusqlite::Result<Option<Vec<u8>>> {
    let sql = format!("SELECT data FROM {table} WHERE key = ?1");
    transaction.query_row(&sql, [key], |row| row.get(0)).optional()
}

fn put(transaction: &Transaction<'_>, table: &str, key: i64, data: &[u8]) -> rusqlite::Result<()> {
    transaction.execute(&format!("INSERT OR REPLACE INTO {table}(key, data) VALUES (?1, ?2)"), params![key, data])?;
    Ok(())
}
