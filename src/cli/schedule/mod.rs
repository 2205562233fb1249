//! `netlog schedule`: has the system watch the line by itself, says whether it does, and takes it away again.

mod tell;

use std::{io::Write, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, bail};

pub(super) use self::tell::{REMEDY, complaint};
use super::{BAD, COULD_NOT, FINE, Global, global};
use crate::{
    model::{
        schedule::{Looks, Rhythm, Scope},
        time::Timestamp,
    },
    platform::{
        paths,
        scheduler::{self, Account, Identity, Manager, Work},
    },
    schedule::{self, Files, Order, Permission, Wanted},
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

Under systemd what runs from your login on ends when you log out, unless \"loginctl enable-linger\" was run;
for a server choose --service.

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
    /// Work in folders as another account; the process that installs or removes starts it
    #[command(hide = true)]
    Work(WorkArgs),
}

/// Arguments of `netlog schedule work`.
#[derive(Debug, Clone, clap::Args)]
struct WorkArgs {
    /// Number of the account to become
    #[arg(long)]
    uid: u32,
    /// Number of its group
    #[arg(long)]
    gid: u32,
    /// Numbers of all groups it is in
    #[arg(long, value_delimiter = ',')]
    groups: Vec<u32>,
    /// Folder of logs to make and to try
    #[arg(long)]
    logs: Option<PathBuf>,
    /// Another folder to make
    #[arg(long)]
    folder: Option<PathBuf>,
    /// File to write, with the text of the input
    #[arg(long)]
    write: Option<PathBuf>,
    /// File to remove
    #[arg(long)]
    remove: Vec<PathBuf>,
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

/// Schedule to install.
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
    /// Account to run as, when an administrator installs for somebody else; takes --log-dir as well
    #[arg(long, value_name = "NAME")]
    run_as: Option<String>,
    /// Folder of that account's key
    #[arg(long, value_name = "DIR", hide = true)]
    data_dir: Option<PathBuf>,
    /// Since when it holds, as the one who asked for it has it
    #[arg(long, value_name = "TIME", hide = true)]
    since: Option<Timestamp>,
}

pub(super) fn run(args: &ScheduleArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Install(args) => install(args, global, out),
        Command::Print { what, json } => {
            let wanted = wanted(what, global, &account()?)?;
            out.write_all(tell::plan(&wanted.plan, wanted.manager, *json).as_bytes())?;
            Ok(ExitCode::from(FINE))
        }
        Command::Status { json } => status(*json, &account()?, out),
        Command::Remove { json } => remove(*json, &account()?, out),
        Command::Work(args) => {
            let WorkArgs { uid, gid, groups, logs, folder, write, remove } = args.clone();
            let write = write.map(|path| (path, String::new()));
            scheduler::work_as(&Identity { uid, gid, groups }, Work { logs, folder, write, remove })?;
            Ok(ExitCode::from(FINE))
        }
    }
}

fn account() -> anyhow::Result<Account> {
    scheduler::account().context("the system does not say who you are, or has no home folder for you")
}

fn wanted(what: &What, global: &Global, account: &Account) -> anyhow::Result<Wanted> {
    let rhythm = match &what.every {
        Some(every) => Rhythm::Looks(Looks::parse(every, what.hours.as_deref(), what.days.as_deref())?),
        None => Rhythm::Always,
    };
    let manager =
        |with: &String| Manager::ALL.into_iter().find(|manager| manager.as_str() == with).context("no such scheduler");
    let order = Order {
        rhythm,
        scope: if what.service || what.boot { Scope::Boot } else { Scope::Login },
        with: what.with.as_ref().map(manager).transpose()?,
        run_as: what.run_as.clone(),
        data_dir: what.data_dir.clone(),
        since: what.since,
    };
    // The folder of whoever installs it is none that another account may write to.
    let is_for_other = what.run_as.as_ref().is_some_and(|name| !account.is(name));
    if is_for_other && global.log_dir.is_none() {
        bail!(
            "with --run-as, name the folder of that account's logs, such as \"netlog --log-dir /var/lib/network-logging \
             schedule install ...\""
        );
    }
    let loaded = global::load(global)?;
    // A configuration that was only found in the working directory is meant as well: it is named in what is installed.
    let is_named = loaded.is_found && loaded.config_file.reason != paths::Reason::Platform;
    let files = Files {
        program: paths::lasting_program()?,
        config: is_named.then_some(loaded.config_file.path),
        log_dir: loaded.log_dir.path,
    };
    Ok(order.plan(&files, account)?)
}

fn install(args: &InstallArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let account = account()?;
    let wanted = wanted(&args.what, global, &account)?;
    let done = schedule::install(&wanted, args.replace_original, &account, Permission::Tell)?;
    out.write_all(tell::installed(&done, args.json).as_bytes())?;
    Ok(ExitCode::from(if done.new.is_active { FINE } else { BAD }))
}

fn status(json: bool, account: &Account, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let all = scheduler::installed(account);
    let all: Vec<_> = all.into_iter().map(|one| (schedule::of_folder(&one.mark), one)).collect();
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
    let removed = schedule::remove(scheduler::installed(account), account, Permission::Tell)?;
    out.write_all(tell::removed(&removed, json).as_bytes())?;
    Ok(ExitCode::from(FINE))
}
