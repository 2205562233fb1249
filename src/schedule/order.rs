//! From what somebody wants to a schedule.

use std::path::PathBuf;

use super::{act::Wanted, error::Error};
use crate::{
    clock,
    model::{
        schedule::{Rhythm, Schedule, Scope},
        time::Timestamp,
    },
    platform::{
        paths,
        scheduler::{self, Account, Manager},
    },
};

/// Schedule as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Rhythm in which the line is to be watched.
    pub rhythm: Rhythm,
    /// Scope of the schedule: whether somebody has to be logged in.
    pub scope: Scope,
    /// By which scheduler; `None` for the best one of those that run here.
    pub with: Option<Manager>,
    /// The account it is to run as, when an administrator installs it for somebody else.
    pub run_as: Option<String>,
    /// The folder of that account's key; `None` for this user's own.
    pub data_dir: Option<PathBuf>,
    /// Since when it is to hold; `None` for now.
    pub since: Option<Timestamp>,
}

/// Program that it is to start, and the files of that program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The program `netlog`, absolute.
    pub program: PathBuf,
    /// Configuration of the program, absolute; `None` for the standard one.
    pub config: Option<PathBuf>,
    /// The folder of the logs, absolute.
    pub log_dir: PathBuf,
}

impl Order {
    /// Returns the installation that would be made. Installs nothing.
    ///
    /// # Errors
    ///
    /// If no scheduler runs here, or none that runs this as another account, or the account or a path cannot be written
    /// down.
    pub fn plan(&self, files: &Files, account: &Account) -> Result<Wanted, Error> {
        let best = || scheduler::here(self.scope).first().copied().ok_or(Error::NoScheduler);
        let manager = self.with.map_or_else(best, Ok)?;
        // This user's own folder is of no use to another account.
        let is_own = self.run_as.as_ref().is_none_or(|name| account.is(name));
        if let Some(name) = self.run_as.as_ref().filter(|_| !is_own && !can_be_for_other(manager, self.scope)) {
            return Err(Error::NotForOther { manager, account: name.clone() });
        }
        let name = self.run_as.as_ref().unwrap_or(&account.name);
        scheduler::check_account(manager, name)?;
        let data_dir = self.data_dir.clone().or_else(|| paths::data_dir().filter(|_| is_own));
        let schedule = Schedule {
            rhythm: self.rhythm,
            scope: self.scope,
            program: files.program.clone(),
            config: files.config.clone(),
            data_dir: data_dir.filter(|dir| *dir != files.log_dir),
            log_dir: files.log_dir.clone(),
            account: name.clone(),
            since: self.since.unwrap_or_else(|| clock::now().wall),
        };
        let plan = scheduler::plan(manager, &schedule, account)?;
        Ok(Wanted { manager, schedule, plan, is_for_other: self.run_as.is_some() })
    }
}

/// True when what an administrator installs with it can run as another account.
fn can_be_for_other(manager: Manager, scope: Scope) -> bool {
    match manager {
        Manager::Systemd | Manager::Launchd => scope == Scope::Boot,
        Manager::Tasks => true,
        Manager::Cron => false,
    }
}
