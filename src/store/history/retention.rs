//! Removal of samples and cells from the history when they are old, or the history is large.
//!
//! By age goes all of an hour, by size what is largest: first single samples, then minutes. What was pinned, the hours
//! around outages, stays whatever its age, and goes last when there is no room. Cells of ten minutes and of an hour are
//! small and go by age alone. An age is reckoned as [`crate::store::age`] does.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

use super::{
    fold,
    plan::{HOUR, LEVELS},
};
use crate::{
    codec::history_blob,
    model::time::Timestamp,
    store::age::{self, Doubt},
};

/// Limits of age and of size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Age above which all that is not pinned is removed.
    pub age: Duration,
    /// The largest size of the database.
    pub bytes: u64,
}

/// Removed at once when there is too much.
const STEP: i64 = 12;
/// Pages given back at once.
const PAGES: u32 = 4096;

/// Removes what is beyond the bounds. Each step is a transaction of its own, so that nobody waits for long.
///
/// Returns a doubt about the clock because of which less was removed.
pub(super) fn prune(db: &mut Connection, bounds: Bounds, now: Timestamp) -> rusqlite::Result<Option<Doubt>> {
    let this_hour = now.timestamp_millis().div_euclid(HOUR);
    let age = i64::try_from(bounds.age.as_millis()).unwrap_or(i64::MAX);
    let (oldest, doubt) = age::limit(&days(db)?, now.timestamp_millis(), age);
    let oldest = oldest.div_euclid(HOUR);
    let ids: Vec<i64> = fold::series(db)?.into_values().collect();
    let pinned = pinned(db)?;
    if oldest > 0 {
        for id in &ids {
            remove_old(db, *id, oldest, &pinned)?;
        }
    }
    'tables: for (table, is_pinned_too) in [("raw", false), ("minutes", false), ("raw", true), ("minutes", true)] {
        let pinned = if is_pinned_too { &[][..] } else { &pinned[..] };
        while used(db)? > bounds.bytes {
            let mut first: Option<i64> = None;
            for id in &ids {
                let hour = first_hour(db, table, *id, (0, this_hour), pinned)?;
                first = [first, hour].into_iter().flatten().min();
            }
            let Some(first) = first else { continue 'tables };
            let end = (first + STEP).min(this_hour);
            let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for id in &ids {
                remove(&transaction, table, *id, (first, end), pinned)?;
            }
            transaction.commit()?;
        }
    }
    give_back(db)?;
    Ok(doubt)
}

/// The days that have samples, each with its beginning and end in milliseconds. The coarsest cells have them all.
fn days(db: &Connection) -> rusqlite::Result<Vec<(i64, i64)>> {
    let Some(level) = LEVELS.last() else { return Ok(Vec::new()) };
    let sql = format!("SELECT DISTINCT key & 0xffffffff AS day FROM {} ORDER BY day", level.table);
    let mut select = db.prepare(&sql)?;
    let begins = select.query_map([], |row| row.get(0).map(|day: i64| day.saturating_mul(level.field_ms)))?;
    begins.map(|begin| begin.map(|begin| (begin, begin.saturating_add(level.field_ms)))).collect()
}

/// Bytes in use, room that is free within the file not counted.
fn used(db: &Connection) -> rusqlite::Result<u64> {
    let number = |name: &str| db.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    let pages = number("page_count")? - number("freelist_count")?;
    Ok(u64::try_from(pages.saturating_mul(number("page_size")?)).unwrap_or(0))
}

/// Stretches of hours, in order and apart, from the first to before the second.
fn pinned(db: &Connection) -> rusqlite::Result<Vec<(i64, i64)>> {
    let mut select = db.prepare("SELECT from_ms, to_ms FROM pins ORDER BY from_ms")?;
    let mut rows = select.query([])?;
    let mut all: Vec<(i64, i64)> = Vec::new();
    while let Some(row) = rows.next()? {
        let (from, to): (i64, i64) = (row.get(0)?, row.get(1)?);
        let (from, to) = (from.div_euclid(HOUR), to.div_euclid(HOUR).saturating_add(1));
        match all.last_mut().filter(|last| last.1 >= from) {
            Some(last) => last.1 = last.1.max(to),
            None => all.push((from, to)),
        }
    }
    Ok(all)
}

