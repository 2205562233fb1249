//! The list of logs, and parts of them written to files of their own.

use std::path::PathBuf;

use super::{Job, Jobs, chain};
use crate::{
    gui::text::T,
    log_view::{
        export::{self, Exported, Part},
        listing::{self, LogFile},
        source::Source,
    },
};

/// Reads the list of logs.
pub(crate) fn list(jobs: &mut Jobs, folder: PathBuf) -> Job<Result<Vec<LogFile>, String>> {
    jobs.start(T::JobLook, move |_| listing::list(&folder).map_err(|error| chain(&error)))
}

/// Asks for a file and writes a part of a log to it. `None` when the user thinks better of it.
pub(crate) fn export(jobs: &mut Jobs, log: PathBuf, part: Part) -> Job<Option<Result<PathBuf, String>>> {
    jobs.start(T::JobExport, move |progress| {
        let stem = log.file_stem().unwrap_or_default().to_string_lossy();
        let extension = log.extension().unwrap_or_default().to_string_lossy();
        let extension = if extension == "log" { "txt".into() } else { extension };
        let dialog = rfd::FileDialog::new().set_file_name(format!("{stem}_part.{extension}"));
        let path = dialog.save_file()?;
        write(&log, &part, path, progress)
    })
}

/// Writes a part of a log to this file. `None` when the user thinks better of it.
fn write(
    log: &std::path::Path,
    part: &Part,
    path: PathBuf,
    progress: &super::Progress,
) -> Option<Result<PathBuf, String>> {
    let mut go_on = |share| {
        progress.set(share);
        !progress.is_cancelled()
    };
    let done = Source::open(log)
        .map_err(|error| chain(&error))
        .and_then(|mut source| export::export(&mut source, part, &path, &mut go_on).map_err(|error| chain(&error)));
    match done {
        Ok(Exported::Whole(_)) => Some(Ok(path)),
        Ok(Exported::Cancelled) => None,
        Err(why) => Some(Err(why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_written_and_trouble_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let (log, to) = (dir.path().join("x.log"), dir.path().join("part.txt"));
        std::fs::write(&log, "one\ntwo\n").unwrap();
        let progress = crate::gui::jobs::Progress::default();
        assert_eq!(Some(Ok(to.clone())), write(&log, &Part::Bytes(4..8), to.clone(), &progress));
        assert_eq!("two\n", std::fs::read_to_string(&to).unwrap());
        assert!(matches!(write(&log, &Part::Bytes(4..8), log.clone(), &progress), Some(Err(_))));
        progress.cancel();
        assert_eq!(None, write(&log, &Part::Bytes(4..8), to, &progress));
    }
}
