//! Whether what is scheduled really happens, by the rows it has written.

use chrono::NaiveDateTime;

use crate::{
    analysis::overdue::{self, Known},
    cli::{Global, global},
    clock,
    model::schedule::Rhythm,
    platform::scheduler::Mark,
    store::{lock, log::FILE_NAME, tail},
};

/// What the rows tell of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct Health {
    /// Since when rows are missing; `None` while all is well.
    pub(in crate::cli) missing_since: Option<NaiveDateTime>,
    /// When the last row was written.
    pub(in crate::cli) last_row: Option<NaiveDateTime>,
    /// When the next look is due; `None` for a monitor that runs always.
    pub(in crate::cli) next_due: Option<NaiveDateTime>,
    /// Whether a monitor runs there.
    pub(in crate::cli) is_running: bool,
}

/// What the rows in the folder of this schedule tell.
pub(in crate::cli) fn of_folder(mark: &Mark) -> Health {
    let last_row = tail::last_row(&mark.log_dir.join(FILE_NAME)).ok().flatten().map(|row| clock::local(row.utc));
    let is_running = lock::holder(&mark.log_dir).is_some();
    let interval = global::load(&Global::default()).map(|loaded| loaded.config.ping_interval_sec).unwrap_or_default();
    let now = clock::local(clock::now().wall);
    let known = Known { since: clock::local(mark.since), last_row, is_running, interval };
    let next_due = match mark.rhythm {
        Rhythm::Always => None,
        Rhythm::Looks(looks) => overdue::next_due(looks, now),
    };
    Health { missing_since: overdue::missing_since(mark.rhythm, known, now), last_row, next_due, is_running }
}

impl Health {
    /// What is wrong, and what to do; `None` while all is well.
    pub(in crate::cli) fn complaint(&self, mark: &Mark) -> Option<String> {
        let since = self.missing_since?.format("%Y-%m-%d %H:%M");
        Some(match (mark.rhythm, self.is_running) {
            (Rhythm::Always, true) => format!("the monitor runs and has written no row since {since}"),
            (Rhythm::Always, false) => format!("it is to watch always, and no monitor runs; last sign of life {since}"),
            (Rhythm::Looks(looks), _) => format!("it is to look {looks}, and the look of {since} is missing"),
        })
    }
}

/// What to do about a schedule that does not run.
pub(in crate::cli) const REMEDY: &str =
    "\"netlog schedule status\" says what the scheduler knows; \"netlog schedule install\" puts it in order";
