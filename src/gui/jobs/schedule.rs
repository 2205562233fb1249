//! Schedules that the system's scheduler has in hand, and putting some there. All of it but `check` starts programs of
//! the system.

use std::path::PathBuf;

use super::{Job, Jobs, chain, settings::Settings};
use crate::{
    gui::text::T,
    model::schedule::Scope,
    platform::{
        paths::{self, Reason},
        scheduler,
    },
    schedule::{self, Files, Permission},
};
pub(crate) use crate::{
    platform::scheduler::{Installed, Manager, Mark, Original, exit_code},
    schedule::{Done, Health, Order, Wanted},
};

/// Schedules that there are, and schedulers that could take one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Known {
    /// Schedules that are installed, each with whether it does what it should.
    pub(crate) installed: Vec<(Health, Installed)>,
    /// Entries that still schedule the original program.
    pub(crate) originals: Vec<Original>,
    /// A schedule that was installed for this folder of logs, and that no scheduler knows any more.
    pub(crate) lost: Option<Mark>,
    /// Schedulers that run, the best one first: from a login on, and from the start of the computer on.
    pub(crate) from_login: Vec<Manager>,
    pub(crate) from_boot: Vec<Manager>,
    /// True if this user may do what takes an administrator.
    pub(crate) is_admin: bool,
}

impl Known {
    /// Schedulers that can do it.
    pub(crate) fn managers(&self, scope: Scope) -> &[Manager] {
        match scope {
            Scope::Login => &self.from_login,
            Scope::Boot => &self.from_boot,
        }
    }
}

const NOBODY: &str = "the system does not say who you are, or has no home folder for you";

/// Looks at all of it.
pub(crate) fn look(jobs: &mut Jobs, settings: &Settings) -> Job<Result<Known, String>> {
    let log_dir = settings.log_dir.clone();
    jobs.start_unseen(move |_| {
        let account = scheduler::account().ok_or(NOBODY)?;
        let installed: Vec<_> =
            scheduler::installed(&account).into_iter().map(|one| (schedule::of_folder(&one.mark), one)).collect();
        let expected = scheduler::expected(&log_dir);
        let is_known = |mark: &Mark| installed.iter().any(|(_, one)| one.mark.log_dir == mark.log_dir);
        Ok(Known {
            lost: expected.filter(|mark| !is_known(mark)),
            installed,
            originals: scheduler::originals(&account),
            from_login: scheduler::here(Scope::Login),
            from_boot: scheduler::here(Scope::Boot),
            is_admin: account.is_admin,
        })
    })
}

/// Works out what would be installed.
pub(crate) fn plan(jobs: &mut Jobs, settings: &Settings, order: Order) -> Job<Result<Wanted, String>> {
    let (file, is_found, log_dir) = (settings.file.clone(), settings.is_found, settings.log_dir.clone());
    jobs.start_unseen(move |_| {
        let account = scheduler::account().ok_or(NOBODY)?;
        let standard = paths::config_file(None);
        // Another one than the standard file of this user has to be named.
        let is_named = is_found && !(standard.reason == Reason::Platform && standard.path == file);
        let program = schedule::program().map_err(|error| chain(&error))?;
        let files = Files { program, config: is_named.then_some(file), log_dir };
        order.plan(&files, &account).map_err(|error| chain(&error))
    })
}

/// Installs it. The system asks for permission where it has to.
pub(crate) fn install(jobs: &mut Jobs, wanted: Wanted, replaces_original: bool) -> Job<Result<Done, String>> {
    jobs.start(T::JobInstall, move |_| {
        let account = scheduler::account().ok_or(NOBODY)?;
        schedule::install(&wanted, replaces_original, &account, Permission::Ask).map_err(|error| chain(&error))
    })
}

/// Takes away all that is installed.
pub(crate) fn remove(jobs: &mut Jobs, all: Vec<Installed>) -> Job<Result<(), String>> {
    jobs.start(T::JobRemove, move |_| {
        let account = scheduler::account().ok_or(NOBODY)?;
        schedule::remove(all, &account, Permission::Ask).map(drop).map_err(|error| chain(&error))
    })
}

/// Checks whether what should be written to this folder of logs is written, by what is on the disk alone. `None` when
/// nothing should be.
pub(crate) fn check(jobs: &mut Jobs, log_dir: PathBuf) -> Job<Option<Health>> {
    jobs.start_unseen(move |_| {
        let mark = scheduler::expected(&log_dir)?;
        Some(schedule::of_folder(&mark))
    })
}
