//! `history.db`: every sample, what samples amount to by minute and hour, and what people note beside them.
//!
//! A database of `SQLite` with a write-ahead log: one monitor writes, any number of others read meanwhile, and the
//! diary may be written by others too. Verdicts are not in it; they live in `netlog.csv`. So a history that is damaged,
//! gone or not ours is put aside, begun anew and told of, and costs no verdict.
//!
//! Samples are first appended to a journal, one row for all samples of a few seconds, which is what a kill can cost.
//! Once an hour the journal is folded into fields that hold an hour of samples of one series, and into *cells*: what
//! the samples of a minute, of ten minutes and of an hour amount to. A question is answered from the coarsest of them
//! that is not coarser than a pixel, so every zoom takes about as long, and extremes and losses are in each.
//!
//! Samples of the pulse are series of their own (roles `gateway_pulse`, `isp_hop_pulse`, `target_pulse`): loss over
//! time is made of those alone, since whatever else is asked is asked more often while something is wrong. Histories of
//! earlier versions have all samples in one series.

pub mod diary;
mod fold;
pub mod open;
mod plan;
pub mod read;
mod retention;
mod secrets;
pub mod write;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::ErrorCode;

use super::error::StoreError;

pub use self::{
    diary::{Diary, MOST_TEXT, clean},
    read::History,
    retention::Bounds,
    write::{HistoryFile, Repair},
};

/// Time to wait for others, who write for milliseconds at a time.
const BUSY: Duration = Duration::from_secs(5);

/// Name of the database within its folder.
pub const FILE_NAME: &str = "history.db";

/// Reason why the history cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// There is none.
    #[error("there is no history yet; \"netlog monitor\" begins one: {}", .0.display())]
    Missing(PathBuf),
    /// The file is something else.
    #[error("this is no history of network-logging; move it elsewhere, or start the monitor, which puts it aside: {}", .0.display())]
    Foreign(PathBuf),
    /// The file was written by a newer version of this program.
    #[error("a newer version of network-logging wrote this history; use that one: {}", .0.display())]
    Newer(PathBuf),
    /// The file is damaged.
    #[error("the history is damaged; the monitor puts it aside and begins a new one: {}", .0.display())]
    Damaged(PathBuf),
    /// The database did not do what was asked.
    #[error("cannot {action} {}", path.display())]
    Database {
        /// Action that was tried, as a verb.
        action: &'static str,
        /// File of the action.
        path: PathBuf,
        /// Error of the database.
        #[source]
        source: rusqlite::Error,
    },
    /// The system did not.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl HistoryError {
    /// True while there is no room left, which may pass.
    pub fn is_disk_full(&self) -> bool {
        match self {
            Self::Database { source, .. } => source.sqlite_error_code() == Some(ErrorCode::DiskFull),
            Self::Store(error) => error.is_disk_full(),
            Self::Missing(_) | Self::Foreign(_) | Self::Newer(_) | Self::Damaged(_) => false,
        }
    }

    /// True if a new history must be begun, since this one will never do.
    pub fn is_lost(&self) -> bool {
        match self {
            Self::Foreign(_) | Self::Newer(_) | Self::Damaged(_) => true,
            Self::Missing(_) | Self::Database { .. } | Self::Store(_) => false,
        }
    }
}

/// Extended error code of `SQLite` for a file that ended where a page was to be.
const SHORT_READ: i32 = 522;

/// True if the database itself is damaged, rather than the disk full, the file locked or the folder forbidden.
fn is_damage(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown | ErrorCode::TypeMismatch => true,
            ErrorCode::SystemIoFailure => failure.extended_code == SHORT_READ,
            _ => false,
        },
        rusqlite::Error::SqlInputError { .. }
        | rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::Utf8Error(..)
        | rusqlite::Error::InvalidColumnType(..) => true,
        _ => false,
    }
}

/// Puts `action` and `path` to an error of the database.
fn failed(action: &'static str, path: &Path) -> impl FnOnce(rusqlite::Error) -> HistoryError {
    move |source| {
        if is_damage(&source) {
            HistoryError::Damaged(path.to_owned())
        } else {
            HistoryError::Database { action, path: path.to_owned(), source }
        }
    }
}

#[cfg(test)]
mod tests;
