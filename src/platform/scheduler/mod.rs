//! The system's own schedulers: what would be installed, installing it, whether it runs, removing it.
//!
//! What is installed is spelled by pure code, one file a format, on every system; `act` writes and starts what a
//! [`Plan`] says.

mod act;
mod crontab;
mod error;
mod folders;
mod launchd;
mod mark;
mod plan;
mod systemd;
mod task;
#[cfg(test)]
mod tests;
mod xml;

use std::{
    fs,
    path::{Path, PathBuf},
};

pub use self::{
    act::{install, leave_note, remove, replace_originals},
    error::{SchedulerError, WorkError},
    folders::{Identity, Work, Worker, work_as},
    mark::Mark,
    plan::{BadAccount, BadPath, Encoding, Folders, Plan, PlannedFile, check_account},
    task::IN_BACKGROUND,
};
pub use super::command::CommandError;
use super::command::{self, Output};
use crate::model::{
    schedule::{Rhythm, Schedule, Scope},
    time::Timestamp,
};

/// A scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    /// Linux: systemd.
    Systemd,
    /// Linux: cron, where systemd does not run.
    Cron,
    /// macOS: launchd.
    Launchd,
    /// Windows: the Task Scheduler.
    Tasks,
}

impl Manager {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Systemd, Self::Cron, Self::Launchd, Self::Tasks];

    /// The word for it on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::Cron => "cron",
            Self::Launchd => "launchd",
            Self::Tasks => "tasks",
        }
    }
}

/// Account that a schedule is installed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The system's name.
    pub name: String,
    /// The system's number, where it has one.
    pub uid: String,
    /// True if the account may install for all.
    pub is_admin: bool,
    /// Folders of the account.
    pub folders: Folders,
}

impl Account {
    /// True if `name` is the name or the number of the account.
    pub fn is(&self, name: &str) -> bool {
        self.name == name || (!self.uid.is_empty() && self.uid == name)
    }
}

/// A schedule that is installed, and what its scheduler tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The scheduler.
    pub manager: Manager,
    /// Facts of what was installed.
    pub mark: Mark,
    /// True if the scheduler has it in hand.
    pub is_active: bool,
    /// Time of the last run; `None` when it has not run, or nobody knows.
    pub last_run: Option<Timestamp>,
    /// Time of the next run; `None` when nobody knows.
    pub next_run: Option<Timestamp>,
    /// The exit code of the last run that has ended; Windows' own are large.
    pub last_exit: Option<i64>,
    /// Number of times that the scheduler had to start it anew.
    pub restarts: Option<u32>,
    /// Places where it is installed.
    pub places: Vec<String>,
}

/// An exit code as people look it up: the large ones of Windows in hexadecimal.
pub fn exit_code(code: i64) -> String {
    if code > 0xffff { format!("0x{code:08X}") } else { code.to_string() }
}

/// Entry of the original program that is still scheduled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// The scheduler.
    pub manager: Manager,
    /// The line, file or task.
    pub what: String,
}

/// Returns the plan of an installation. Does nothing.
///
/// # Errors
///
/// When a path cannot be written down.
pub fn plan(manager: Manager, schedule: &Schedule, account: &Account) -> Result<Plan, BadPath> {
    let mut plan = match manager {
        Manager::Systemd => systemd::plan(schedule, &account.folders),
        Manager::Cron => crontab::plan(schedule),
        Manager::Launchd => launchd::plan(schedule, &account.folders, &account.uid),
        Manager::Tasks => task::plan(schedule, task::has_window(&schedule.program), &task::folder(schedule, account)),
    }?;
    plan.files.push(mark::note(schedule));
    Ok(plan)
}

/// Returns the facts of the schedule that is to write to this folder of logs, by what installing left there; `None`
/// when there is none. Starts nothing.
pub fn expected(log_dir: &Path) -> Option<Mark> {
    let path = log_dir.join(mark::NOTE);
    // A pipe would be waited for.
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    mark::read(&fs::read_to_string(path).ok()?)
}

