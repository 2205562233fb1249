//! Reasons for which a schedule cannot be had.

use std::{fmt, path::PathBuf};

use crate::platform::{
    elevate::{self, ElevateError},
    paths,
    scheduler::{BadAccount, BadPath, Manager, SchedulerError},
};

/// Reason why a schedule cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing that could start it runs here.
    #[error(
        "no scheduler was found: neither systemd nor cron runs for this user; install cron, or start \
         \"netlog monitor --service\" some other way"
    )]
    NoScheduler,
    /// The one that was asked for does not.
    #[error("{} does not run here for this user: leave out --with, or see it with \"netlog schedule print\"", .0.as_str())]
    NotHere(Manager),
    /// This program is not to be found, or not for long.
    #[error(transparent)]
    NoPath(#[from] paths::NoProgram),
    /// The program that is to be started is missing.
    #[error("the program that would be started is missing; install Network Logging again, or put it back: {}", .0.display())]
    NoProgram(PathBuf),
    /// Begun as another user.
    #[error("do not begin with sudo: as yourself, this command says what has to be run with it")]
    BySudo,
    /// An administrator has to run this.
    #[error("this takes the administrator's permission{}: {}", if *.once { ", once" } else { "" }, ByHand(.words))]
    NeedsAdmin {
        /// The program and its arguments.
        words: Vec<String>,
        /// True if the permission is needed this once only.
        once: bool,
    },
    /// The administrator's permission was not given.
    #[error("{error}; to do it by hand, {}", ByHand(.words))]
    Elevate {
        /// The program and its arguments.
        words: Vec<String>,
        /// Error that occurred.
        error: ElevateError,
    },
    /// The schedule that was there before does not go.
    #[error("cannot take away what is installed already")]
    Old(#[source] SchedulerError),
    /// The scheduler refused it.
    #[error(transparent)]
    Scheduler(#[from] SchedulerError),
    /// A path cannot be written down.
    #[error(transparent)]
    Path(#[from] BadPath),
    /// No account has such a name.
    #[error(transparent)]
    Account(#[from] BadAccount),
    /// This scheduler runs what an account installs as that account alone.
    #[error(
        "{} runs this as the account that installs it, not as another one: run this command as {account}, or let it \
         begin with the computer, with --service or --boot, by systemd or launchd",
        manager.as_str()
    )]
    NotForOther {
        /// The scheduler.
        manager: Manager,
        /// The account it was to run as.
        account: String,
    },
    /// It was installed, and is not there.
    #[error("the scheduler took it, and does not show it: see \"netlog schedule status\"")]
    NotShown,
}

/// Instruction to run a command as an administrator.
struct ByHand<'a>(&'a [String]);

impl fmt::Display for ByHand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if std::path::MAIN_SEPARATOR == '\\' {
            let quoted = |word: &String| if word.contains(' ') { format!("\"{word}\"") } else { word.clone() };
            let words: Vec<String> = self.0.iter().map(quoted).collect();
            return write!(f, "run this in a terminal that was started \"as administrator\":\n{}", words.join(" "));
        }
        write!(f, "run\nsudo {}", elevate::shell(self.0))
    }
}
