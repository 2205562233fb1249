//! Health of what is scheduled: whether it really happens, by the rows it has written. Starts nothing.

use std::{fs, io};

use chrono::NaiveDateTime;

use crate::{
    analysis::overdue::{self, Known},
    clock,
    model::schedule::Rhythm,
    platform::scheduler::Mark,
    store::{config_file, lock, log::FILE_NAME, tail},
};

/// Health of a schedule, by the rows and the lock in its folder. Times are those of the clock on the wall here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Since when rows are missing; `None` while all is well.
    pub missing_since: Option<NaiveDateTime>,
    /// Time of the last row.
    pub last_row: Option<NaiveDateTime>,
    /// Time at which the next look is due; `None` for a monitor that runs always.
    pub next_due: Option<NaiveDateTime>,
    /// True if a monitor runs there.
    pub is_running: bool,
    /// True if this user may look into the folder. If not, nothing is missing and nothing runs, as far as is known.
    pub is_readable: bool,
}

/// Returns the health of this schedule, by the rows and the lock in its folder.
pub fn of_folder(mark: &Mark) -> Health {
    let last_row = tail::last_row(&mark.log_dir.join(FILE_NAME)).ok().flatten().map(|row| clock::local(row.utc));
    let is_running = lock::monitor(&mark.log_dir).is_some();
    let interval =
        config_file::load(&mark.config_file()).map(|loaded| loaded.config.ping_interval_sec).unwrap_or_default();
    let now = clock::local(clock::now().wall);
    let known = Known { since: clock::local(mark.since), last_row, is_running, interval };
    let next_due = match mark.rhythm {
        Rhythm::Always => None,
        Rhythm::Looks(looks) => overdue::next_due(looks, now),
    };
    let is_refused = |error: &io::Error| error.kind() == io::ErrorKind::PermissionDenied;
    let is_readable = !fs::read_dir(&mark.log_dir).is_err_and(|error| is_refused(&error));
    let missing_since = overdue::missing_since(mark.rhythm, known, now).filter(|_| is_readable);
    Health { missing_since, last_row, next_due, is_running, is_readable }
}