/// Returns the parts of a stretch of hours that remain without the pinned ones.
fn unpinned((from, to): (i64, i64), pinned: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let (mut at, mut left) = (from, Vec::new());
    for (pin_from, pin_to) in pinned {
        if *pin_to > at && *pin_from < to {
            left.push((at, (*pin_from).max(at)));
            at = at.max(*pin_to);
        }
    }
    left.push((at, to));
    left.retain(|(from, to)| from < to);
    left
}

fn first_hour(
    db: &Connection,
    table: &str,
    id: i64,
    hours: (i64, i64),
    pinned: &[(i64, i64)],
) -> rusqlite::Result<Option<i64>> {
    let mut select = db.prepare(&format!("SELECT min(key) FROM {table} WHERE key >= ?1 AND key < ?2"))?;
    for (from, to) in unpinned(hours, pinned) {
        let found: Option<i64> = select.query_row([fold::key(id, from), fold::key(id, to)], |row| row.get(0))?;
        if let Some(key) = found {
            return Ok(Some(fold::field(key)));
        }
    }
    Ok(None)
}

fn remove(db: &Connection, table: &str, id: i64, hours: (i64, i64), pinned: &[(i64, i64)]) -> rusqlite::Result<()> {
    let mut delete = db.prepare(&format!("DELETE FROM {table} WHERE key >= ?1 AND key < ?2"))?;
    for (from, to) in unpinned(hours, pinned) {
        delete.execute([fold::key(id, from), fold::key(id, to)])?;
    }
    Ok(())
}

/// Removes all of the hours before `oldest` that are not pinned.
fn remove_old(db: &mut Connection, id: i64, oldest: i64, pinned: &[(i64, i64)]) -> rusqlite::Result<()> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for table in ["raw", "minutes"] {
        remove(&transaction, table, id, (0, oldest), pinned)?;
    }
    let is_pinned = |hour: i64| pinned.iter().any(|(from, to)| (*from..*to).contains(&hour));
    for level in LEVELS.into_iter().filter(|level| level.field_ms > HOUR) {
        let last_day = level.place(oldest * HOUR).0;
        let select = format!("SELECT key FROM {} WHERE key >= ?1 AND key < ?2", level.table);
        let keys: Vec<i64> = transaction
            .prepare(&select)?
            .query_map([fold::key(id, 0), fold::key(id, last_day)], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for key in keys {
            let day = fold::field(key) * 24;
            if (day..day + 24).any(is_pinned) {
                thin(&transaction, level.table, key, |place| is_pinned(fold::in_hour(level, key, place)))?;
            } else {
                transaction.execute(&format!("DELETE FROM {} WHERE key = ?1", level.table), [key])?;
            }
        }
    }
    transaction.commit()
}

/// Removes the cells of one field that are not to be kept.
fn thin(db: &Connection, table: &str, key: i64, keep: impl Fn(u8) -> bool) -> rusqlite::Result<()> {
    let sql = format!("SELECT data FROM {table} WHERE key = ?1");
    let data: Option<Vec<u8>> = db.query_row(&sql, [key], |row| row.get(0)).optional()?;
    let Some(mut cells) = data.and_then(|data| history_blob::parse_cells(&data)) else { return Ok(()) };
    let n = cells.len();
    cells.retain(|(place, _)| keep(*place));
    if cells.is_empty() {
        db.execute(&format!("DELETE FROM {table} WHERE key = ?1"), [key])?;
    } else if cells.len() < n {
        let data = history_blob::cells(cells.iter().map(|(place, cell)| (*place, cell)));
        db.execute(&format!("UPDATE {table} SET data = ?2 WHERE key = ?1"), rusqlite::params![key, data])?;
    }
    Ok(())
}

/// Gives free room back to the system.
fn give_back(db: &Connection) -> rusqlite::Result<()> {
    let free = || db.query_row("PRAGMA freelist_count", [], |row| row.get::<_, i64>(0));
    let mut before = i64::MAX;
    while let Some(left) = Some(free()?).filter(|left| *left > 0 && *left < before) {
        before = left;
        let mut vacuum = db.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
        let mut rows = vacuum.query([])?;
        // A page a step.
        while rows.next()?.is_some() {}
    }
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pinned_is_left_out() {
        let pinned = [(3, 5), (8, 9)];
        assert_eq!(vec![(0, 3), (5, 8), (9, 20)], unpinned((0, 20), &pinned));
        assert_eq!(vec![(5, 8)], unpinned((4, 8), &pinned));
        assert_eq!(Vec::<(i64, i64)>::new(), unpinned((3, 5), &pinned));
        assert_eq!(vec![(0, 2)], unpinned((0, 2), &[]));
    }
}
