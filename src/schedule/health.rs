//! Whether what is scheduled really happens, by the rows it has written. Starts nothing.

use chrono::NaiveDateTime;

use crate::{
    analysis::overdue::{self, Known},
    clock,
    model::schedule::Rhythm,
    platform::scheduler::Mark,
    store::{config_file, lock, log::FILE_NAME, tail},
};

/// What the rows tell of a schedule, by the clock on the wall here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Since when rows are missing; `None` while all is well.
    pub missing_since: Option<NaiveDateTime>,
    /// When the last row was written.
    pub last_row: Option<NaiveDateTime>,
    /// When the next look is due; `None` for a monitor that runs always.
    pub next_due: Option<NaiveDateTime>,
    /// Whether a monitor runs there.
    pub is_running: bool,
}

/// What the rows in the folder of this schedule tell.
pub fn of_folder(mark: &Mark) -> Health {
    let last_row = tail::last_row(&mark.log_dir.join(FILE_NAME)).ok().flatten().map(|row| clock::local(row.utc));
    let is_running = lock::holder(&mark.log_dir).is_some();
    let interval =
        config_file::load(&mark.config_file()).map(|loaded| loaded.config.ping_interval_sec).unwrap_or_default();
    let now = clock::local(clock::now().wall);
    let known = Known { since: clock::local(mark.since), last_row, is_running, interval };
    let next_due = match mark.rhythm {
        Rhythm::Always => None,
        Rhythm::Looks(looks) => overdue::next_due(looks, now),
    };
    Health { missing_since: overdue::missing_since(mark.rhythm, known, now), last_row, next_due, is_running }
}