/// The schedulers of this system that run, the best one first.
pub fn here(scope: Scope) -> Vec<Manager> {
    if cfg!(windows) {
        return vec![Manager::Tasks];
    }
    if cfg!(target_os = "macos") {
        return vec![Manager::Launchd];
    }
    let mut found = Vec::new();
    let systemctl = systemd::systemctl(scope, &["show-environment"]);
    if Path::new("/run/systemd/system").is_dir() && command::run(&systemctl, "").is_ok_and(|out| out.is_success()) {
        found.push(Manager::Systemd);
    }
    if read_crontab().is_ok_and(|crontab| crontab.is_some()) {
        found.push(Manager::Cron);
    }
    found
}

/// Returns the account that runs this program; `None` when the system does not say.
pub fn account() -> Option<Account> {
    let dirs = directories::BaseDirs::new()?;
    let folders = Folders { home: dirs.home_dir().to_owned(), config: dirs.config_dir().to_owned() };
    let said = |words: &[&str]| {
        let output = command::succeed(&plan::command(words), "").ok()?;
        Some(output.stdout.trim().to_owned()).filter(|text| !text.is_empty())
    };
    if cfg!(windows) {
        let of = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let name = match of("USERDOMAIN") {
            Some(domain) => format!("{domain}\\{}", of("USERNAME")?),
            None => of("USERNAME")?,
        };
        // Only an administrator may ask this.
        let is_admin = said(&["fltmc"]).is_some();
        return Some(Account { name, uid: String::new(), is_admin, folders });
    }
    let uid = said(&["id", "-u"])?;
    Some(Account { name: said(&["id", "-un"])?, is_admin: uid == "0", uid, folders })
}

/// Every schedule of ours that is installed, with what its scheduler tells of it.
pub fn installed(account: &Account) -> Vec<Installed> {
    if cfg!(windows) {
        return installed_task().into_iter().collect();
    }
    let both = [Scope::Login, Scope::Boot];
    if cfg!(target_os = "macos") {
        return both.into_iter().filter_map(|scope| installed_job(scope, account)).collect();
    }
    let units = both.into_iter().filter_map(|scope| installed_unit(scope, account));
    units.chain(installed_lines()).collect()
}

/// Returns the entries of the original program that are still scheduled.
pub fn originals(account: &Account) -> Vec<Original> {
    let found = |manager, what: &str| Original { manager, what: what.to_owned() };
    if cfg!(windows) {
        let query = plan::command(&["schtasks", "/Query", "/TN", task::ORIGINAL]);
        let is_there = command::run(&query, "").is_ok_and(|out| out.is_success());
        return is_there.then(|| found(Manager::Tasks, task::ORIGINAL)).into_iter().collect();
    }
    if cfg!(target_os = "macos") {
        let file = launchd::file(Scope::Login, &account.folders, launchd::ORIGINAL);
        return file.is_file().then(|| found(Manager::Launchd, &file.to_string_lossy())).into_iter().collect();
    }
    let crontab = read_crontab().ok().flatten().unwrap_or_default();
    crontab::originals(&crontab).into_iter().map(|line| found(Manager::Cron, line)).collect()
}

/// This user's crontab to look at, empty when there is none; `None` when the system has no cron.
fn read_crontab() -> Result<Option<String>, CommandError> {
    Ok(list_crontab()?.map(|output| output.stdout))
}

/// Returns the output of `crontab -l`, empty when there is no crontab; `None` when the system has no cron.
fn list_crontab() -> Result<Option<Output>, CommandError> {
    match command::run(&plan::command(&["crontab", "-l"]), "") {
        Ok(output) if output.is_success() => Ok(Some(output)),
        Ok(output) if output.stderr.contains("no crontab") => Ok(Some(Output { is_exact: true, ..Output::default() })),
        Ok(output) => Err(CommandError::Failed { line: "crontab -l".into(), said: output.stderr.trim().to_owned() }),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
    }
}

