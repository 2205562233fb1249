//! Installing and taking away, with the permission of an administrator where one is needed.

use super::error::Error;
use crate::{
    model::schedule::{Rhythm, Schedule, Scope},
    platform::{
        elevate,
        scheduler::{self, Account, Installed, Manager, Original, Plan, SchedulerError, Work, Worker},
    },
    store::lock,
};

/// Installation that is wanted, down to the last letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// By which scheduler.
    pub manager: Manager,
    /// Schedule that is to be installed.
    pub schedule: Schedule,
    /// Plan of its installation.
    pub plan: Plan,
    /// True if the account that it runs as was named, which may also be the one that installs it.
    pub is_for_other: bool,
}

/// Action to take where an administrator's permission is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Have the system ask for it, in a dialog of its own.
    Ask,
    /// Say which command needs it.
    Tell,
}

/// Result of an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// As its scheduler shows it.
    pub new: Installed,
    /// True if it took the place of another one.
    pub is_replaced: bool,
    /// Lines, files and tasks that scheduled the original, and do so no more.
    pub taken_away: Vec<Original>,
    /// Lines, files and tasks that still schedule the original.
    pub left: Vec<Original>,
}

/// Result of taking schedules away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Schedules that are no more.
    pub gone: Vec<Installed>,
    /// Schedules that run as somebody else, and are left to an administrator.
    pub left: Vec<Installed>,
}

/// Installs it in place of what was installed before, and of what schedules the original if that is wanted.
///
/// # Errors
///
/// When it cannot be installed. What was there before is then still there, or gone if that is what failed.
pub fn install(
    wanted: &Wanted,
    replaces_original: bool,
    account: &Account,
    permission: Permission,
) -> Result<Done, Error> {
    let Wanted { manager, schedule, plan, is_for_other } = wanted;
    if !scheduler::here(schedule.scope).contains(manager) {
        return Err(Error::NotHere(*manager));
    }
    if plan.needs_admin && !is_for_other && std::env::var_os("SUDO_USER").is_some() {
        return Err(Error::BySudo);
    }
    let is_other = *is_for_other && !account.is(&schedule.account);
    let worker = if is_other { Worker::of_account(&schedule.account)? } else { Worker::of_folder(&schedule.log_dir) };
    // Where it is to write must be there before it first starts. A service may not make the folder of its key: its home
    // folder is closed to it but for what is there.
    let folder = schedule.data_dir.clone().filter(|_| schedule.scope == Scope::Boot);
    worker.run(&Work { logs: Some(schedule.log_dir.clone()), folder, ..Work::default() })?;
    let before: Vec<_> = scheduler::installed(account).into_iter().filter(|old| is_own(old, account)).collect();
    let originals = scheduler::originals(account);
    if plan.needs_admin && !account.is_admin {
        let words = command_for_admin(schedule, *manager);
        if permission == Permission::Tell {
            return Err(Error::NeedsAdmin { words, once: true });
        }
        elevate::run(&words).map_err(|error| Error::Elevate { words, error })?;
        // What is this user's own, the administrator does not see.
        let own: Vec<_> = before.iter().filter(|old| !needs_admin(old)).collect();
        own.iter().try_for_each(|old| take_away(old, account)).map_err(Error::Old)?;
        if !own.is_empty() {
            scheduler::leave_note(schedule, &worker)?;
        }
    } else {
        for old in &before {
            remove_one(old, account, permission)?;
        }
        scheduler::install(*manager, schedule.scope, plan, account, &worker)?;
    }
    let (taken_away, left) = if replaces_original {
        scheduler::replace_originals(&originals, account)?;
        (originals, Vec::new())
    } else {
        (Vec::new(), originals)
    };
    let now = scheduler::installed(account);
    let is_new = |installed: &Installed| installed.manager == *manager && installed.mark.scope == schedule.scope;
    let new = now.into_iter().find(is_new).ok_or(Error::NotShown)?;
    Ok(Done { new, is_replaced: !before.is_empty(), taken_away, left })
}

/// Takes away what is installed. The logs stay. What runs as another account is left; where nothing else is there, it
/// goes with the administrator's permission.
///
/// # Errors
///
/// When something does not go.
pub fn remove(all: Vec<Installed>, account: &Account, permission: Permission) -> Result<Removed, Error> {
    let (own, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| is_own(one, account));
    let (mut gone, left) = if own.is_empty() { (others, own) } else { (own, others) };
    // What takes no permission goes in any case.
    gone.sort_by_key(needs_admin);
    gone.iter().try_for_each(|one| match remove_one(one, account, permission) {
        Err(Error::Old(error)) => Err(Error::Scheduler(error)),
        done => done,
    })?;
    Ok(Removed { gone, left })
}

