//! `netlog schedule`: has the system watch the line by itself, says whether it does, and takes it away again.

mod health;
mod tell;

use std::{io::Write, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, bail};

pub(super) use self::health::{REMEDY, of_folder};
use super::{BAD, COULD_NOT, FINE, Global, global};
use crate::{
    clock,
    model::schedule::{Looks, Rhythm, Schedule, Scope},
    platform::{
        paths,
        scheduler::{self, Account, Manager},
    },
    store::lock,
};

const EXAMPLES: &str = "\
Examples:
  netlog schedule install                            watch always, from your login on
  netlog schedule install --service                  watch always, from the start of the computer on
  netlog schedule install --every 5m                 one look every five minutes
  netlog schedule install --every 10m --hours 8-17 --days mon-fri
  netlog schedule install --every 1h --hours 6,12,18
  netlog schedule print --every 5m --with cron       show it, install nothing
  netlog schedule status                             whether it really runs
  netlog schedule remove                             take it away without a trace

Exit codes: 0 fine, 1 installed and not running as it should, 2 could not, or nothing is installed.";

/// Arguments of `netlog schedule`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ScheduleArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Command {
    /// Have the line watched, in place of what was installed before
    #[command(after_help = EXAMPLES)]
    Install(InstallArgs),
    /// Show exactly what would be installed, and install nothing
    #[command(after_help = EXAMPLES)]
    Print {
        #[command(flatten)]
        what: What,
        /// One JSON object, for programs
        #[arg(long)]
        json: bool,
    },
    /// Say what is installed, and whether it really runs
    Status {
        /// One JSON object, for programs
        #[arg(long)]
        json: bool,
    },
    /// Take away what is installed
    Remove {
        /// One JSON object, for programs
        #[arg(long)]
        json: bool,
    },
}

/// Arguments of `netlog schedule install`.
#[derive(Debug, Clone, Default, clap::Args)]
struct InstallArgs {
    #[command(flatten)]
    what: What,
    /// Take away what schedules the original program
    #[arg(long)]
    replace_original: bool,
    /// One JSON object, for programs
    #[arg(long)]
    json: bool,
}

/// What to install.
#[derive(Debug, Clone, Default, clap::Args)]
struct What {
    /// Always, from the start of the computer on, also while nobody is logged in
    #[arg(long, conflicts_with = "every")]
    service: bool,
    /// One look every so often instead of always: 1m to 30m, 1h to 12h, or 1d
    #[arg(long, value_name = "TIME")]
    every: Option<String>,
    /// Looks in these hours only, such as 8-17 or 6,12,18
    #[arg(long, value_name = "HOURS", requires = "every")]
    hours: Option<String>,
    /// Looks on these days only, such as mon-fri
    #[arg(long, value_name = "DAYS", requires = "every")]
    days: Option<String>,
    /// Looks also while nobody is logged in
    #[arg(long, requires = "every")]
    boot: bool,
    /// Scheduler to use. Without it: systemd where it runs, else cron; launchd; the Task Scheduler
    #[arg(long, value_name = "SCHEDULER", value_parser = ["systemd", "cron", "launchd", "tasks"])]
    with: Option<String>,
    /// Account to run as, when an administrator installs for somebody else
    #[arg(long, value_name = "NAME")]
    run_as: Option<String>,
    /// Folder of that account's key
    #[arg(long, value_name = "DIR", hide = true)]
    data_dir: Option<PathBuf>,
}

pub(super) fn run(args: &ScheduleArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Install(args) => install(args, global, out),
        Command::Print { what, json } => {
            let account = account()?;
            let (manager, schedule) = wanted(what, global, &account)?;
            let plan = scheduler::plan(manager, &schedule, &account)?;
            out.write_all(tell::plan(&plan, manager, *json).as_bytes())?;
            Ok(ExitCode::from(FINE))
        }
        Command::Status { json } => status(*json, &account()?, out),
        Command::Remove { json } => remove(*json, &account()?, out),
    }
}

fn account() -> anyhow::Result<Account> {
    scheduler::account().context("the system does not say who you are, or has no home folder for you")
}

