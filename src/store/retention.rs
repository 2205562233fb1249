//! Removal of files from a log folder when they are old or the folder is large.
//!
//! Only what can be made again, or proves nothing of an outage, is removed: analyses, looks by TCP, and databases of the
//! history that were put aside because they were damaged, of which the diary was saved. Rows, traces and facts stay,
//! whatever their age and size: they are what the folder is for.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    age,
    error::{StoreError, context},
    names,
};
use crate::model::time::Timestamp;

/// Limits of age and of size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Older files are removed.
    pub age: Duration,
    /// Above this size of the whole folder the oldest are removed.
    pub bytes: u64,
}

/// A file of the folder.
struct Entry {
    path: PathBuf,
    bytes: u64,
    changed: Timestamp,
}

/// Removes what may be removed and is beyond a limit at `now`, and says what that was. A long stretch of time in which
/// no file of this program changed does not count as age.
///
/// # Errors
///
/// When the folder cannot be read. A file that cannot be removed stays and is no error.
pub fn prune(dir: &Path, limits: Limits, now: Timestamp) -> Result<Vec<PathBuf>, StoreError> {
    let (mut total, mut removable, mut times) = (0, Vec::new(), Vec::new());
    for entry in fs::read_dir(dir).map_err(context("read", dir))? {
        let Ok(entry) = entry else { continue };
        let (Ok(about), name) = (entry.metadata(), entry.file_name()) else { continue };
        if !about.is_file() {
            continue;
        }
        total += about.len();
        let (Ok(changed), name) = (about.modified().map(Timestamp::from), name.to_string_lossy()) else { continue };
        if names::is_own(&name) {
            times.push((changed.timestamp_millis(), changed.timestamp_millis()));
        }
        if is_removable(&name) {
            removable.push(Entry { path: entry.path(), bytes: about.len(), changed });
        }
    }
    times.sort_unstable();
    let age = i64::try_from(limits.age.as_millis()).unwrap_or(i64::MAX);
    let (oldest, _) = age::limit(&times, now.timestamp_millis(), age);
    removable.sort_by_key(|entry| entry.changed);
    // Removing all of them in vain helps nobody.
    let kept = total - removable.iter().map(|entry| entry.bytes).sum::<u64>();
    let size_helps = kept <= limits.bytes;
    let mut removed = Vec::new();
    for entry in removable {
        let is_old = entry.changed.timestamp_millis() < oldest;
        if (is_old || (size_helps && total > limits.bytes)) && fs::remove_file(&entry.path).is_ok() {
            total -= entry.bytes;
            removed.push(entry.path);
        }
    }
    Ok(removed)
}

/// True if a file of this name may be removed: it is not written to any more.
fn is_removable(name: &str) -> bool {
    let stem_of = |start: &str, end: &str| name.strip_prefix(start)?.strip_suffix(end);
    let kinds = [("analysis_on_outage_", ".log"), ("tcp_probe_", ".json"), ("history_damaged_", ".db")];
    kinds.iter().any(|(start, end)| stem_of(start, end).is_some_and(is_time))
}