fn remove_one(one: &Installed, account: &Account, permission: Permission) -> Result<(), Error> {
    if !needs_admin(one) || account.is_admin {
        return take_away(one, account).map_err(Error::Old);
    }
    let program = super::program()?.to_string_lossy().into_owned();
    let words = vec![program, "schedule".into(), "remove".into()];
    if permission == Permission::Tell {
        return Err(Error::NeedsAdmin { words, once: false });
    }
    elevate::run(&words).map(drop).map_err(|error| Error::Elevate { words, error })
}

fn needs_admin(installed: &Installed) -> bool {
    installed.mark.scope == Scope::Boot && installed.manager != Manager::Cron
}

/// True if the schedule is this account's affair. For an administrator, every schedule is.
fn is_own(one: &Installed, account: &Account) -> bool {
    let is_mine = one.mark.account.as_ref().is_none_or(|name| [&account.name, &account.uid].contains(&name));
    // Windows has one task for the computer.
    account.is_admin || !needs_admin(one) || is_mine || one.manager == Manager::Tasks
}

fn take_away(one: &Installed, account: &Account) -> Result<(), SchedulerError> {
    // The process that holds the folder of its logs.
    let monitor = lock::holder(&one.mark.log_dir).map(|holder| holder.pid);
    scheduler::remove(one, monitor, account)
}

/// The command for an administrator that installs the same.
fn command_for_admin(schedule: &Schedule, manager: Manager) -> Vec<String> {
    let path = |path: &std::path::Path| path.to_string_lossy().into_owned();
    let mut words = vec![path(&schedule.program)];
    if let Some(config) = &schedule.config {
        words.extend(["--config".to_owned(), path(config)]);
    }
    words.extend(["--log-dir".to_owned(), path(&schedule.log_dir), "schedule".into(), "install".into()]);
    match schedule.rhythm {
        Rhythm::Always => words.push("--service".into()),
        Rhythm::Looks(looks) => {
            let minutes = u32::from(looks.every.get());
            let every = if minutes % 60 == 0 { format!("{}h", minutes / 60) } else { format!("{minutes}m") };
            words.extend(["--boot".to_owned(), "--every".into(), every]);
            words.extend(["--hours".to_owned(), looks.hours.to_string(), "--days".into(), looks.days.to_string()]);
        }
    }
    words.extend(["--with".to_owned(), manager.as_str().into(), "--run-as".into(), schedule.account.clone()]);
    if let Some(dir) = &schedule.data_dir {
        words.extend(["--data-dir".to_owned(), path(dir)]);
    }
    let since = schedule.since.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    words.extend(["--since".to_owned(), since]);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_as_somebody_else_is_left_to_an_administrator() {
        let folders = scheduler::Folders { home: "/home/me".into(), config: "/home/me/.config".into() };
        let me = Account { name: "me".into(), uid: "1000".into(), is_admin: false, folders };
        let installed = |scope, account: Option<&str>| Installed {
            manager: Manager::Systemd,
            mark: scheduler::Mark {
                rhythm: Rhythm::Always,
                scope,
                since: "2026-11-25T15:00:00Z".parse().unwrap(),
                log_dir: "/nowhere".into(),
                config: None,
                account: account.map(str::to_owned),
            },
            is_active: true,
            last_run: None,
            next_run: None,
            last_exit: None,
            restarts: None,
            places: Vec::new(),
        };
        let (mine, others) = (installed(Scope::Boot, Some("me")), installed(Scope::Boot, Some("you")));
        assert!(is_own(&mine, &me) && !is_own(&others, &me));
        assert!(is_own(&installed(Scope::Login, None), &me));
        // What does not say is taken for one's own.
        assert!(is_own(&installed(Scope::Boot, None), &me));
        assert!(is_own(&others, &Account { is_admin: true, ..me }));
    }

    #[test]
    fn the_administrators_command_installs_the_same() {
        let schedule = Schedule {
            rhythm: "every 1h hours 6,12 days mon-fri".parse().unwrap(),
            scope: Scope::Boot,
            program: "/usr/bin/netlog".into(),
            config: None,
            log_dir: "/home/me/my logs".into(),
            data_dir: Some("/home/me/data".into()),
            account: "me".into(),
            since: "2026-11-25T15:00:00Z".parse().unwrap(),
        };
        let words = command_for_admin(&schedule, Manager::Systemd);
        assert!(
            Error::NeedsAdmin { words, once: false }.to_string().ends_with(
                "/usr/bin/netlog --log-dir '/home/me/my logs' schedule install --boot --every 1h --hours 6,12 \
                 --days mon-fri --with systemd --run-as me --data-dir /home/me/data --since 2026-11-25T15:00:00Z"
            ) || cfg!(windows)
        );
    }
}