fn wanted(what: &What, global: &Global, account: &Account) -> anyhow::Result<(Manager, Schedule)> {
    let rhythm = match &what.every {
        Some(every) => Rhythm::Looks(Looks::parse(every, what.hours.as_deref(), what.days.as_deref())?),
        None => Rhythm::Always,
    };
    let scope = if what.service || what.boot { Scope::Boot } else { Scope::Login };
    let manager = match &what.with {
        Some(with) => Manager::ALL.into_iter().find(|manager| manager.as_str() == with).context("no such scheduler")?,
        None => *scheduler::here(scope).first().context(
            "no scheduler was found: neither systemd nor cron runs for this user; install cron, or start \
             \"netlog monitor --service\" some other way",
        )?,
    };
    let loaded = global::load(global)?;
    // A configuration that was only found in the working directory is meant as well: it is named in what is installed.
    let is_named = loaded.is_found && loaded.config_file.reason != paths::Reason::Platform;
    let log_dir = loaded.log_dir.path;
    let schedule = Schedule {
        rhythm,
        scope,
        program: std::env::current_exe().context("the system does not say where this program is")?,
        config: is_named.then_some(loaded.config_file.path),
        data_dir: what.data_dir.clone().or_else(paths::data_dir).filter(|dir| *dir != log_dir),
        log_dir,
        account: what.run_as.clone().unwrap_or_else(|| account.name.clone()),
        since: clock::now().wall,
    };
    Ok((manager, schedule))
}

fn install(args: &InstallArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let InstallArgs { what, replace_original, json } = args;
    let (replace_original, json) = (*replace_original, *json);
    let account = account()?;
    let (manager, schedule) = wanted(what, global, &account)?;
    if !scheduler::here(schedule.scope).contains(&manager) {
        bail!(
            "{} does not run here for this user: leave out --with, or see it with \"netlog schedule print\"",
            manager.as_str()
        );
    }
    let plan = scheduler::plan(manager, &schedule, &account)?;
    if plan.needs_admin && what.run_as.is_none() && std::env::var_os("SUDO_USER").is_some() {
        bail!("do not begin with sudo: as yourself, this command says what has to be run with it");
    }
    // Where it is to write must be there before it first starts.
    match &what.run_as {
        Some(name) if *name != account.name => scheduler::hand_over(&schedule.log_dir, name)?,
        _ => paths::prepare_log_dir(&schedule.log_dir)?,
    }
    if plan.needs_admin && !account.is_admin {
        bail!("this takes the administrator's permission, once: {}", tell::elevated(&schedule, manager));
    }
    let before = scheduler::installed(&account);
    for old in &before {
        scheduler::remove(old, holder(old), &account).context("cannot take away what is installed already")?;
    }
    let originals = scheduler::originals(&account);
    scheduler::install(manager, schedule.scope, &plan, &account)?;
    if replace_original {
        scheduler::replace_originals(&originals, &account)?;
    }
    let now = scheduler::installed(&account);
    let new = now.iter().find(|installed| installed.manager == manager && installed.mark.scope == schedule.scope);
    let new = new.context("the scheduler took it, and does not show it: see \"netlog schedule status\"")?;
    let left = if replace_original { &[][..] } else { &originals };
    let tell = if json { tell::installed_json } else { tell::installed };
    out.write_all(tell(new, !before.is_empty(), left).as_bytes())?;
    if replace_original && !json {
        originals.iter().try_for_each(|original| writeln!(out, "Taken away: {}", original.what))?;
    }
    Ok(ExitCode::from(if new.is_active { FINE } else { BAD }))
}

/// The process that holds the folder of its logs.
fn holder(installed: &scheduler::Installed) -> Option<u32> {
    lock::holder(&installed.mark.log_dir).map(|holder| holder.pid)
}

fn status(json: bool, account: &Account, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let all = scheduler::installed(account);
    let all: Vec<_> = all.into_iter().map(|one| (of_folder(&one.mark), one)).collect();
    let originals = scheduler::originals(account);
    out.write_all(tell::status(&all, &originals, json).as_bytes())?;
    let is_well = all.iter().all(|(health, one)| one.is_active && health.missing_since.is_none());
    Ok(ExitCode::from(match (all.is_empty(), is_well) {
        (true, _) => COULD_NOT,
        (false, true) => FINE,
        (false, false) => BAD,
    }))
}

fn remove(json: bool, account: &Account, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let all = scheduler::installed(account);
    for one in &all {
        if one.mark.scope == Scope::Boot && one.manager != Manager::Cron && !account.is_admin {
            bail!("this takes the administrator's permission: {}", tell::elevated_removal());
        }
        scheduler::remove(one, holder(one), account)?;
    }
    out.write_all(tell::removed(&all, json).as_bytes())?;
    Ok(ExitCode::from(FINE))
}