fn installed_unit(scope: Scope, account: &Account) -> Option<Installed> {
    let folder = systemd::folder(scope, &account.folders);
    let mark = mark::read(&fs::read_to_string(folder.join(systemd::SERVICE)).ok()?)?;
    let show = |unit| {
        let output = command::run(&systemd::systemctl(scope, &["show", systemd::PROPERTIES, unit]), "");
        output.map(|output| output.stdout).unwrap_or_default()
    };
    let has_timer = matches!(mark.rhythm, Rhythm::Looks(_));
    let timer = has_timer.then(|| show(systemd::TIMER));
    let shown = systemd::read(&show(systemd::SERVICE), timer.as_deref());
    let files = [Some(systemd::SERVICE), has_timer.then_some(systemd::TIMER)];
    Some(Installed {
        manager: Manager::Systemd,
        mark,
        is_active: shown.is_active,
        last_run: shown.last_run,
        next_run: shown.next_run,
        last_exit: shown.last_exit.map(i64::from),
        restarts: shown.restarts.filter(|_| !has_timer),
        places: files.into_iter().flatten().map(|name| folder.join(name).to_string_lossy().into_owned()).collect(),
    })
}

fn installed_lines() -> Option<Installed> {
    let crontab = read_crontab().ok()??;
    let mark = mark::read(crontab::ours(&crontab)?)?;
    let last = mark.log_dir.join(crontab::LAST);
    let has_run = matches!(mark.rhythm, Rhythm::Looks(_));
    let last_run = fs::metadata(&last).and_then(|file| file.modified()).ok().filter(|_| has_run).map(Timestamp::from);
    // What an earlier schedule left behind says nothing about this one.
    let last_run = last_run.filter(|at| *at >= mark.since);
    let last_exit = fs::read_to_string(&last).ok().filter(|_| last_run.is_some());
    Some(Installed {
        manager: Manager::Cron,
        is_active: cron_runs(),
        last_run,
        next_run: None,
        last_exit: last_exit.and_then(|text| crontab::last_exit(&text)).map(i64::from),
        restarts: None,
        places: vec!["crontab -l".into()],
        mark,
    })
}

/// True if a cron is running, by the names of all processes.
fn cron_runs() -> bool {
    let Ok(processes) = fs::read_dir("/proc") else { return false };
    processes.filter_map(Result::ok).any(|process| {
        let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
        ["cron", "crond", "fcron", "dcron", "busybox crond"].contains(&name.trim())
    })
}

fn installed_job(scope: Scope, account: &Account) -> Option<Installed> {
    let path: PathBuf = launchd::file(scope, &account.folders, launchd::LABEL);
    let mark = mark::read(&fs::read_to_string(&path).ok()?)?;
    let target = launchd::target(scope, &account.uid, launchd::LABEL);
    let loaded = command::run(&launchd::print(&target), "").ok().filter(Output::is_success);
    let shown = loaded.as_ref().map(|output| launchd::read(&output.stdout)).unwrap_or_default();
    Some(Installed {
        manager: Manager::Launchd,
        is_active: loaded.is_some() && (mark.rhythm != Rhythm::Always || shown.is_running != Some(false)),
        last_run: None,
        next_run: None,
        last_exit: shown.last_exit.map(i64::from),
        restarts: None,
        places: vec![path.to_string_lossy().into_owned()],
        mark,
    })
}

fn installed_task() -> Option<Installed> {
    let xml = command::run(&plan::command(&["schtasks", "/Query", "/TN", task::NAME, "/XML"]), "").ok()?;
    let mark = mark::read(&xml.stdout)?;
    let show = ["powershell", "-NoProfile", "-NonInteractive", "-Command", task::SHOW];
    let shown = command::run(&plan::command(&show), "").map(|output| task::read(&output.stdout)).unwrap_or_default();
    Some(Installed {
        manager: Manager::Tasks,
        mark,
        is_active: shown.is_active,
        last_run: shown.last_run,
        next_run: shown.next_run,
        last_exit: shown.last_exit,
        restarts: None,
        places: vec![format!("Task Scheduler: {}", task::NAME)],
    })
}
