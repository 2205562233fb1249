//! Folders and files shown by the system's own programs, and dialogs of the system.

use std::path::{Path, PathBuf};

use super::{Job, Jobs, chain};
use crate::{gui::text::T, platform};

/// Opens a folder or a file with what the system uses for it. Gives the trouble, if there is any.
pub(crate) fn open(jobs: &mut Jobs, path: PathBuf) -> Job<Option<String>> {
    jobs.start(T::JobOpen, move |_| {
        if let Err(error) = std::fs::create_dir_all(&path)
            && !path.exists()
        {
            return Some(chain(&error));
        }
        open::that_detached(&path).err().map(|error| chain(&error))
    })
}

/// Asks for a file to read. `None` when the user thinks better of it.
pub(crate) fn ask_to_open(jobs: &mut Jobs, name: String, extension: &'static str) -> Job<Option<PathBuf>> {
    jobs.start(T::JobChoose, move |_| rfd::FileDialog::new().add_filter(name, &[extension]).pick_file())
}

/// Asks where to write a file. `None` when the user thinks better of it.
pub(crate) fn ask_to_save(
    jobs: &mut Jobs,
    folder: PathBuf,
    suggestion: String,
    filter: (String, &'static str),
) -> Job<Option<PathBuf>> {
    jobs.start(T::JobChoose, move |_| {
        let dialog = rfd::FileDialog::new().set_directory(folder).set_file_name(suggestion);
        dialog.add_filter(filter.0, &[filter.1]).save_file()
    })
}

/// Writes a file. Gives the trouble, if there is any.
pub(crate) fn write(jobs: &mut Jobs, path: PathBuf, bytes: Vec<u8>) -> Job<Result<PathBuf, String>> {
    jobs.start(T::JobSave, move |_| match std::fs::write(&path, bytes) {
        Ok(()) => Ok(path),
        Err(error) => Err(chain(&error)),
    })
}

/// The size of all files of a folder, and how many there are.
pub(crate) fn size_of(folder: &Path) -> (u64, usize) {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().filter_map(|entry| entry.metadata().ok());
    files.filter(std::fs::Metadata::is_file).fold((0, 0), |(bytes, n), meta| (bytes + meta.len(), n + 1))
}

/// Whether a window can be opened at all.
pub(crate) fn has_display() -> bool {
    platform::has_display()
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
        let now = crate::clock::now().wall;
        platform::paths::write_crash_report(&crate::store::names::stamp(now), &text).ok();
        before(panic);
    }));
}
