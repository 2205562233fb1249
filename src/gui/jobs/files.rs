//! Folders and files shown by the system's own programs, and reports of crashes.

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
