//! Errors of the disk.

use std::{
    io,
    path::{Path, PathBuf},
};

/// The disk did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}", path.display())]
pub struct StoreError {
    /// Action that was tried, as a verb.
    pub action: &'static str,
    /// File or folder of the action.
    pub path: PathBuf,
    /// Error of the system.
    #[source]
    pub source: io::Error,
}

impl StoreError {
    /// True while there is no room left, which may pass.
    pub fn is_disk_full(&self) -> bool {
        matches!(self.source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    }
}

/// Puts `action` and `path` to an error of the system.
pub(super) fn context(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError { action, path: path.to_owned(), source }
}
