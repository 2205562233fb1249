//! Opening the database: whose it is, and what is in it.

use std::{
    io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{super::error::context, HistoryError, failed, secrets};
use crate::platform::files;

/// Marks a database as ours: `NLog`.
const APPLICATION: i64 = 0x4e4c_6f67;
/// The number of the schema below.
const VERSION: i64 = 1;

/// Times are milliseconds since 1970. The key of a field is the number of its series, 32 bits up, and the number of its
/// hour or day since 1970.
const SCHEMA: &str = "
    CREATE TABLE series(id INTEGER PRIMARY KEY, role TEXT NOT NULL, host TEXT NOT NULL, means TEXT NOT NULL,
        UNIQUE(role, host, means)) STRICT;
    CREATE TABLE journal(id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
    CREATE TABLE raw(key INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
    CREATE TABLE minutes(key INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
    CREATE TABLE tens(key INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
    CREATE TABLE hours(key INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
    CREATE TABLE pins(id INTEGER PRIMARY KEY, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL) STRICT;
    CREATE TABLE tickets(id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, number TEXT NOT NULL,
        said TEXT NOT NULL, closed_ms INTEGER) STRICT;
    CREATE TABLE notes(id INTEGER PRIMARY KEY AUTOINCREMENT, outage_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL,
        text TEXT NOT NULL) STRICT;
    CREATE TABLE settings(id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, key TEXT NOT NULL, before TEXT,
        after TEXT NOT NULL) STRICT;
    CREATE TABLE clock(id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, ahead_us INTEGER NOT NULL,
        within_us INTEGER NOT NULL) STRICT;
    CREATE TABLE paths(id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, host TEXT NOT NULL, hops TEXT NOT NULL) STRICT;
";

/// Tables that hold little, and all of what cannot be measured again.
pub(super) const SMALL: [(&str, &str); 6] = [
    ("pins", "from_ms, to_ms"),
    ("tickets", "id, at_ms, number, said, closed_ms"),
    ("notes", "id, outage_ms, at_ms, text"),
    ("settings", "at_ms, key, before, after"),
    ("clock", "at_ms, ahead_us, within_us"),
    ("paths", "at_ms, host, hops"),
];

/// Opens the database for writing, and makes it if it is not there.
pub(super) fn to_write(path: &Path) -> Result<Connection, HistoryError> {
    let (place, unled) = unled(path).map_err(context("open", path))?;
    begin(&place).map_err(context("make", path))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(place, flags | unled).map_err(failed("open", path))?;
    db.busy_timeout(super::BUSY).map_err(failed("open", path))?;
    if is_empty(&db).map_err(failed("read", path))? {
        make(&db).map_err(failed("make", path))?;
    }
    check(&db, path)?;
    // On some network drives there is no write-ahead log; then it is written the slow way.
    let set = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -512;
               PRAGMA journal_size_limit = 4194304; PRAGMA temp_store = MEMORY;";
    db.execute_batch(set).map_err(failed("open", path))?;
    secrets::forget_if_possible(&db);
    Ok(db)
}

/// Names that `SQLite` gives to what it keeps beside a database, by their ends.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The path to open a database by, and the flags for it, so that no link is followed that another account may have put
/// there. Such a link is an error. `SQLite` then refuses links in all parts of a path, so those of the folder are
/// resolved before.
pub(super) fn unled(path: &Path) -> io::Result<(PathBuf, OpenFlags)> {
    if !files::is_led(path) {
        return Ok((path.to_owned(), OpenFlags::empty()));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default();
    let place = folder.canonicalize()?.join(name);
    for end in [""].into_iter().chain(BESIDE) {
        let mut name = name.to_owned();
        name.push(end);
        files::refuse_led(&place.with_file_name(name))?;
    }
    Ok((place, OpenFlags::SQLITE_OPEN_NOFOLLOW))
}

/// Makes the file for this user alone; the write-ahead log beside it takes over its mode. A file that is there is not
/// opened: closing it again would let go of the locks of other connections of this process (of `SQLite`: how to corrupt
/// a database file").
fn begin(path: &Path) -> io::Result<()> {
    match files::create_new(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

/// Opens the database for reading alone, also where it lies in a folder that cannot be written.
pub(super) fn to_read(path: &Path) -> Result<Connection, HistoryError> {
    if !path.exists() {
        return Err(HistoryError::Missing(path.to_owned()));
    }
    let (place, unled) = unled(path).map_err(context("open", path))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | unled;
    let opened = Connection::open_with_flags(&place, flags).and_then(|db| is_empty(&db).map(|is_empty| (db, is_empty)));
    let (db, is_empty) = match opened {
        // The log beside it cannot be made, and nobody can be writing.
        Err(error) if matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)) => {
            let db = Connection::open_with_flags(unchanging(&place), flags | OpenFlags::SQLITE_OPEN_URI)
                .map_err(failed("open", path))?;
            let is_empty = is_empty(&db).map_err(failed("read", path))?;
            (db, is_empty)
        }
        opened => opened.map_err(failed("read", path))?,
    };
    db.busy_timeout(super::BUSY).map_err(failed("open", path))?;
    if is_empty {
        return Err(HistoryError::Missing(path.to_owned()));
    }
    check(&db, path)?;
    Ok(db)
}

/// The address of a file that nobody changes (of `SQLite`: "URI filenames").
fn unchanging(path: &Path) -> String {
    let mut address = String::from("file:");
    let text = path.to_string_lossy().replace('\\', "/");
    if !text.starts_with('/') && text.contains(':') {
        address.push_str("///");
    }
    for character in text.chars() {
        match character {
            '?' => address.push_str("%3f"),
            '#' => address.push_str("%23"),
            '%' => address.push_str("%25"),
            other => address.push(other),
        }
    }
    address.push_str("?immutable=1");
    address
}

fn number(db: &Connection, sql: &str) -> rusqlite::Result<i64> {
    db.query_row(sql, [], |row| row.get(0))
}

fn is_empty(db: &Connection) -> rusqlite::Result<bool> {
    Ok(number(db, "SELECT count(*) FROM sqlite_schema")? == 0)
}

fn make(db: &Connection) -> rusqlite::Result<()> {
    // Room that becomes free goes back to the system little by little; this can be said only of an empty database.
    db.execute_batch("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;")?;
    let make = format!(
        "BEGIN EXCLUSIVE; {SCHEMA} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION}; COMMIT;"
    );
    match db.execute_batch(&make) {
        Ok(()) => Ok(()),
        Err(error) => {
            drop(db.execute_batch("ROLLBACK"));
            // Somebody else may have made it at the same time.
            if is_empty(db)? { Err(error) } else { Ok(()) }
        }
    }
}

/// Checks that the database is ours, of a version that is understood, and has its tables.
fn check(db: &Connection, path: &Path) -> Result<(), HistoryError> {
    let application = number(db, "PRAGMA application_id").map_err(failed("read", path))?;
    if application != APPLICATION {
        return Err(HistoryError::Foreign(path.to_owned()));
    }
    let version = number(db, "PRAGMA user_version").map_err(failed("read", path))?;
    if version > VERSION {
        return Err(HistoryError::Newer(path.to_owned()));
    }
    for table in ["series", "journal", "raw", "minutes", "tens", "hours"].into_iter().chain(SMALL.map(|(name, _)| name))
    {
        number(db, &format!("SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT 1)")).map_err(failed("read", path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[cfg(unix)]
    #[test]
    fn no_database_is_opened_through_links_of_others() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};

        let dir = tempfile::tempdir().unwrap();
        let (folder, victim) = (dir.path().join("logs"), dir.path().join("victim"));
        fs::create_dir(&folder).unwrap();
        let path = folder.join("history.db");
        drop(to_write(&path).unwrap());
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        // Links on the way to the folder are those of whoever named it.
        symlink(&folder, dir.path().join("way")).unwrap();
        drop((to_write(&dir.path().join("way/history.db")).unwrap(), to_read(&path).unwrap()));
        for end in BESIDE {
            let link = folder.join(format!("history.db{end}"));
            fs::write(&victim, "mine").unwrap();
            drop(fs::remove_file(&link));
            symlink(&victim, &link).unwrap();
            for error in [to_write(&path).unwrap_err(), to_read(&path).unwrap_err()] {
                let said = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                assert!(format!("{error} {said}").contains("not followed"), "{end}: {error}: {said}");
            }
            assert_eq!("mine", fs::read_to_string(&victim).unwrap());
            fs::remove_file(&link).unwrap();
        }
        drop(to_write(&path).unwrap());
        fs::rename(&path, &victim).unwrap();
        symlink(&victim, &path).unwrap();
        assert!(to_write(&path).is_err() && to_read(&path).is_err());
        // Put there after the look at it.
        let (place, flags) = (folder.canonicalize().unwrap().join("history.db"), OpenFlags::SQLITE_OPEN_NOFOLLOW);
        assert!(Connection::open_with_flags(&place, flags | OpenFlags::SQLITE_OPEN_READ_WRITE).is_err());
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        drop(to_write(&path).unwrap());
    }

    #[test]
    fn passwords_are_gone_from_the_files_once_no_reader_holds_them() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("history.db");
        drop(to_write(&path).unwrap());
        let add = "INSERT INTO settings(at_ms, key, before, after) VALUES (1, 'http_proxy', NULL, '\"http://me:Pr0xy@p.example/\"')";
        let other = to_write(&path).unwrap();
        other.execute_batch(add).unwrap();
        let is_in_files = || {
            let files = fs::read_dir(dir.path()).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
            files.into_iter().any(|bytes| String::from_utf8_lossy(&bytes).contains("Pr0xy"))
        };
        let reader = to_read(&path).unwrap();
        reader.execute_batch("BEGIN; SELECT count(*) FROM settings;").unwrap();
        number(&reader, "SELECT count(*) FROM settings").unwrap();
        let first = to_write(&path).unwrap();
        assert_eq!(0, number(&first, "SELECT count(*) FROM settings WHERE after LIKE '%Pr0xy%'").unwrap());
        assert!(is_in_files() && secrets::is_left(&first).unwrap());
        reader.execute_batch("COMMIT").unwrap();
        let second = to_write(&path).unwrap();
        assert!(!is_in_files() && !secrets::is_left(&second).unwrap());
        drop((other, first, reader));
    }
}
