//! Reports on the disk: whole or not at all.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use super::{
    error::{StoreError, context},
    names,
};
use crate::platform::files;

/// Writes a report, in place of the file that may be there.
///
/// A symbolic link is followed, and what is no regular file, such as a device or a pipe, is written into.
///
/// # Errors
///
/// When the file has a name that the program keeps for its own in a log folder, or cannot be written. The one that was
/// there is there still.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let target = target(path);
    let own = [path, target.as_path()].into_iter().find(|path| names::is_own(&file_name(path)));
    if own.is_some() {
        return Err(refused(path, "logs and what belongs to them have such names: choose another one"));
    }
    if fs::metadata(&target).is_ok_and(|about| !about.is_file() && !about.is_dir()) {
        let written = OpenOptions::new().write(true).open(&target).and_then(|mut file| file.write_all(bytes));
        return written.map_err(context("write", path));
    }
    files::replace(&target, bytes).map_err(context("write", path))
}

/// Refuses to write a report over one of the files it is made of.
///
/// # Errors
///
/// When `path` is one of `read`, whatever it is called there.
pub fn refuse_one_of(path: &Path, read: &[PathBuf]) -> Result<(), StoreError> {
    let Ok(target) = fs::canonicalize(path) else { return Ok(()) };
    if read.iter().any(|log| fs::canonicalize(log).is_ok_and(|log| log == target)) {
        return Err(refused(path, "this is one of the files it is made of: choose another name"));
    }
    Ok(())
}

fn refused(path: &Path, why: &'static str) -> StoreError {
    context("write", path)(io::Error::new(io::ErrorKind::InvalidInput, why))
}

/// Links that are followed, as many as Linux does.
const MOST_LINKS: usize = 40;

/// Returns the path that a symbolic link points to in the end, whether or not that is there.
fn target(path: &Path) -> PathBuf {
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(next) = fs::read_link(&target) else { break };
        target = target.with_file_name("").join(next);
    }
    target
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The name of the report of a month: `report_2026-10.pdf`.
pub fn month_name((year, month): (i32, u32), extension: &str) -> String {
    format!("report_{year:04}-{month:02}.{extension}")
}

/// The months that a folder has a report of, with names that end so.
///
/// # Errors
///
/// When the folder cannot be read.
pub fn months(dir: &Path, extension: &str) -> Result<Vec<(i32, u32)>, StoreError> {
    let mut months = Vec::new();
    for entry in fs::read_dir(dir).map_err(context("read", dir))? {
        let path: PathBuf = entry.map_err(context("read", dir))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let month = name
            .strip_prefix("report_")
            .and_then(|rest| rest.strip_suffix(&format!(".{extension}")))
            .and_then(|month| month.split_once('-'))
            .and_then(|(year, month)| Some((year.parse().ok()?, month.parse().ok()?)));
        months.extend(month.filter(|(_, month)| (1..=12).contains(month)));
    }
    months.sort_unstable();
    Ok(months)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_replaced_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(month_name((2026, 10), "pdf"));
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(b"two".to_vec(), fs::read(&path).unwrap());
        fs::write(dir.path().join("report_2026-13.pdf"), "").unwrap();
        fs::write(dir.path().join("report_x.pdf"), "").unwrap();
        fs::write(dir.path().join("report_2026-09.html"), "").unwrap();
        assert_eq!(vec![(2026, 10)], months(dir.path(), "pdf").unwrap());
        let error = replace(&dir.path().join("no/folder.pdf"), b"").unwrap_err();
        assert!(error.path.ends_with("no/folder.pdf"));
    }

    #[test]
    fn a_log_is_never_written_over() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["netlog.csv", "netlog.chain.json", "history.db", "mtr_1_1_1_1.log"] {
            let path = dir.path().join(name);
            fs::write(&path, "evidence").unwrap();
            assert!(replace(&path, b"report").is_err(), "{name}");
            assert_eq!("evidence", fs::read_to_string(&path).unwrap());
        }
        let (copy, other) = (dir.path().join("copy.csv"), dir.path().join("other.csv"));
        fs::write(&copy, "evidence").unwrap();
        let read = [copy.clone()];
        assert!(refuse_one_of(&copy, &read).is_err());
        assert!(refuse_one_of(&dir.path().join(".").join("copy.csv"), &read).is_err());
        refuse_one_of(&other, &read).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_devices_stay() {
        use std::os::unix::fs::symlink;

        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        symlink("report.pdf", path("latest.pdf")).unwrap();
        replace(&path("latest.pdf"), b"one").unwrap();
        replace(&path("latest.pdf"), b"two").unwrap();
        assert!(path("latest.pdf").is_symlink());
        assert_eq!(b"two".to_vec(), fs::read(path("report.pdf")).unwrap());
        fs::write(path("netlog.csv"), "evidence").unwrap();
        symlink("netlog.csv", path("innocent.csv")).unwrap();
        assert!(replace(&path("innocent.csv"), b"report").is_err());
        assert_eq!("evidence", fs::read_to_string(path("netlog.csv")).unwrap());
        symlink("/dev/null", path("null.txt")).unwrap();
        replace(&path("null.txt"), b"gone").unwrap();
        assert!(path("null.txt").is_symlink() && !fs::metadata("/dev/null").unwrap().is_file());
        assert!(replace(Path::new("/dev/full"), b"report").is_err() || !Path::new("/dev/full").exists());
    }
}
