//! Passwords that earlier versions kept: in the names of series, which were whole addresses, and in the settings noted.

use std::time::Duration;

use rusqlite::{Connection, params};

use crate::codec::{config_json, web_address};

/// Names that a series may have whose host is kept as `host`, the best first: addresses of one site had series of their
/// own.
pub(super) fn names(host: &str) -> impl Iterator<Item = String> {
    let site = web_address::site(host);
    let first = site.clone();
    std::iter::once(first).chain((2_u16..).map(move |n| format!("{site} ({n})")))
}

/// Takes passwords out of a database and its files. Where that cannot be done now, nobody is shown them, and the next
/// start tries again.
pub(super) fn forget_if_possible(db: &Connection) {
    if forget(db).is_err() {
        drop(db.execute_batch("ROLLBACK"));
    }
    // Of the files no more than what an old copy of a page holds; what could not be removed is noted.
    drop(sweep(db));
}

/// Takes passwords out of a database, if there are any in it.
fn forget(db: &Connection) -> rusqlite::Result<()> {
    let hosts = told(db, "SELECT id, host FROM series WHERE host LIKE '%://%' ORDER BY id", |row| {
        let host: String = row.get(1)?;
        Ok((row.get::<_, i64>(0)?, host))
    })?;
    let hosts: Vec<_> = hosts.into_iter().filter(|(_, host)| web_address::site(host) != *host).collect();
    let open = |key: &str, value: &String| config_json::value_for_others(key, value);
    let settings = told(db, "SELECT id, key, before, after FROM settings", |row| {
        let (key, before, after): (String, Option<String>, String) = (row.get(1)?, row.get(2)?, row.get(3)?);
        let new = (before.as_ref().map(|before| open(&key, before)), open(&key, &after));
        Ok((row.get::<_, i64>(0)?, (before, after), new))
    })?;
    let settings: Vec<_> = settings.into_iter().filter(|(_, old, new)| old != new).collect();
    if hosts.is_empty() && settings.is_empty() {
        return Ok(());
    }
    // What is written over is not to be found in the file either.
    db.execute_batch("PRAGMA secure_delete = ON; BEGIN IMMEDIATE;")?;
    for (id, host) in hosts {
        let rename = |name| db.execute("UPDATE OR IGNORE series SET host = ?2 WHERE id = ?1", params![id, name]);
        names(&host).map(rename).find(|renamed| *renamed != Ok(0)).transpose()?;
    }
    for (id, _, (before, after)) in settings {
        db.execute("UPDATE settings SET before = ?2, after = ?3 WHERE id = ?1", params![id, before, after])?;
    }
    db.execute_batch(&format!("CREATE TABLE IF NOT EXISTS {LEFT}(id INTEGER PRIMARY KEY) STRICT; COMMIT;"))
}

/// Table that is there as long as files of the database may still hold passwords that were taken out of it. Programs that
/// do not know it pass over it.
const LEFT: &str = "unswept";
/// Readers hold the files as they were; no longer than this is waited for them.
const PATIENCE: Duration = Duration::from_millis(500);

/// True while files of the database may still hold passwords.
pub(super) fn is_left(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row("SELECT count(*) FROM sqlite_schema WHERE name = ?1", [LEFT], |row| row.get::<_, i64>(0))
        .map(|n| n > 0)
}

/// Writes what is in the log beside the database over what was there before, and empties that log, if need be.
fn sweep(db: &Connection) -> rusqlite::Result<()> {
    if !is_left(db)? {
        return Ok(());
    }
    db.busy_timeout(PATIENCE)?;
    let is_busy = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)).map(|busy| busy != 0);
    let done = match is_busy {
        Ok(false) => db.execute_batch(&format!("DROP TABLE IF EXISTS {LEFT}")),
        Ok(true) => Ok(()),
        Err(error) => Err(error),
    };
    db.busy_timeout(super::BUSY)?;
    done
}

/// All rows of a question.
fn told<T>(
    db: &Connection,
    sql: &str,
    row: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    db.prepare(sql)?.query_map([], row)?.collect()
}

#[cfg(test)]
mod tests {
    use super::{super::open, *};

    #[test]
    fn passwords_that_were_kept_are_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("history.db");
        let db = open::to_write(&path).unwrap();
        db.execute_batch(
            "INSERT INTO series(role, host, means) VALUES ('site', 'https://bob:Tok3n@x.example/', 'http'),
                ('site', 'https://x.example/?key=Apik3y', 'http'), ('site', '192.0.2.1', 'icmp');
             INSERT INTO settings(at_ms, key, before, after) VALUES (1, 'http_proxy', NULL, '\"http://me:Pr0xy@p.example/\"'),
                (2, 'http_urls', '[\"http://u:Tok3n@x.example/a\"]', '[]');",
        )
        .unwrap();
        drop(db);
        let db = open::to_write(&path).unwrap();
        let hosts = told(&db, "SELECT host FROM series ORDER BY id", |row| row.get::<_, String>(0)).unwrap();
        assert_eq!(["https://x.example", "https://x.example (2)", "192.0.2.1"], hosts[..]);
        drop(db);
        let bytes =
            std::fs::read_dir(dir.path()).unwrap().flat_map(|file| std::fs::read(file.unwrap().path()).unwrap());
        let bytes: Vec<u8> = bytes.collect();
        let text = String::from_utf8_lossy(&bytes);
        for secret in ["Tok3n", "Apik3y", "Pr0xy"] {
            assert!(!text.contains(secret), "{secret}");
        }
        assert!(text.contains("http://p.example/") && text.contains("http://x.example/a"));
    }
}
