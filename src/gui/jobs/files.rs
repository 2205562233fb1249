//! Folders and files shown by the system's own programs, and reports of crashes.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::{Job, Jobs, chain};
use crate::{
    clock,
    gui::text::{T, TITLE},
    platform,
};

/// Reason why a file or a folder is not opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotOpened {
    /// The file is not there.
    Gone(PathBuf),
    /// The system's own words.
    Other(String),
}

/// Opens a folder with the system's program for it, and makes it before if it is not there.
pub(crate) fn open_folder(jobs: &mut Jobs, path: PathBuf) -> Job<Result<(), NotOpened>> {
    jobs.start(T::JobOpen, move |_| folder_there(&path).and_then(|()| open(&path)))
}

/// Opens a file with the system's program for it.
pub(crate) fn open_file(jobs: &mut Jobs, path: PathBuf) -> Job<Result<(), NotOpened>> {
    jobs.start(T::JobOpen, move |_| file_there(&path).and_then(|()| open(&path)))
}

fn open(path: &Path) -> Result<(), NotOpened> {
    open::that_detached(path).map_err(|error| NotOpened::Other(chain(&error)))
}

fn folder_there(path: &Path) -> Result<(), NotOpened> {
    match platform::files::make_dir(path) {
        Err(error) if !path.exists() => Err(NotOpened::Other(chain(&error))),
        _ => Ok(()),
    }
}

fn file_there(path: &Path) -> Result<(), NotOpened> {
    if path.exists() { Ok(()) } else { Err(NotOpened::Gone(path.to_owned())) }
}

/// A dialog that closes as soon as this was never seen by anybody.
const UNSEEN: Duration = Duration::from_millis(300);

/// Asks where to write a file; `None` when the user thinks better of it. Where no dialog can be shown it is a new file
/// among the user's documents.
pub(crate) fn ask_where(name: &str, extension: &str) -> Option<PathBuf> {
    if platform::has_file_dialog() {
        let begin = clock::now().mono;
        let dialog = rfd::FileDialog::new().set_title(TITLE).set_file_name(name).add_filter(extension, &[extension]);
        let chosen = match platform::paths::documents() {
            Some(folder) => dialog.set_directory(folder).save_file(),
            None => dialog.save_file(),
        };
        if chosen.is_some() || clock::now().mono.saturating_sub(begin) > UNSEEN {
            return chosen.map(|path| with_extension(path, extension));
        }
    }
    Some(unused(&platform::paths::documents()?, name))
}

/// Some dialogs give back what was typed, without what the file is.
fn with_extension(path: PathBuf, extension: &str) -> PathBuf {
    if path.extension().is_some() {
        return path;
    }
    path.with_extension(extension)
}

/// A name in this folder that no file has: `report.pdf`, `report (2).pdf`.
fn unused(folder: &Path, name: &str) -> PathBuf {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let mut path = folder.join(name);
    let mut n = 2;
    while path.exists() && n < 10_000 {
        path = folder.join(format!("{stem} ({n}).{extension}"));
        n += 1;
    }
    path
}

/// No dialog can be shown in this session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoDialog;

/// Asks which file to read; `Ok(None)` when the user thinks better of it.
pub(crate) fn ask_which(extension: &str) -> Result<Option<PathBuf>, NoDialog> {
    if !platform::has_file_dialog() {
        return Err(NoDialog);
    }
    let begin = clock::now().mono;
    let chosen = rfd::FileDialog::new().set_title(TITLE).add_filter(extension, &[extension]).pick_file();
    if chosen.is_none() && clock::now().mono.saturating_sub(begin) < UNSEEN { Err(NoDialog) } else { Ok(chosen) }
}

/// The size of all files of a folder, and how many there are.
pub(crate) fn size_of(folder: &Path) -> (u64, usize) {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().filter_map(|entry| entry.metadata().ok());
    files.filter(std::fs::Metadata::is_file).fold((0, 0), |(bytes, n), meta| (bytes + meta.len(), n + 1))
}

/// From now on a panic leaves a file with what happened, where the user's data are.
pub(crate) fn report_crashes() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let text = format!(
            "Network Logging {} ended a part of itself.\n{panic}\n\n{}\n",
            env!("CARGO_PKG_VERSION"),
            std::backtrace::Backtrace::force_capture()
        );
        let now = clock::now().wall;
        platform::paths::write_crash_report(&crate::store::names::stamp(now), &text).ok();
        before(panic);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_gone_is_told_and_no_folder_is_made_in_its_place() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["report.pdf", "config.json", "gone/report.pdf"] {
            let path = dir.path().join(name);
            assert_eq!(Err(NotOpened::Gone(path.clone())), file_there(&path));
        }
        assert_eq!(0, std::fs::read_dir(dir.path()).unwrap().count());
        std::fs::write(dir.path().join("report.pdf"), "").unwrap();
        assert_eq!(Ok(()), file_there(&dir.path().join("report.pdf")));
        let folder = dir.path().join("logs");
        assert_eq!((Ok(()), true), (folder_there(&folder), folder.is_dir()));
        assert_eq!(Ok(()), folder_there(&folder));
    }

    #[test]
    fn no_file_is_written_over_unasked() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(dir.path().join("a.pdf"), unused(dir.path(), "a.pdf"));
        std::fs::write(dir.path().join("a.pdf"), "").unwrap();
        assert_eq!(dir.path().join("a (2).pdf"), unused(dir.path(), "a.pdf"));
        assert_eq!(PathBuf::from("x.zip"), with_extension("x".into(), "zip"));
        assert_eq!(PathBuf::from("x.pdf"), with_extension("x.pdf".into(), "zip"));
    }
}
