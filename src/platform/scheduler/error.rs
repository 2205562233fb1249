//! Reasons for which a scheduler does not do its part.

use std::{io, path::PathBuf};

use super::plan::BadPath;
use crate::platform::{
    command::CommandError,
    paths::{LogDirError, NoProgram},
};

/// Reason for which a schedule could not be installed or removed.
#[derive(Debug, thiserror::Error)]
pub enum SchedulerError {
    /// A program of the scheduler failed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// A path cannot be written down.
    #[error(transparent)]
    Path(#[from] BadPath),
    /// A file of the scheduler cannot be written or removed.
    #[error("cannot {action} {}", path.display())]
    File {
        /// Attempt, as a verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Error of the system.
        source: io::Error,
    },
    /// A folder or a file of the logs cannot be made, written or removed.
    #[error(transparent)]
    Folders(#[from] WorkError),
    /// The account that owns a folder, or is to have one, cannot make or change it.
    #[error("the account with the number {uid} could not do its part: {said}")]
    Work {
        /// Number of the account.
        uid: u32,
        /// Message of the process.
        said: String,
    },
    /// A process cannot become the account that owns a folder.
    #[error("cannot become the account with the number {uid}")]
    Become {
        /// Number of the account.
        uid: u32,
        /// Error of the system.
        source: io::Error,
    },
    /// The system has no such account.
    #[error("there is no account {0:?} here; \"id NAME\" shows one")]
    NoAccount(String),
    /// This program is not to be found.
    #[error(transparent)]
    NoProgram(#[from] NoProgram),
    /// There is no cron.
    #[error(
        "this system has no \"crontab\": install cron, or let \"netlog monitor --service\" be started some other way"
    )]
    NoCron,
    /// The crontab would not come back as it was.
    #[error(
        "your crontab is not touched, for it is not all UTF-8 (or larger than 4 MiB) and would not stay as it is: \
         turn it into UTF-8, such as with \"crontab -l | iconv -f latin1 -t utf-8 | crontab -\", and try again"
    )]
    CrontabNoText,
}

/// Reason why the work was not done.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// A folder cannot be made or written to.
    #[error(transparent)]
    LogDir(#[from] LogDirError),
    /// A file cannot be written or removed.
    #[error("cannot {action} {}", path.display())]
    File {
        /// Action that failed, as a verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Error of the system.
        source: io::Error,
    },
}