/// True for a time like `20251002_123510` or, where there was such a name already, `20251002_123510_2`.
fn is_time(stem: &str) -> bool {
    let digits = |part: &str, len: usize| part.len() == len && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = stem.rsplit('_');
    let mut time = parts.next().unwrap_or_default();
    let mut day = parts.next().unwrap_or_default();
    if !digits(time, 6) && digits(day, 6) {
        (time, day) = (day, parts.next().unwrap_or_default());
    }
    digits(time, 6) && digits(day, 8) && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 12] = [
        "netlog.csv",
        "netlog_20200101_000000.csv",
        "trace_1.1.1.1_20200101_000000.log",
        "wan_diag_20200101_000000.log",
        "mtr_1_1_1_1.log",
        "isp_candidates.json",
        "mtr_1_1_1_1_20200101_000000.log",
        "analysis_on_outage_20200101_000000_2.log",
        "tcp_probe_20200101_000000.json",
        "history_damaged_20200101_000000.db",
        "history_foreign_20200101_000000.db",
        "history.db",
    ];

    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in NAMES {
            fs::write(dir.path().join(name), vec![0; 1000]).unwrap();
        }
        dir
    }

    fn names_of(removed: &[PathBuf]) -> Vec<String> {
        let mut names: Vec<String> =
            removed.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }

    /// So many days after the files of the folder were written.
    fn later(dir: &Path, days: i64) -> Timestamp {
        let written = fs::metadata(dir.join(NAMES[0])).unwrap().modified().unwrap();
        Timestamp::from(written) + chrono::TimeDelta::days(days)
    }

    #[test]
    fn only_what_is_old_and_belongs_to_no_outage_is_removed() {
        let dir = folder();
        let limits = Limits { age: Duration::from_hours(24 * 30), bytes: u64::MAX };
        assert_eq!(Vec::<PathBuf>::new(), prune(dir.path(), limits, later(dir.path(), 29)).unwrap());
        let removed = prune(dir.path(), limits, later(dir.path(), 31)).unwrap();
        assert_eq!(
            [
                "analysis_on_outage_20200101_000000_2.log",
                "history_damaged_20200101_000000.db",
                "tcp_probe_20200101_000000.json"
            ]
            .map(str::to_owned)
            .to_vec(),
            names_of(&removed)
        );
        assert_eq!(NAMES.len() - 3, fs::read_dir(dir.path()).unwrap().count());
    }

    #[test]
    fn a_clock_that_jumps_years_ahead_removes_no_file() {
        let dir = folder();
        let limits = Limits { age: Duration::from_hours(24 * 30), bytes: u64::MAX };
        for days in [90, 400, 3000] {
            assert_eq!(Vec::<PathBuf>::new(), prune(dir.path(), limits, later(dir.path(), days)).unwrap(), "{days}");
        }
        assert_eq!(Vec::<PathBuf>::new(), prune(dir.path(), limits, later(dir.path(), -20_000)).unwrap());
    }

    #[test]
    fn no_file_of_the_future_keeps_what_is_old() {
        let limits = Limits { age: Duration::from_hours(24 * 30), bytes: u64::MAX };
        for name in ["trace_1.1.1.1_20650101_000000.log", "holidays.jpg", "history.db"] {
            let dir = folder();
            let now = later(dir.path(), 31);
            let future = fs::File::create(dir.path().join(name)).unwrap();
            future.set_modified((now + chrono::TimeDelta::days(14_000)).into()).unwrap();
            assert_eq!(3, prune(dir.path(), limits, now).unwrap().len(), "{name}");
        }
    }

    #[test]
    fn files_of_others_say_nothing_of_the_clock() {
        let dir = folder();
        let limits = Limits { age: Duration::from_hours(24 * 30), bytes: u64::MAX };
        let now = later(dir.path(), 3000);
        // A clock that is years ahead, in a folder into which somebody has copied files now and then.
        for days in (40..3000).step_by(40) {
            let other = fs::File::create(dir.path().join(format!("photo_{days}.jpg"))).unwrap();
            other.set_modified(later(dir.path(), days).into()).unwrap();
        }
        assert_eq!(Vec::<PathBuf>::new(), prune(dir.path(), limits, now).unwrap());
    }

    #[test]
    fn a_folder_that_is_too_large_loses_no_more_than_it_must() {
        let dir = folder();
        let limits = |bytes| Limits { age: Duration::MAX, bytes };
        assert_eq!(Vec::<PathBuf>::new(), prune(dir.path(), limits(8500), later(dir.path(), 0)).unwrap(), "in vain");
        assert_eq!(1, prune(dir.path(), limits(11_500), later(dir.path(), 0)).unwrap().len());
        assert_eq!(1, prune(dir.path(), limits(10_500), later(dir.path(), 0)).unwrap().len());
        assert_eq!(1, prune(dir.path(), limits(9500), later(dir.path(), 0)).unwrap().len());
    }
}
